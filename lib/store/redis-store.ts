import { isIP } from 'node:net';
import { type ApiObject, Size } from 'cdk8s';
import type * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { CLIENT_LABEL, type Labels } from '../kubernetes/labels';
import { allowClientsOnly } from '../kubernetes/network-policy';
import { readProps } from '../props/door';
import { EXTERNAL_REDIS, PERSISTENT_REDIS, REDIS_POD } from '../props/tables';
import { refuseOthersOfItsNames } from '../tree/conflicts';
import { leaveTree } from '../tree/leave-tree';
import { redisLabels, redisPod, redisSelector, redisService, redisStatefulSet } from './redis-objects';
import { REDIS_PORT, redisServer } from './redis-server';
import {
  type ExternalRedisProps,
  type PersistentRedisProps,
  type RedisPodProps,
  ServiceDiscovery,
} from './redis-store-props';

/** The image of a made store, of the fill and of the gate. */
export const DEFAULT_REDIS_IMAGE = 'redis:8.2';

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
export abstract class RedisStore extends Construct {
  /**
   * A Pod and a Service, as in the walkthrough. Items survive a crash of the container, not the loss of the Pod or of its
   * node, after which nothing makes the Pod again.
   *
   * @throws InvalidPropError
   */
  public static pod(scope: Construct, id: string, props: RedisPodProps = {}): RedisStore {
    return new MadeRedisStore(scope, id, props, false);
  }

  /**
   * A StatefulSet with a volume claim, and a Service. Items survive the loss of the Pod and of its node too.
   *
   * @throws InvalidPropError
   */
  public static persistent(scope: Construct, id: string, props: PersistentRedisProps = {}): RedisStore {
    return new MadeRedisStore(scope, id, props, true);
  }

  /**
   * A Redis that exists. Nothing is made.
   *
   * It should run with `maxmemory-policy noeviction` and with persistence on. Workers refuse one that evicts
   * (`allkeys-…`); whether it persists, nobody checks.
   *
   * @throws InvalidPropError
   */
  public static external(scope: Construct, id: string, props: ExternalRedisProps): RedisStore {
    return new ExternalRedisStore(scope, id, props);
  }

  /** Host name, as clients in the namespace use it. */
  public abstract readonly host: string;
  /** TCP port. */
  public abstract readonly port: number;
  /** `redis://host:port`, without credentials. */
  public abstract readonly url: string;
  /** The image that brings `redis-cli`. */
  public abstract readonly image: string;
  /** Secrets that the image is pulled with, if any. */
  public abstract readonly imagePullSecrets?: kplus.ISecret[];
  /** Whether clients connect by TLS. */
  public abstract readonly tls: boolean;
  /** Whether clients need the variables that Kubernetes injects for Services. */
  public abstract readonly serviceLinks: boolean;
  /** Put these on a pod of your own, and the NetworkPolicy lets it in. Empty for an external store. */
  public abstract readonly clientLabels: { readonly [key: string]: string };
  /** ACL user of the clients, if any. */
  public abstract readonly username?: kplus.SecretValue;
  /** Password of the clients, if any. */
  public abstract readonly password?: kplus.SecretValue;
  /** Authorities that the clients trust, if other than the image's. */
  public abstract readonly certificateAuthorities?: kplus.SecretValue;
  /** @internal */
  public abstract readonly _imageHasAuthorities: boolean;
  /** The Pod of `RedisStore.pod`. */
  public abstract readonly redisPod?: ApiObject;
  /** The StatefulSet of `RedisStore.persistent`. */
  public abstract readonly statefulSet?: ApiObject;
  /** The Service of a made store. */
  public abstract readonly service?: ApiObject;
  /** The NetworkPolicy of a made store. */
  public abstract readonly networkPolicy?: ApiObject;
}

class ExternalRedisStore extends RedisStore {
  public readonly host: string;
  public readonly port: number;
  public readonly url: string;
  public readonly image: string;
  public readonly imagePullSecrets?: kplus.ISecret[];
  public readonly tls: boolean;
  public readonly serviceLinks = false;
  public readonly clientLabels: Labels = {};
  public readonly username?: kplus.SecretValue;
  public readonly password?: kplus.SecretValue;
  public readonly certificateAuthorities?: kplus.SecretValue;
  /** @internal */
  public readonly _imageHasAuthorities: boolean;
  public readonly redisPod?: ApiObject;
  public readonly statefulSet?: ApiObject;
  public readonly service?: ApiObject;
  public readonly networkPolicy?: ApiObject;

  constructor(scope: Construct, id: string, given: ExternalRedisProps) {
    const props = readProps(scope, id, EXTERNAL_REDIS, given, 'RedisStore.external');
    super(scope, id);
    const { host, port = REDIS_PORT, tls = false, image = DEFAULT_REDIS_IMAGE } = props;
    this.host = host;
    this.port = port;
    this.tls = tls;
    this.image = image;
    this.imagePullSecrets = props.imagePullSecrets;
    this.url = `${tls ? 'rediss' : 'redis'}://${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
    this.username = props.username;
    this.password = props.password;
    this.certificateAuthorities = props.certificateAuthorities;
    this._imageHasAuthorities = props.imageHasAuthorities ?? !isOfficial(image);
  }
}

/**
 * Whether an image is named as the official ones are, from whatever registry, under whatever tag or digest. Those know no
 * certificate authorities.
 */
function isOfficial(image: string): boolean {
  return /(^|\/)(redis|valkey)(:[^/]*)?$/.test(image.replace(/@.*$/, ''));
}

class MadeRedisStore extends RedisStore {
  public readonly host: string;
  public readonly port = REDIS_PORT;
  public readonly url: string;
  public readonly image: string;
  public readonly imagePullSecrets?: kplus.ISecret[];
  public readonly tls = false;
  public readonly serviceLinks: boolean;
  public readonly clientLabels: Labels;
  public readonly username?: kplus.SecretValue;
  public readonly password?: kplus.SecretValue;
  public readonly certificateAuthorities?: kplus.SecretValue;
  /** @internal */
  public readonly _imageHasAuthorities = false;
  public readonly redisPod?: ApiObject;
  public readonly statefulSet?: ApiObject;
  public readonly service: ApiObject;
  public readonly networkPolicy?: ApiObject;

  constructor(scope: Construct, id: string, given: RedisPodProps & PersistentRedisProps, persistent: boolean) {
    const props: RedisPodProps & PersistentRedisProps = persistent
      ? readProps(scope, id, PERSISTENT_REDIS, given, 'RedisStore.persistent')
      : readProps(scope, id, REDIS_POD, given, 'RedisStore.pod');
    super(scope, id);
    try {
      const { image = DEFAULT_REDIS_IMAGE, memory = Size.mebibytes(256), password } = props;
      this.image = image;
      this.imagePullSecrets = props.imagePullSecrets;
      this.password = password;

      const container = redisServer({ image, memory, password });
      const resource = persistent ? redisStatefulSet(this, props, memory, container) : redisPod(this, props, container);
      if (persistent) this.statefulSet = resource;
      else this.redisPod = resource;
      this.service = redisService(this, props);

      this.host = this.service.name;
      this.serviceLinks = props.discovery === ServiceDiscovery.ENVIRONMENT;
      const variables = `${this.host.toUpperCase().replaceAll('-', '_')}_SERVICE`;
      this.url = this.serviceLinks
        ? `redis://$(${variables}_HOST):$(${variables}_PORT)`
        : `redis://${this.host}:${this.port}`;
      this.clientLabels = { [CLIENT_LABEL]: this.host };

      for (const object of [resource, this.service]) {
        for (const [key, value] of Object.entries(redisLabels(this))) object.metadata.addLabel(key, value);
      }
      if (props.networkPolicy ?? true) {
        this.networkPolicy = allowClientsOnly(this, 'NetworkPolicy', {
          name: `${this.host}-clients`,
          server: redisSelector(this),
          clients: this.clientLabels,
          labels: redisLabels(this),
          port: this.port,
        });
      }
      this.node.defaultChild = resource;
      refuseOthersOfItsNames(this);
    } catch (error) {
      leaveTree(this);
      throw error;
    }
  }
}
