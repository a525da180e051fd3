import { ENV } from '../../worker/contract';
import { literal, type Manifest, type SecretValue } from '../kubernetes';
import type { RedisStoreSpec } from './redis-store-spec';

/** The variables that take the parts of `REDIS_URL` from a Secret. They stand before it, and a kubelet puts them into it. */
export const HOST_VARIABLE = 'WORK_QUEUE_REDIS_HOST';
export const DATABASE_VARIABLE = 'WORK_QUEUE_REDIS_DATABASE';

const VOLUME = 'redis-ca';
const DIRECTORY = '/etc/redis-ca';
const FILES = { authorities: 'ca.pem', certificate: 'tls.crt', key: 'tls.key', password: 'password' };
const pathOf = (file: keyof typeof FILES) => `${DIRECTORY}/${FILES[file]}`;

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
  | 'passwordAsFile'
  | 'certificateAuthorities'
  | 'clientCertificate'
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
    ...(store.passwordAsFile
      ? [{ name: ENV.redisPasswordFile, value: pathOf('password') }]
      : variable(password, store.password)),
    ...variable(ENV.redisSentinelUsername, store.sentinelUsername),
    ...variable(ENV.redisSentinelPassword, store.sentinelPassword),
    ...filesOf(store),
  ];
}

function variable(name: string, value: string | SecretValue | undefined): Manifest[] {
  if (value === undefined) return [];
  if (typeof value === 'string') return [literal(name, value)];
  return [{ name, valueFrom: { secretKeyRef: { name: value.secret.name, key: value.key } } }];
}

/** Not by SSL_CERT_FILE or NODE_EXTRA_CA_CERTS: what else a program connects to is not the store's business. */
function filesOf({ certificateAuthorities, clientCertificate }: RedisConnectionSpec): Manifest[] {
  return [
    ...(certificateAuthorities ? [{ name: ENV.redisCaFile, value: pathOf('authorities') }] : []),
    ...(clientCertificate
      ? [
          { name: ENV.redisCertFile, value: pathOf('certificate') },
          { name: ENV.redisKeyFile, value: pathOf('key') },
        ]
      : []),
  ];
}

/** The files that a client needs: each a part of a Secret or of a ConfigMap. */
function sourcesOf(store: RedisConnectionSpec): Manifest[] {
  const { certificateAuthorities: authorities, clientCertificate, password, passwordAsFile } = store;
  const part = (kind: 'secret' | 'configMap', name: unknown, items: Manifest[]) => ({ [kind]: { name, items } });
  return [
    ...(authorities
      ? [
          part(authorities.configMap ? 'configMap' : 'secret', (authorities.configMap ?? authorities.secret)?.name, [
            { key: authorities.key, path: FILES.authorities },
          ]),
        ]
      : []),
    ...(clientCertificate
      ? [
          part('secret', clientCertificate.secret.name, [
            { key: 'tls.crt', path: FILES.certificate },
            { key: 'tls.key', path: FILES.key },
          ]),
        ]
      : []),
    ...(password && passwordAsFile
      ? [part('secret', password.secret.name, [{ key: password.key, path: FILES.password }])]
      : []),
  ];
}

/** The volume that a client of the store needs, if any. */
export function connectionVolumes(store: RedisConnectionSpec, name: string = VOLUME): Manifest[] {
  const [source, ...more] = sourcesOf(store);
  if (!source) return [];
  if (more.length > 0) return [{ name, projected: { sources: [source, ...more] } }];
  if (source.configMap) return [{ name, configMap: source.configMap }];
  const { name: secretName, items } = source.secret as Manifest;
  return [{ name, secret: { secretName, items } }];
}

/** Where a client of the store mounts it. */
export function connectionMounts(store: RedisConnectionSpec, name: string = VOLUME): Manifest[] {
  return sourcesOf(store).length > 0 ? [{ name, mountPath: DIRECTORY, readOnly: true }] : [];
}
