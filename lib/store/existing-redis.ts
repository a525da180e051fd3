import type { SecretValue } from '../kubernetes';
import type {
  ClusterRedisProps,
  ExistingRedisProps,
  ExternalRedisProps,
  SentinelRedisProps,
} from './existing-redis-props';
import { addressText, parseAddress, type RedisAddress } from './redis-address';
import { DATABASE_VARIABLE, HOST_VARIABLE } from './redis-connection';
import { DEFAULT_REDIS_IMAGE, REDIS_PORT, SENTINEL_PORT } from './redis-server';
import type { RedisStoreSpec } from './redis-store-spec';

/** A Redis at one address. */
export function externalRedis(props: ExternalRedisProps): RedisStoreSpec {
  const { host, port = REDIS_PORT, database } = props;
  const address = { host: typeof host === 'string' ? host : expanded(HOST_VARIABLE), port };
  return {
    ...existing(props, [address]),
    topology: 'single',
    url: `${scheme(props)}://${addressText(address)}${path(database)}`,
    hostFrom: typeof host === 'string' ? undefined : host,
    database,
    policyPorts: [port],
  };
}

/** A primary and its replicas, of which sentinels know which is which. */
export function sentinelRedis(props: SentinelRedisProps): RedisStoreSpec {
  const { sentinels, primaryName, database } = props;
  return {
    ...existing(props, addressesOf(sentinels, SENTINEL_PORT)),
    topology: 'sentinel',
    url: `${scheme(props)}+sentinel://${sentinels.join(',')}/${primaryName}${path(database)}`,
    primaryName,
    sentinelUsername: props.sentinelUsername,
    sentinelPassword: props.sentinelPassword,
    database,
    // Where the servers listen only the sentinels know; this is where they do as a rule.
    policyPorts: [REDIS_PORT],
  };
}

/** Some nodes of a Redis Cluster. */
export function clusterRedis(props: ClusterRedisProps): RedisStoreSpec {
  const seeds = addressesOf(props.nodes, REDIS_PORT);
  return {
    ...existing(props, seeds),
    topology: 'cluster',
    url: `${scheme(props)}://${props.nodes.join(',')}`,
    // The nodes that are not named here listen on the same ports as a rule.
    policyPorts: [...new Set(seeds.map(({ port }) => port))],
  };
}

function existing(props: ExistingRedisProps, addresses: readonly RedisAddress[]) {
  const { image = DEFAULT_REDIS_IMAGE } = props;
  const [{ host, port }] = addresses as [RedisAddress];
  return {
    host,
    port,
    addresses,
    image,
    imagePullPolicy: props.imagePullPolicy,
    imagePullSecrets: props.imagePullSecrets,
    tls: props.tls ?? false,
    serviceLinks: false,
    idsFromNamespace: false,
    clientLabels: {},
    podSelector: {},
    egressRules: props.egressRules,
    username: props.username,
    password: props.password,
    passwordAsFile: props.passwordAsFile,
    certificateAuthorities: props.certificateAuthorities,
    clientCertificate: props.clientCertificate,
    imageHasAuthorities: props.imageHasAuthorities ?? !isOfficial(image),
  };
}

function scheme({ tls }: ExistingRedisProps): string {
  return tls ? 'rediss' : 'redis';
}

function path(database: number | SecretValue = 0): string {
  if (typeof database === 'number') return database === 0 ? '' : `/${database}`;
  return `/${expanded(DATABASE_VARIABLE)}`;
}

/** What a kubelet replaces by the value of a variable that stands before. */
function expanded(variable: string): string {
  return `$(${variable})`;
}

function addressesOf(texts: readonly string[], defaultPort: number): RedisAddress[] {
  return texts.map((text) => parseAddress(text, defaultPort) as RedisAddress);
}

/**
 * Whether an image is named as the official ones are, from whatever registry, under whatever tag or digest. Those know no
 * certificate authorities.
 */
function isOfficial(image: string): boolean {
  return /(^|\/)(redis|valkey)(:[^/]*)?$/.test(image.replace(/@.*$/, ''));
}
