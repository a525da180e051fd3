import { ENV } from '../../worker/contract';
import { literal, type Manifest, type SecretValue } from '../kubernetes';
import type { RedisStoreSpec } from './redis-store-spec';

/** The variables that take the parts of `REDIS_URL` from a Secret. They stand before it, and a kubelet puts them into it. */
export const HOST_VARIABLE = 'WORK_QUEUE_REDIS_HOST';
export const DATABASE_VARIABLE = 'WORK_QUEUE_REDIS_DATABASE';

const AUTHORITIES_VOLUME = 'redis-ca';
const AUTHORITIES_DIRECTORY = '/etc/redis-ca';
const AUTHORITIES_FILE = `${AUTHORITIES_DIRECTORY}/ca.pem`;

/** What a client has to know of a store. */
export type RedisConnectionSpec = Pick<
  RedisStoreSpec,
  | 'url'
  | 'hostFrom'
  | 'database'
  | 'username'
  | 'password'
  | 'sentinelUsername'
  | 'sentinelPassword'
  | 'certificateAuthorities'
>;

/** The variables that take a worker to the store. */
export function workerConnection(store: RedisConnectionSpec): Manifest[] {
  return connection(store, ENV.redisPassword);
}

/** The variables that take `redis-cli` to the store; it reads the password by itself. */
export function cliConnection(store: RedisConnectionSpec): Manifest[] {
  return connection(store, 'REDISCLI_AUTH');
}

function connection(store: RedisConnectionSpec, password: string): Manifest[] {
  return [
    ...variable(HOST_VARIABLE, store.hostFrom),
    ...(typeof store.database === 'object' ? variable(DATABASE_VARIABLE, store.database) : []),
    { name: ENV.redisUrl, value: store.url },
    ...variable(ENV.redisUsername, store.username),
    ...variable(password, store.password),
    ...variable(ENV.redisSentinelUsername, store.sentinelUsername),
    ...variable(ENV.redisSentinelPassword, store.sentinelPassword),
    ...authoritiesOf(store),
  ];
}

function variable(name: string, value: string | SecretValue | undefined): Manifest[] {
  if (value === undefined) return [];
  if (typeof value === 'string') return [literal(name, value)];
  return [{ name, valueFrom: { secretKeyRef: { name: value.secret.name, key: value.key } } }];
}

/** Not by SSL_CERT_FILE or NODE_EXTRA_CA_CERTS: what else a program connects to is not the store's business. */
function authoritiesOf({ certificateAuthorities }: RedisConnectionSpec): Manifest[] {
  return certificateAuthorities ? [{ name: ENV.redisCaFile, value: AUTHORITIES_FILE }] : [];
}

/** The volume that a client of the store needs, if any. */
export function connectionVolumes(
  { certificateAuthorities }: RedisConnectionSpec,
  name: string = AUTHORITIES_VOLUME,
): Manifest[] {
  if (!certificateAuthorities) return [];
  const { secret, configMap, key } = certificateAuthorities;
  const items = [{ key, path: 'ca.pem' }];
  if (configMap) return [{ name, configMap: { name: configMap.name, items } }];
  return [{ name, secret: { secretName: secret?.name, items } }];
}

/** Where a client of the store mounts it. */
export function connectionMounts(
  { certificateAuthorities }: RedisConnectionSpec,
  name: string = AUTHORITIES_VOLUME,
): Manifest[] {
  return certificateAuthorities ? [{ name, mountPath: AUTHORITIES_DIRECTORY, readOnly: true }] : [];
}
