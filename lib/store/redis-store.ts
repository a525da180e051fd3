import type { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import type { ISecret, SecretValue } from '../kubernetes';
import { readProps } from '../props';
import { leaveTree } from '../tree';
import { externalRedis } from './external-redis';
import { redisInPod, redisInStatefulSet } from './made-redis';
import type { ExternalRedisProps, PersistentRedisProps, RedisPodProps } from './redis-store-props';
import type { RedisStoreSpec } from './redis-store-spec';
import { EXTERNAL_REDIS, PERSISTENT_REDIS, REDIS_POD } from './redis-store-table';

/**
 * A Redis that holds queues. One store serves any number of them.
 *
 * Children of a made store: `Resource` (the Pod or StatefulSet), `Service`, `NetworkPolicy`.
 *
 * @example
 * RedisStore.pod(chart, 'redis', { podName: 'redis-master', serviceName: 'redis' });
 * RedisStore.persistent(chart, 'redis', { storage: Size.gibibytes(10) });
 * const secret = kplus.Secret.fromSecretName(chart, 'credentials', 'redis');
 * RedisStore.external(chart, 'redis', {
 *   host: 'redis.example.com',
 *   tls: true,
 *   certificateAuthorities: { secret, key: 'ca.crt' },
 *   password: { secret, key: 'password' },
 * });
 */
export class RedisStore extends Construct {
  /**
   * A Pod and a Service, as in the walkthrough. Items survive a crash of the container, not the loss of the Pod or of its
   * node, after which nothing makes the Pod again.
   *
   * @throws InvalidPropError
   */
  public static pod(scope: Construct, id: string, props: RedisPodProps = {}): RedisStore {
    const read = readProps(scope, id, REDIS_POD, props, 'RedisStore.pod');
    return new RedisStore(scope, id, (store) => redisInPod(store, read));
  }

  /**
   * A StatefulSet with a volume claim, and a Service. Items survive the loss of the Pod and of its node too.
   *
   * @throws InvalidPropError
   */
  public static persistent(scope: Construct, id: string, props: PersistentRedisProps = {}): RedisStore {
    const read = readProps(scope, id, PERSISTENT_REDIS, props, 'RedisStore.persistent');
    return new RedisStore(scope, id, (store) => redisInStatefulSet(store, read));
  }

  /**
   * A Redis that exists. Nothing is made.
   *
   * It should run with `maxmemory-policy noeviction` and with persistence on. Workers refuse one that evicts
   * (`allkeys-…`); whether it persists is not checked.
   *
   * @throws InvalidPropError
   */
  public static external(scope: Construct, id: string, props: ExternalRedisProps): RedisStore {
    const read = readProps(scope, id, EXTERNAL_REDIS, props, 'RedisStore.external');
    return new RedisStore(scope, id, () => externalRedis(read));
  }

  /** Host name, as clients in the namespace use it. */
  public readonly host: string;
  /** TCP port. */
  public readonly port: number;
  /** `redis://host:port`, without credentials. */
  public readonly url: string;
  /** The image that brings `redis-cli`. */
  public readonly image: string;
  /** Secrets that the image is pulled with, if any. */
  public readonly imagePullSecrets?: ISecret[];
  /** Whether clients connect by TLS. */
  public readonly tls: boolean;
  /** Whether clients need the variables that Kubernetes injects for Services. */
  public readonly serviceLinks: boolean;
  /** Put these on a pod of your own, and the NetworkPolicy lets it in. Empty for an external store. */
  public readonly clientLabels: { readonly [key: string]: string };
  /** ACL user of the clients, if any. */
  public readonly username?: SecretValue;
  /** Password of the clients, if any. */
  public readonly password?: SecretValue;
  /** Authorities that the clients trust, if other than the image's. */
  public readonly certificateAuthorities?: SecretValue;
  /** @internal */
  public readonly _imageHasAuthorities: boolean;
  /** The Pod of `RedisStore.pod`. */
  public readonly redisPod?: ApiObject;
  /** The StatefulSet of `RedisStore.persistent`. */
  public readonly statefulSet?: ApiObject;
  /** The Service of a made store. */
  public readonly service?: ApiObject;
  /** The NetworkPolicy of a made store. */
  public readonly networkPolicy?: ApiObject;

  private constructor(scope: Construct, id: string, make: (store: Construct) => RedisStoreSpec) {
    if (typeof make !== 'function') {
      throw new Error('A RedisStore is made by RedisStore.pod, RedisStore.persistent or RedisStore.external.');
    }
    super(scope, id);
    try {
      const spec = make(this);
      this.host = spec.host;
      this.port = spec.port;
      this.url = spec.url;
      this.image = spec.image;
      this.imagePullSecrets = spec.imagePullSecrets;
      this.tls = spec.tls;
      this.serviceLinks = spec.serviceLinks;
      this.clientLabels = spec.clientLabels;
      this.username = spec.username;
      this.password = spec.password;
      this.certificateAuthorities = spec.certificateAuthorities;
      this._imageHasAuthorities = spec.imageHasAuthorities;
      this.redisPod = spec.redisPod;
      this.statefulSet = spec.statefulSet;
      this.service = spec.service;
      this.networkPolicy = spec.networkPolicy;
    } catch (error) {
      leaveTree(this);
      throw error;
    }
  }
}
