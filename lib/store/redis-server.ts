import { Size } from 'cdk8s';
import {
  Cpu,
  containerSecurityContext,
  inMebibytes,
  type Manifest,
  renderResources,
  withRequests,
} from '../kubernetes';
import type { MadeRedisProps } from './redis-store-props';
import { CERTIFICATE, certificateMounts, listeningByTls } from './server-certificate';

/** The image of a made store, of the fill and of the gate. */
export const DEFAULT_REDIS_IMAGE = 'redis:8.2.10';

/** The memory of a made store. */
export const DEFAULT_MEMORY = Size.mebibytes(256);

/** What a server asks for of the processors of its node. */
export const REQUESTED_CPU = Cpu.millis(100);

/** The port every made store listens on. */
export const REDIS_PORT = 6379;

/** The port that sentinels listen on, unless they are told otherwise. */
export const SENTINEL_PORT = 26379;

/** User and group `redis` of the image's Debian variant. Nothing in the image depends on them. */
export const REDIS_IDS = { user: 999, group: 999, fsGroup: 999 };

/** The part of the memory limit that data may fill. The rest is for an AOF rewrite, which forks, and for buffers. */
export const DATA_SHARE = 0.6;

/** From within the container. The name in the certificate is that of the Service, and it may have expired. */
const BY_TLS = `--tls --insecure -p ${REDIS_PORT}`;

/**
 * Loads a certificate that was renewed in the Secret, for as long as the server runs, which has the process id of the shell.
 * Certificate and key that are no pair yet are refused, and tried again. The process id is in braces because Kubernetes makes
 * one dollar sign of two in a command.
 */
const RENEW = `\
fingerprint() { cat ${CERTIFICATE.certificate} ${CERTIFICATE.key} | sha256sum; }
renew() {
  loaded=$(fingerprint)
  while sleep 5 && kill -0 \${$} 2>/dev/null; do
    found=$(fingerprint)
    [ "$found" != "$loaded" ] || continue
    answer=$(redis-cli ${BY_TLS} config set tls-cert-file ${CERTIFICATE.certificate} 2>&1) || :
    [ "$answer" = OK ] || { echo "The renewed certificate is not loaded: $answer"; continue; }
    loaded=$found
    echo 'The renewed certificate is loaded.'
  done
}
renew </dev/null &
`;

/**
 * Turns the password of the environment into an ACL rule that holds its hash, so that the password is in no file and
 * on no command line.
 */
const WITH_PASSWORD = `\
[ -n "$REDISCLI_AUTH" ] || { echo 'The password in the Secret is empty.'; exit 1; }
hash=$(printf %s "$REDISCLI_AUTH" | sha256sum | cut -d ' ' -f 1)
`;
const START_WITH_PASSWORD = `\
exec redis-server - "$@" <<CONFIG
user default on #$hash ~* &* +@all
CONFIG
`;

/** The server becomes process 1, which a kubelet sends SIGTERM. */
function startScript({ password, tls }: MadeRedisProps): string {
  const start = password ? START_WITH_PASSWORD : 'exec redis-server "$@"\n';
  return `set -eu\n${password ? WITH_PASSWORD : ''}${tls ? RENEW : ''}${start}`;
}

/** The options by which a server keeps queues: all on disk within a second, and nothing evicted. */
export function keepingOptions(directory: string, memory: Size): string[] {
  return [
    ...['--dir', directory],
    ...['--appendonly', 'yes'],
    ...['--appendfsync', 'everysec'],
    ...['--save', ''],
    ...['--maxmemory', `${Math.floor(inMebibytes(memory) * DATA_SHARE)}mb`],
    ...['--maxmemory-policy', 'noeviction'],
    ...['--protected-mode', 'no'],
  ];
}

/** The container of a made store, with its data on the volume `data`. */
export function redisServer(props: MadeRedisProps): Manifest {
  const { image = DEFAULT_REDIS_IMAGE, memory = DEFAULT_MEMORY, password, tls, cpu, ephemeralStorage } = props;
  const options = [
    ...keepingOptions('/data', memory),
    ...(tls ? listeningByTls(REDIS_PORT).flatMap(([option, value]) => [`--${option}`, value]) : []),
  ];
  const ping = tls ? `redis-cli ${BY_TLS} ping` : 'redis-cli ping';
  const pong = { command: ['sh', '-c', `[ "$(${ping})" = PONG ]`] };
  return {
    name: 'redis',
    image,
    imagePullPolicy: props.imagePullPolicy,
    // Named in full: the image's entrypoint would load modules that a queue has no use for.
    command: password || tls ? ['sh', '-c', startScript(props), 'redis-server'] : ['redis-server'],
    args: options,
    env: password && [
      { name: 'REDISCLI_AUTH', valueFrom: { secretKeyRef: { name: password.secret.name, key: password.key } } },
    ],
    ports: [{ name: 'redis', containerPort: REDIS_PORT }],
    resources: renderResources(
      withRequests({ cpu, memory: { limit: memory }, ephemeralStorage }, { cpu: REQUESTED_CPU, memory }),
    ),
    securityContext: containerSecurityContext(true),
    // Half an hour to load the append-only file; workers and clients see no endpoint until then.
    startupProbe: { exec: pong, periodSeconds: 1, timeoutSeconds: 5, failureThreshold: 1800 },
    readinessProbe: { exec: pong, periodSeconds: 5, timeoutSeconds: 5 },
    // Any answer is life, LOADING too.
    livenessProbe: {
      exec: { command: ping.split(' ') },
      periodSeconds: 10,
      timeoutSeconds: 10,
      failureThreshold: 6,
    },
    volumeMounts: [{ name: 'data', mountPath: '/data' }, ...certificateMounts(tls)],
  };
}
