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

/**
 * Turns the password of the environment into an ACL rule that holds its hash, so that the password is in no file and
 * on no command line.
 */
const START_WITH_PASSWORD = `\
set -eu
[ -n "$REDISCLI_AUTH" ] || { echo 'The password in the Secret is empty.'; exit 1; }
hash=$(printf %s "$REDISCLI_AUTH" | sha256sum | cut -d ' ' -f 1)
exec redis-server - "$@" <<CONFIG
user default on #$hash ~* &* +@all
CONFIG
`;

const PONG = { command: ['sh', '-c', '[ "$(redis-cli ping)" = PONG ]'] };

/** The container of a made store, with its data on the volume `data`. */
export function redisServer(props: MadeRedisProps): Manifest {
  const { image = DEFAULT_REDIS_IMAGE, memory = DEFAULT_MEMORY, password, cpu, ephemeralStorage } = props;
  const options = [
    ...['--dir', '/data'],
    ...['--appendonly', 'yes'],
    ...['--appendfsync', 'everysec'],
    ...['--save', ''],
    ...['--maxmemory', `${Math.floor(inMebibytes(memory) * DATA_SHARE)}mb`],
    ...['--maxmemory-policy', 'noeviction'],
    ...['--protected-mode', 'no'],
  ];
  return {
    name: 'redis',
    image,
    imagePullPolicy: props.imagePullPolicy,
    // Named in full: the image's entrypoint would load modules that a queue has no use for.
    command: password ? ['sh', '-c', START_WITH_PASSWORD, 'redis-server'] : ['redis-server'],
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
    startupProbe: { exec: PONG, periodSeconds: 1, timeoutSeconds: 5, failureThreshold: 1800 },
    readinessProbe: { exec: PONG, periodSeconds: 5, timeoutSeconds: 5 },
    // Any answer is life, LOADING too.
    livenessProbe: {
      exec: { command: ['redis-cli', 'ping'] },
      periodSeconds: 10,
      timeoutSeconds: 10,
      failureThreshold: 6,
    },
    volumeMounts: [{ name: 'data', mountPath: '/data' }],
  };
}
