import { ENV } from '../../worker/contract';
import type { Manifest } from '../kubernetes';
import type { RedisStoreSpec } from './redis-store-spec';

const AUTHORITIES_VOLUME = 'redis-ca';
const AUTHORITIES_DIRECTORY = '/etc/redis-ca';
const AUTHORITIES_FILE = `${AUTHORITIES_DIRECTORY}/ca.pem`;

/** What a client has to know of a store. */
export type RedisConnectionSpec = Pick<RedisStoreSpec, 'url' | 'username' | 'password' | 'certificateAuthorities'>;

function fromSecret(name: string, value: RedisConnectionSpec['password']): Manifest[] {
  return value ? [{ name, valueFrom: { secretKeyRef: { name: value.secret.name, key: value.key } } }] : [];
}

/** Not by SSL_CERT_FILE or NODE_EXTRA_CA_CERTS: what else a program connects to is not the store's business. */
function authoritiesOf({ certificateAuthorities }: RedisConnectionSpec): Manifest[] {
  return certificateAuthorities ? [{ name: ENV.redisCaFile, value: AUTHORITIES_FILE }] : [];
}

/** The variables that take a worker to the store. */
export function workerConnection(store: RedisConnectionSpec): Manifest[] {
  return [
    { name: ENV.redisUrl, value: store.url },
    ...fromSecret(ENV.redisUsername, store.username),
    ...fromSecret(ENV.redisPassword, store.password),
    ...authoritiesOf(store),
  ];
}

/** The variables that take `redis-cli` to the store; it reads the password by itself. */
export function cliConnection(store: RedisConnectionSpec): Manifest[] {
  return [
    { name: ENV.redisUrl, value: store.url },
    ...fromSecret(ENV.redisUsername, store.username),
    ...fromSecret('REDISCLI_AUTH', store.password),
    ...authoritiesOf(store),
  ];
}

/** The volume that a client of the store needs, if any. */
export function connectionVolumes(
  { certificateAuthorities }: RedisConnectionSpec,
  name: string = AUTHORITIES_VOLUME,
): Manifest[] {
  if (!certificateAuthorities) return [];
  const { secret, key } = certificateAuthorities;
  return [{ name, secret: { secretName: secret.name, items: [{ key, path: 'ca.pem' }] } }];
}

/** Where a client of the store mounts it. */
export function connectionMounts(
  { certificateAuthorities }: RedisConnectionSpec,
  name: string = AUTHORITIES_VOLUME,
): Manifest[] {
  return certificateAuthorities ? [{ name, mountPath: AUTHORITIES_DIRECTORY, readOnly: true }] : [];
}
