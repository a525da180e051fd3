import type { IConfigMap, ISecret, NetworkPolicyEgressRule, SecretValue } from '../kubernetes';

/** A PEM file of certificate authorities, in a Secret or in a ConfigMap of the same namespace. */
export interface CertificateAuthorities {
  /**
   * The Secret.
   *
   * @default - it is in `configMap`
   * @example secret: { name: 'redis-ca' }
   */
  readonly secret?: ISecret;
  /**
   * The ConfigMap, such as trust-manager makes it.
   *
   * @default - it is in `secret`
   * @example configMap: { name: 'company-ca' }
   */
  readonly configMap?: IConfigMap;
  /**
   * The key in it.
   *
   * @example key: 'ca.crt'
   */
  readonly key: string;
}

/** What clients show to a server that asks who they are. */
export interface ClientCertificate {
  /**
   * The Secret that holds it, of the same namespace, with the keys `tls.crt` and `tls.key`, as cert-manager makes it.
   *
   * @example secret: { name: 'redis-client' }
   */
  readonly secret: ISecret;
}

/** What every store takes that exists already: how its clients connect, and who they are. */
export interface ExistingRedisProps {
  /**
   * Whether to connect by TLS. The certificate is verified.
   *
   * @default false
   * @example tls: true
   */
  readonly tls?: boolean;

  /**
   * Authorities that signed the server's certificate: a PEM file in a Secret or a ConfigMap of the same namespace. Workers
   * find it under the path in `REDIS_CA_FILE` and trust it for Redis alone, beside the authorities of their image. With `tls`,
   * the fill and the gate need it too, unless `imageHasAuthorities`.
   *
   * @default - what the images bring along
   * @example certificateAuthorities: { secret: kplus.Secret.fromSecretName(chart, 'ca', 'redis-ca'), key: 'ca.pem' }
   */
  readonly certificateAuthorities?: CertificateAuthorities;

  /**
   * The certificate of the clients, for a server with `tls-auth-clients yes`. Workers, fill and gate find it under the paths in
   * `REDIS_CERT_FILE` and `REDIS_KEY_FILE`, and read it again for each connection, so that it may be renewed.
   *
   * @default - none
   * @example clientCertificate: { secret: { name: 'redis-client' } }
   */
  readonly clientCertificate?: ClientCertificate;

  /**
   * ACL user: its name, or a key of a Secret that holds it.
   *
   * @default - the user `default`
   * @example username: 'fruit'
   */
  readonly username?: string | SecretValue;

  /**
   * Password, in a Secret.
   *
   * @default - no password
   * @example password: { secret: kplus.Secret.fromSecretName(chart, 'credentials', 'redis'), key: 'password' }
   */
  readonly password?: SecretValue;

  /**
   * Whether clients read the password from a file, `REDIS_PASSWORD_FILE`, again for each connection: one that is changed while
   * they run, or is good for a short time only, is then read in time. As a variable it is read once, when a container starts.
   *
   * @default false
   * @example passwordAsFile: true
   */
  readonly passwordAsFile?: boolean;

  /**
   * Where its servers are, as rules of a NetworkPolicy: what the `egressPolicy` of a queue allows for this store.
   *
   * @default - its addresses; of one that has a host name, and of servers that only Sentinel or the cluster knows, the port
   * is open to anywhere
   * @example egressRules: [{ to: [{ ipBlock: { cidr: '10.20.0.0/16' } }], ports: [{ port: 6379 }] }]
   */
  readonly egressRules?: NetworkPolicyEgressRule[];

  /**
   * The image that the fill and the gate run, for its `redis-cli`.
   *
   * @default 'redis:8.2.10'
   * @example image: 'registry.example/redis-with-authorities:8.2'
   */
  readonly image?: string;

  /**
   * When `image` is pulled: `Always`, `IfNotPresent` or `Never`.
   *
   * @default - `Always` for the tag `latest` and for none, else `IfNotPresent`
   * @example imagePullPolicy: 'Always'
   */
  readonly imagePullPolicy?: string;

  /**
   * Whether `image` knows the authority that signed the server's certificate, so that with `tls` the fill and the gate do
   * without `certificateAuthorities`. The images of Redis and Valkey know none, not even a public one.
   *
   * @default - false for an image named redis or valkey, of any registry, tag or digest; else true
   * @example imageHasAuthorities: true
   */
  readonly imageHasAuthorities?: boolean;

  /**
   * Secrets to pull `image` with, beside those of the queue.
   *
   * @default - those of the queue; where it has none, those of the service account
   * @example imagePullSecrets: [kplus.Secret.fromSecretName(chart, 'registry', 'registry-credentials')]
   */
  readonly imagePullSecrets?: ISecret[];
}

/** Props of `RedisStore.external`. */
export interface ExternalRedisProps extends ExistingRedisProps {
  /**
   * Host name or IP address, without `redis://`; or a key of a Secret that holds it.
   *
   * @example host: 'redis.example.com'
   */
  readonly host: string | SecretValue;

  /**
   * TCP port.
   *
   * @default 6379
   * @example port: 6380
   */
  readonly port?: number;

  /**
   * Number of the database; or a key of a Secret that holds it.
   *
   * @default 0
   * @example database: 2
   */
  readonly database?: number | SecretValue;
}

/** Props of `RedisStore.sentinel`. */
export interface SentinelRedisProps extends ExistingRedisProps {
  /**
   * Addresses of the sentinels, `host:port` each; the port is 26379 where none is given. Clients ask one after the other which
   * server is the primary.
   *
   * @example sentinels: ['sentinel-1.example.com:26379', 'sentinel-2.example.com:26379', 'sentinel-3.example.com:26379']
   */
  readonly sentinels: string[];

  /**
   * The name under which the sentinels know the primary: the first word of `sentinel monitor` in their configuration.
   *
   * @example primaryName: 'mymaster'
   */
  readonly primaryName: string;

  /**
   * ACL user of the sentinels themselves: its name, or a key of a Secret that holds it. `username` is that of the servers.
   *
   * @default - the user `default`
   * @example sentinelUsername: 'watcher'
   */
  readonly sentinelUsername?: string | SecretValue;

  /**
   * Password of the sentinels themselves, in a Secret. `password` is that of the servers, and is never sent to a sentinel.
   *
   * @default - the sentinels ask for none
   * @example sentinelPassword: { secret: { name: 'credentials' }, key: 'sentinel-password' }
   */
  readonly sentinelPassword?: SecretValue;

  /**
   * Number of the database; or a key of a Secret that holds it.
   *
   * @default 0
   * @example database: 2
   */
  readonly database?: number | SecretValue;
}

/** Props of `RedisStore.cluster`. */
export interface ClusterRedisProps extends ExistingRedisProps {
  /**
   * Addresses of some nodes, `host:port` each; the port is 6379 where none is given. Clients ask one after the other which
   * node has the queue, so name as many as there are primaries.
   *
   * @example nodes: ['redis-1.example.com:6379', 'redis-2.example.com:6379', 'redis-3.example.com:6379']
   */
  readonly nodes: string[];
}
