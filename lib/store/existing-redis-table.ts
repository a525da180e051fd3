import {
  clientCertificate,
  egressRules,
  flag,
  HOST,
  host,
  image,
  imagePullPolicy,
  kind,
  mountedKey,
  orSecretValue,
  pullSecrets,
  type Shape,
  secretValue,
  shape,
  type Table,
  whole,
} from '../props';
import type {
  ClusterRedisProps,
  ExistingRedisProps,
  ExternalRedisProps,
  SentinelRedisProps,
} from './existing-redis-props';
import { addresses } from './redis-address';
import { REDIS_PORT, SENTINEL_PORT } from './redis-server';
import { PERSISTENT_REDIS, REDIS_POD } from './redis-store-table';

/** The name of an ACL user, by itself or in a Secret. */
const user = orSecretValue(
  kind<string>(
    (given) => typeof given === 'string' && /^[^\s\p{Control}\p{Surrogate}]+$/u.test(given),
    'It must be the name of an ACL user, without spaces: "fruit"; or refer to a Secret: { secret: { name: "credentials" }, key: "username" }.',
  ),
);

/** As many as a server may be configured with; it has 16 by itself. */
const database = orSecretValue(whole(0));

const NEEDS_PASSWORD = (prop: string, user: string) => `A user needs one: set \`${prop}\`, or leave \`${user}\` out.`;

const EXISTING: Table<ExistingRedisProps> = {
  tls: {
    is: flag,
    requiredWith: {
      certificateAuthorities: '`certificateAuthorities` needs TLS: set `tls: true`.',
      clientCertificate: '`clientCertificate` needs TLS: set `tls: true`.',
    },
  },
  certificateAuthorities: { is: mountedKey },
  clientCertificate: { is: clientCertificate },
  username: { is: user },
  password: {
    is: secretValue,
    requiredWith: {
      username: NEEDS_PASSWORD('password', 'username'),
      passwordAsFile: 'There is no password to read from a file: set `password`, or leave `passwordAsFile` out.',
    },
  },
  passwordAsFile: { is: flag },
  egressRules: { is: egressRules },
  image: { is: image },
  imagePullPolicy: { is: imagePullPolicy },
  imageHasAuthorities: { is: flag },
  imagePullSecrets: { is: pullSecrets },
};

/** What a store that exists says to the props of a made one. */
const IS_MADE =
  'It is a prop of stores that are made, and an external one is not. Remove it, or use RedisStore.pod or .persistent.';

const EXISTING_FOREIGN = {
  ...Object.fromEntries(
    [REDIS_POD, PERSISTENT_REDIS].flatMap(({ props }) => Object.keys(props).map((name) => [name, IS_MADE])),
  ),
  idsFromNamespace:
    'Nothing is made here. Give it to the Job: then its workers, gate and fill leave their ids to the namespace.',
  db: 'It is `database`, its number: 2.',
  user: 'It is `username`: its name, or a key of a Secret, { secret, key: "user" }.',
  cert: 'It is `clientCertificate`, a Secret with tls.crt and tls.key: { secret }.',
  passwordFile: 'It is `passwordAsFile: true`, beside `password`.',
  ca: 'It is `certificateAuthorities`, a key of a Secret or of a ConfigMap: { secret, key: "ca.crt" }.',
  networkPolicyPeers: `${IS_MADE} Where its servers are is \`egressRules\`.`,
};

const BY_SENTINEL = 'A primary that sentinels know is RedisStore.sentinel(chart, "redis", { sentinels, primaryName }).';
const BY_CLUSTER = 'A Redis Cluster is RedisStore.cluster(chart, "redis", { nodes: ["redis-1.example.com:6379"] }).';

const like = (names: readonly string[], text: string) => Object.fromEntries(names.map((name) => [name, text]));

const NAMES_OF_SENTINELS = ['sentinelHosts', 'sentinelAddresses', 'sentinelNodes', 'sentinelPort', 'sentinel'];
const NAMES_OF_PRIMARY = [
  'master',
  'masterName',
  'masterSet',
  'masterGroupName',
  'sentinelMaster',
  'primary',
  'serviceName',
];
const NAMES_OF_NODES = ['seeds', 'startupNodes', 'rootNodes', 'clusterNodes', 'cluster'];
const NAMES_OF_ADDRESSES = ['hosts', 'addresses', 'endpoints', 'servers'];

/** A store that exists. */
export const EXTERNAL_REDIS: Shape<ExternalRedisProps> = shape<ExternalRedisProps>({
  of: 'RedisStore.external',
  like: '{ host: "redis.example.com" }',
  props: {
    host: { is: orSecretValue(host), required: HOST },
    port: { is: whole(1, 65_535) },
    database: { is: database },
    ...EXISTING,
  },
  foreign: {
    ...EXISTING_FOREIGN,
    url: 'Take it apart: host: "redis.example.com", port: 6379, and tls: true for rediss://.',
    ...like(
      [...NAMES_OF_SENTINELS, ...NAMES_OF_PRIMARY.slice(0, -1), 'sentinels', 'primaryName', 'sentinelPassword'],
      BY_SENTINEL,
    ),
    ...like([...NAMES_OF_NODES, 'nodes'], BY_CLUSTER),
    ...like(NAMES_OF_ADDRESSES, `It is one address, \`host\` and \`port\`. ${BY_SENTINEL} ${BY_CLUSTER}`),
  },
});

const THE_SENTINELS = 'It is `sentinels`, host:port each: ["sentinel-1.example.com:26379"].';

/** A store whose primary sentinels know. */
export const SENTINEL_REDIS: Shape<SentinelRedisProps> = shape<SentinelRedisProps>({
  of: 'RedisStore.sentinel',
  like: '{ sentinels: ["sentinel-1.example.com:26379"], primaryName: "mymaster" }',
  props: {
    sentinels: {
      is: addresses(SENTINEL_PORT),
      required: 'It must be the addresses of the sentinels: ["sentinel-1.example.com:26379"].',
    },
    primaryName: {
      is: kind<string>(
        (given) => typeof given === 'string' && /^[-._A-Za-z0-9]{1,200}$/.test(given),
        'It must be the name that sentinels know the primary by, of letters, digits, and - _ . between them: "mymaster".',
      ),
      required: 'It must be the name that the sentinels know the primary by: "mymaster".',
    },
    sentinelUsername: { is: user },
    sentinelPassword: {
      is: secretValue,
      requiredWith: { sentinelUsername: NEEDS_PASSWORD('sentinelPassword', 'sentinelUsername') },
    },
    database: { is: database },
    ...EXISTING,
  },
  foreign: {
    ...EXISTING_FOREIGN,
    url: 'Take it apart: sentinels: ["sentinel-1.example.com:26379"], primaryName: "mymaster", and tls: true for TLS.',
    host: `Which server it is, the sentinels say. ${THE_SENTINELS}`,
    port: `Which server it is, the sentinels say. The port of a sentinel is a part of its address. ${THE_SENTINELS}`,
    ...like([...NAMES_OF_SENTINELS, ...NAMES_OF_ADDRESSES, 'seeds'], THE_SENTINELS),
    nodes: `${THE_SENTINELS} ${BY_CLUSTER}`,
    ...like(
      [...NAMES_OF_PRIMARY, 'name', 'group'],
      'It is `primaryName`, the name that the sentinels know the primary by: "mymaster".',
    ),
    sentinelTls: 'It is `tls`, for the sentinels and for the servers alike.',
    sentinelUser: 'It is `sentinelUsername`: its name, or a key of a Secret, { secret, key: "user" }.',
  },
});

const THE_NODES = 'It is `nodes`, host:port each: ["redis-1.example.com:6379"].';

/** A store that is a Redis Cluster. */
export const CLUSTER_REDIS: Shape<ClusterRedisProps> = shape<ClusterRedisProps>({
  of: 'RedisStore.cluster',
  like: '{ nodes: ["redis-1.example.com:6379", "redis-2.example.com:6379"] }',
  props: {
    nodes: {
      is: addresses(REDIS_PORT),
      required: 'It must be the addresses of some nodes: ["redis-1.example.com:6379"].',
    },
    ...EXISTING,
  },
  foreign: {
    ...EXISTING_FOREIGN,
    url: 'Take it apart: nodes: ["redis-1.example.com:6379"], and tls: true for rediss://.',
    host: THE_NODES,
    port: `The port is a part of each address. ${THE_NODES}`,
    ...like([...NAMES_OF_NODES, ...NAMES_OF_ADDRESSES], THE_NODES),
    ...like([...NAMES_OF_SENTINELS, ...NAMES_OF_PRIMARY.slice(0, -1), 'sentinels', 'primaryName'], BY_SENTINEL),
    ...like(['database', 'db'], 'A Redis Cluster has database 0 alone. Remove it.'),
  },
});
