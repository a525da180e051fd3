import { Size } from 'cdk8s';
import { Cpu, containerSecurityContext, type Manifest, podFields, renderResources, withRequests } from '../kubernetes';
import { MEMBER_GRACE_SECONDS, memberScript } from './member-script';
import { DATA_DIRECTORY, MEMBER_ENV, PRIMARY_NAME } from './member-shell';
import { redisSelector } from './redis-labels';
import {
  DEFAULT_MEMORY,
  DEFAULT_REDIS_IMAGE,
  keepingOptions,
  REDIS_IDS,
  REDIS_PORT,
  REQUESTED_CPU,
  SENTINEL_PORT,
} from './redis-server';
import type { ReplicatedRedisProps } from './replicated-redis-props';
import { DOWN_AFTER_SECONDS, sentinelScript } from './sentinel-script';
import { CONNECTING_BY_TLS, certificateMounts, listeningByTls } from './server-certificate';
import { metricsOfPod } from './store-metrics';

/** How many members a store has that is not told otherwise: as few as can lose one and still agree. */
export const DEFAULT_REPLICAS = 3;

/** The names under which the pods of a replicated store are found. */
export interface MemberNames {
  readonly statefulSet: string;
  readonly service: string;
}

/** The host names of the members, as pods of their namespace use them. */
export function memberHosts({ replicas = DEFAULT_REPLICAS }: ReplicatedRedisProps, names: MemberNames): string[] {
  return Array.from({ length: replicas }, (_, index) => `${names.statefulSet}-${index}.${names.service}`);
}

/** The pod of a member, without the volume `data`. */
export function memberPodSpec(props: ReplicatedRedisProps, names: MemberNames): Manifest {
  const selector = redisSelector(names.service);
  const environment = memberEnvironment(props, names);
  const { initContainers, volumes } = metricsOfPod(props, names.service, {
    host: `$(POD_NAME).${names.service}`,
    env: [POD_NAME],
  });
  return {
    topologySpreadConstraints: SPREAD.map((constraint) => ({
      ...constraint,
      labelSelector: { matchLabels: selector },
    })),
    ...defined(podFields(props, { ids: props.idsFromNamespace ? undefined : REDIS_IDS, selector })),
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: MEMBER_GRACE_SECONDS,
    ...(initContainers && { initContainers }),
    containers: [server(props, environment), sentinel(props, environment)],
    ...(volumes.length > 0 && { volumes }),
  };
}

/**
 * No two members on a node, as long as there are nodes for them: one that waits for a node is seen, two that are lost together
 * are not. A node that is cordoned or lost does not count, so that a member that comes from there finds a place.
 */
const SPREAD = [
  {
    maxSkew: 1,
    topologyKey: 'kubernetes.io/hostname',
    whenUnsatisfiable: 'DoNotSchedule',
    nodeTaintsPolicy: 'Honor',
  },
];

const defined = (fields: Manifest): Manifest =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

const field = (name: string, fieldPath: string): Manifest => ({ name, valueFrom: { fieldRef: { fieldPath } } });

const POD_NAME = field('POD_NAME', 'metadata.name');

/** Host names with their namespace: they lead to the members from other namespaces, too. */
function memberEnvironment(props: ReplicatedRedisProps, names: MemberNames): Manifest[] {
  const { password } = props;
  const full = (host: string) => `${host}.$(POD_NAMESPACE).svc`;
  return [
    POD_NAME,
    field('POD_NAMESPACE', 'metadata.namespace'),
    { name: MEMBER_ENV.self, value: full(`$(POD_NAME).${names.service}`) },
    { name: MEMBER_ENV.all, value: memberHosts(props, names).map(full).join(' ') },
    ...(password
      ? [{ name: 'REDISCLI_AUTH', valueFrom: { secretKeyRef: { name: password.secret.name, key: password.key } } }]
      : []),
  ];
}

/** What both containers have. */
function container(props: ReplicatedRedisProps, env: Manifest[]): Manifest {
  const { image = DEFAULT_REDIS_IMAGE, imagePullPolicy, tls } = props;
  return {
    image,
    imagePullPolicy,
    env,
    securityContext: containerSecurityContext(true),
    volumeMounts: [{ name: 'data', mountPath: DATA_DIRECTORY }, ...certificateMounts(tls)],
  };
}

const shell = (script: string) => ({ command: ['sh', '-c', script] });

/** From within the pod: a certificate that has expired is none of a probe's business. */
const cli = ({ tls }: ReplicatedRedisProps) => `redis-cli -h 127.0.0.1${tls ? ' --tls --insecure' : ''}`;

/** A primary, or a replica that has what its primary has. One without data answers no PING. */
const inSync = (props: ReplicatedRedisProps) => `\
case $(printf 'PING\\nROLE\\n' | ${cli(props)} | tr '\\n' ' ') in
  'PONG master '* | 'PONG slave '*' connected '*) ;;
  *) exit 1 ;;
esac`;

function server(props: ReplicatedRedisProps, environment: Manifest[]): Manifest {
  const { memory = DEFAULT_MEMORY, cpu, ephemeralStorage, tls } = props;
  return {
    name: 'redis',
    ...container(props, environment),
    command: ['sh', '-c', memberScript(tls !== undefined), 'redis-server'],
    args: [
      ...keepingOptions(DATA_DIRECTORY, memory),
      ...['--min-replicas-to-write', '1'],
      ...['--min-replicas-max-lag', `${DOWN_AFTER_SECONDS}`],
      ...['--repl-diskless-sync', 'yes'],
      ...['--repl-diskless-sync-delay', '0'],
      ...(tls ? [...listeningByTls(REDIS_PORT), ...CONNECTING_BY_TLS] : []).flatMap(([option, value]) => [
        `--${option}`,
        value,
      ]),
    ],
    ports: [{ name: 'redis', containerPort: REDIS_PORT }],
    resources: renderResources(
      withRequests({ cpu, memory: { limit: memory }, ephemeralStorage }, { cpu: REQUESTED_CPU, memory }),
    ),
    readinessProbe: { exec: shell(inSync(props)), periodSeconds: 2, timeoutSeconds: 5 },
    // Any answer is life: LOADING, and that of a member without data, too.
    livenessProbe: {
      exec: { command: [...cli(props).split(' '), 'ping'] },
      initialDelaySeconds: 10,
      periodSeconds: 10,
      timeoutSeconds: 10,
      failureThreshold: 6,
    },
  };
}

/** That enough sentinels see one another to let a replica take over. */
const quorum = (props: ReplicatedRedisProps) =>
  `case $(${cli(props)} -p ${SENTINEL_PORT} SENTINEL CKQUORUM ${PRIMARY_NAME}) in OK*) ;; *) exit 1 ;; esac`;

const SENTINEL_REQUESTS = { cpu: Cpu.millis(20), memory: Size.mebibytes(32) };

function sentinel(props: ReplicatedRedisProps, environment: Manifest[]): Manifest {
  const { cpu, ephemeralStorage, tls } = props;
  return {
    name: 'sentinel',
    ...container(props, environment),
    command: ['sh', '-c', sentinelScript(tls !== undefined), 'redis-server'],
    ports: [{ name: 'sentinel', containerPort: SENTINEL_PORT }],
    resources: renderResources(
      withRequests(
        {
          // A namespace whose quota asks for a limit asks for one of each container.
          cpu: cpu?.limit && { limit: cpu.limit },
          memory: { limit: Size.mebibytes(128) },
          ephemeralStorage: ephemeralStorage && { request: Size.mebibytes(16), limit: Size.mebibytes(64) },
        },
        SENTINEL_REQUESTS,
      ),
    ),
    // A store that starts for the first time has no primary yet, and no sentinel.
    readinessProbe: { exec: shell(quorum(props)), periodSeconds: 2, timeoutSeconds: 5 },
  };
}
