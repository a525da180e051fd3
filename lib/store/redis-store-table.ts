import { SERVICE_NAME, STATEFUL_SET_NAME } from '../kubernetes';
import {
  type At,
  checkPod,
  cpuResources,
  dottedName,
  flag,
  furtherPorts,
  image,
  imagePullPolicy,
  name,
  networkPolicyPeers,
  PODS,
  PODS_FOREIGN,
  refuseTakenLabels,
  type Shape,
  secretValue,
  serverCertificate,
  shape,
  size,
  sizeResources,
  string,
  type Table,
  word,
} from '../props';
import {
  type MadeRedisProps,
  type PersistentRedisProps,
  type RedisPodProps,
  ServiceDiscovery,
} from './redis-store-props';
import { checkMetricsPeers, METRICS_FOREIGN, STORE_METRICS } from './store-metrics-table';

/** The memory of a made store. */
export const redisMemory = size(64, 'Redis needs at least 64 MiB: Size.mebibytes(64).');

/** The props of each made store. */
export const MADE: Table<MadeRedisProps> = {
  image: { is: image },
  imagePullPolicy: { is: imagePullPolicy },
  memory: { is: redisMemory },
  cpu: { is: cpuResources },
  ephemeralStorage: { is: sizeResources('ephemeralStorage') },
  password: { is: secretValue },
  serviceName: { is: string(SERVICE_NAME) },
  discovery: {
    is: word(
      [ServiceDiscovery.DNS, ServiceDiscovery.ENVIRONMENT],
      'It must be ServiceDiscovery.DNS or ServiceDiscovery.ENVIRONMENT.',
    ),
  },
  networkPolicy: { is: flag },
  networkPolicyPeers: { is: networkPolicyPeers },
  networkPolicyPorts: { is: furtherPorts },
  ...STORE_METRICS,
  ...PODS,
  evictable: { is: flag },
  tls: { is: serverCertificate },
};

/** Refuses what would be in a policy that is not made. */
function checkPolicy({ networkPolicy, networkPolicyPeers, networkPolicyPorts }: MadeRedisProps, at: At) {
  if (networkPolicy !== false) return;
  const without = 'It is a part of the NetworkPolicy, and `networkPolicy` is false. Remove one of them.';
  if (networkPolicyPeers) throw at.prop('networkPolicyPeers').refusal(networkPolicyPeers, without);
  if (networkPolicyPorts) throw at.prop('networkPolicyPorts').refusal(networkPolicyPorts, without);
}

/** What must hold among the props of a made store. */
export function checkMade(props: MadeRedisProps, at: At) {
  checkPolicy(props, at);
  checkMetricsPeers(props, at);
  checkPod(props, at);
  refuseTakenLabels(props.podLabels, at.prop('podLabels'));
}

function checkSingle(props: MadeRedisProps, at: At) {
  if (props.tls && props.discovery === ServiceDiscovery.ENVIRONMENT) {
    throw at
      .prop('discovery')
      .refusal(
        props.discovery,
        'Clients find the store by an address then, and its certificate is for a name. Remove `tls`, or use ServiceDiscovery.DNS.',
      );
  }
  checkMade(props, at);
}

const STORE_IDS =
  'Ids are a part of `podSecurityContext`: { runAsUser: 1001, runAsGroup: 1001, fsGroup: 1001 }; or the namespace gives them: idsFromNamespace: true.';

const PEERS =
  'Who else may reach the store is `networkPolicyPeers`: [{ podSelector: { matchLabels: { app: "api" } } }].';

/** What people give to made stores, and what is meant. */
export const MADE_STORE = {
  ingress: PEERS,
  from: PEERS,
  networkPolicyPeer: PEERS,
  ...METRICS_FOREIGN,
  ...PODS_FOREIGN,
  securityContext: 'That of the pod is `podSecurityContext`, as in Kubernetes; the container has all that it needs.',
  annotations: 'The annotations of the pod are `podAnnotations`.',
  labels: 'The labels of the pod are `podLabels`; those of all objects are `labels` of the chart.',
  user: STORE_IDS,
  group: STORE_IDS,
  fsGroup: STORE_IDS,
  runAsUser: STORE_IDS,
  resources: 'They are `memory`: Size.mebibytes(256), `cpu`: { request, limit }, and `ephemeralStorage`.',
  maxmemory: 'The size of a store is `memory`: Size.mebibytes(256).',
  replicas: 'A store is one Redis, unless RedisStore.replicated makes it. Remove it, or use that.',
  spot: 'It is for workers: a store that loses its node loses or stops its queues. Remove it.',
  imagePullSecret: 'It is a list: imagePullSecrets: [{ name: "regcred" }].',
};

const EXISTS = 'It tells where a Redis is, and this one is made. Remove it, or use RedisStore.external.';
const TLS_SECRET = 'It is `tls`: { secret: { name: "redis-tls" } }, a Secret with tls.crt, tls.key and ca.crt.';
/** What tells where a Redis is, and what a made store says to it. */
export const OF_A_SERVER = {
  host: EXISTS,
  port: EXISTS,
  url: EXISTS,
  database: 'Its queues are in database 0. Remove it.',
  sentinels: 'It tells where sentinels are, and this store is made. Remove it, or use RedisStore.sentinel.',
  nodes: 'It tells where a Redis Cluster is, and this store is made. Remove it, or use RedisStore.cluster.',
};
export const NO_USER = 'A made store has no users but the default one. Remove it; `password` is that of all clients.';

/** What people give for the certificate of a made store. */
export const TLS = {
  certificateAuthorities: 'Clients trust `ca.crt` of the Secret of `tls`. Remove it.',
  clientCertificate: 'A made store asks clients for a `password`. Remove it.',
  ssl: TLS_SECRET,
  tlsSecret: TLS_SECRET,
  certificate: TLS_SECRET,
};

/** A store in a Pod. */
export const REDIS_POD: Shape<RedisPodProps> = shape<RedisPodProps>({
  of: 'RedisStore.pod',
  like: '{ memory: Size.mebibytes(256) }',
  props: { ...MADE, podName: { is: name } },
  foreign: {
    ...MADE_STORE,
    ...OF_A_SERVER,
    ...TLS,
    username: NO_USER,
    name: 'The name of the Pod is `podName`, that of the Service `serviceName`.',
    statefulSetName: 'It is a prop of RedisStore.persistent; a Pod has `podName`.',
    storage:
      'It is a prop of RedisStore.persistent; the data of a Pod lives only as long as the Pod. Remove it, or use RedisStore.persistent.',
    storageClassName:
      'It is a prop of RedisStore.persistent; a Pod has no volume claim. Remove it, or use RedisStore.persistent.',
  },
  together: checkSingle,
});

/** A store in a StatefulSet. */
export const PERSISTENT_REDIS: Shape<PersistentRedisProps> = shape<PersistentRedisProps>({
  of: 'RedisStore.persistent',
  like: '{ storage: Size.gibibytes(10) }',
  props: {
    ...MADE,
    statefulSetName: { is: string(STATEFUL_SET_NAME) },
    storage: { is: size() },
    storageClassName: { is: dottedName },
  },
  foreign: {
    ...MADE_STORE,
    ...OF_A_SERVER,
    ...TLS,
    username: NO_USER,
    name: 'The name of the StatefulSet is `statefulSetName`, that of the Service `serviceName`.',
    podName: 'It is a prop of RedisStore.pod; here it is `statefulSetName`.',
    volumeClaimTemplates: 'The claim is made of `storage`, Size.gibibytes(10), and `storageClassName`.',
    accessModes: 'It is always ReadWriteOnce. Remove it.',
    size: 'It is `storage`: Size.gibibytes(10).',
  },
  together: checkSingle,
});
