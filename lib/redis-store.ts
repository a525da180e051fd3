import { isIP } from 'node:net';
import { ApiObject, Chart, Lazy, Size, SizeRoundingBehavior } from 'cdk8s';
import type * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { checkInteger, InvalidPropError } from './invalid-prop';
import { checkDottedName, checkImage, checkName, checkServiceName, isHostName } from './kubernetes-syntax';
import { allowClientsOnly, type Labels } from './network-policy';
import { memoryQuantity } from './quantity';
import { REDIS_IDS, REDIS_PORT, redisServer } from './redis-server';
import { type Manifest, podSecurityContext } from './restricted-pod';

/** The image of a made store, of the fill and of the gate. */
export const DEFAULT_REDIS_IMAGE = 'redis:8.2';

/** The label by which a store knows its clients. Its value is the name of the store's Service. */
export const CLIENT_LABEL = 'cdk8s-redis-work-queue/client-of';

/** How clients find a store in the cluster. */
export enum ServiceDiscovery {
  /** By the name of its Service. */
  DNS = 'dns',
  /**
   * By the variables that Kubernetes injects (`REDIS_SERVICE_HOST` for a Service named `redis`), for clusters without
   * DNS. The Service must exist before a client starts.
   */
  ENVIRONMENT = 'environment',
}

/** What every made store takes. */
export interface MadeRedisProps {
  /**
   * The image: Redis 6.2 or newer, or Valkey. The fill and the gate run it too.
   *
   * @default 'redis:8.2'
   */
  readonly image?: string;

  /**
   * Memory request and limit. Items may fill 60 % of it (`maxmemory`); the rest is for rewriting the append-only file.
   * When it is full, fills are refused and workers go on.
   *
   * @default Size.mebibytes(256)
   */
  readonly memory?: Size;

  /**
   * The password that clients must give, in a Secret of the same namespace. It is in no manifest and on no command line.
   *
   * @default - no password: whoever the NetworkPolicy lets through may use the store
   */
  readonly password?: kplus.SecretValue;

  /**
   * Name of the Service.
   *
   * @default - made from the path of the construct
   */
  readonly serviceName?: string;

  /**
   * How clients find the store.
   *
   * @default ServiceDiscovery.DNS
   */
  readonly discovery?: ServiceDiscovery;

  /**
   * Whether a NetworkPolicy keeps away all pods but those labelled as clients (`clientLabels`).
   *
   * @default true
   */
  readonly networkPolicy?: boolean;
}

/** Props of `RedisStore.pod`. */
export interface RedisPodProps extends MadeRedisProps {
  /**
   * Name of the Pod.
   *
   * @default - made from the path of the construct
   */
  readonly podName?: string;
}

/** Props of `RedisStore.persistent`. */
export interface PersistentRedisProps extends MadeRedisProps {
  /**
   * Name of the StatefulSet, at most 52 characters.
   *
   * @default - made from the path of the construct
   */
  readonly statefulSetName?: string;

  /**
   * Size of the volume. The append-only file grows to about three times the data while it is rewritten.
   *
   * @default Size.gibibytes(1)
   */
  readonly storage?: Size;

  /**
   * Storage class of the volume claim.
   *
   * @default - the cluster's default class
   */
  readonly storageClassName?: string;
}

/** Props of `RedisStore.external`. */
export interface ExternalRedisProps {
  /** Host name or IP address, without `redis://`. */
  readonly host: string;

  /**
   * TCP port.
   *
   * @default 6379
   */
  readonly port?: number;

  /**
   * Whether to connect by TLS. The certificate is verified.
   *
   * @default false
   */
  readonly tls?: boolean;

  /**
   * Authorities that signed the server's certificate: a PEM file in a Secret of the same namespace. Workers on Node
   * take them by `NODE_EXTRA_CA_CERTS`, others by `SSL_CERT_FILE`. The Redis image knows no public authority, so the
   * fill and the gate need this wherever `tls` is on.
   *
   * @default - what the images bring along
   */
  readonly certificateAuthorities?: kplus.SecretValue;

  /**
   * ACL user, in a Secret.
   *
   * @default - the user `default`
   */
  readonly username?: kplus.SecretValue;

  /**
   * Password, in a Secret.
   *
   * @default - no password
   */
  readonly password?: kplus.SecretValue;

  /**
   * The image that the fill and the gate run, for its `redis-cli`.
   *
   * @default 'redis:8.2'
   */
  readonly image?: string;
}

const MADE_ONLY = [
  'memory',
  'serviceName',
  'discovery',
  'networkPolicy',
  'podName',
  'statefulSetName',
  'storage',
  'storageClassName',
];

/**
 * A Redis that holds queues. One store serves any number of them.
 *
 * Children of a made store: `Resource` (the Pod or StatefulSet), `Service`, `NetworkPolicy`.
 *
 * @example
 * RedisStore.pod(chart, 'redis', { podName: 'redis-master', serviceName: 'redis' });
 * RedisStore.persistent(chart, 'redis', { storage: Size.gibibytes(10) });
 * RedisStore.external(chart, 'redis', {
 *   host: 'redis.example.com',
 *   tls: true,
 *   password: { secret: kplus.Secret.fromSecretName(chart, 'credentials', 'redis'), key: 'password' },
 * });
 */
export abstract class RedisStore extends Construct {
  /**
   * A Pod and a Service, as in the walkthrough. Items survive a crash of the container, not the loss of the node.
   *
   * @throws InvalidPropError
   */
  public static pod(scope: Construct, id: string, props: RedisPodProps = {}): RedisStore {
    return new MadeRedisStore(scope, id, props, false);
  }

  /**
   * A StatefulSet with a volume claim, and a Service. Items survive the loss of the node too.
   *
   * @throws InvalidPropError
   */
  public static persistent(scope: Construct, id: string, props: PersistentRedisProps = {}): RedisStore {
    return new MadeRedisStore(scope, id, props, true);
  }

  /**
   * A Redis that exists. Nothing is made.
   *
   * It should run with `maxmemory-policy noeviction` and with persistence on; workers warn where it does not.
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
  /** The Pod of `RedisStore.pod`. */
  public abstract readonly pod?: ApiObject;
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
  public readonly tls: boolean;
  public readonly serviceLinks = false;
  public readonly clientLabels: Labels = {};
  public readonly username?: kplus.SecretValue;
  public readonly password?: kplus.SecretValue;
  public readonly certificateAuthorities?: kplus.SecretValue;
  public readonly pod?: ApiObject;
  public readonly statefulSet?: ApiObject;
  public readonly service?: ApiObject;
  public readonly networkPolicy?: ApiObject;

  constructor(scope: Construct, id: string, props: ExternalRedisProps) {
    super(scope, id);
    for (const [prop, value] of Object.entries(props)) {
      if (value === undefined || !MADE_ONLY.includes(prop)) continue;
      throw new InvalidPropError(
        this,
        prop,
        value,
        'It shapes a store that is made, and an external one is not. Remove it, or use RedisStore.pod or .persistent.',
      );
    }
    const { host, port = REDIS_PORT, tls = false, image = DEFAULT_REDIS_IMAGE } = props;
    if (typeof host !== 'string' || (isIP(host) === 0 && !isHostName(host))) {
      throw new InvalidPropError(this, 'host', host, 'It must be a host name or an IP address: "redis.example.com".');
    }
    checkInteger(this, 'port', port, 1, 65_535);
    checkImage(this, 'image', image);
    checkSecretValue(this, 'username', props.username);
    checkSecretValue(this, 'password', props.password);
    checkSecretValue(this, 'certificateAuthorities', props.certificateAuthorities);
    if (props.username && !props.password) {
      throw new InvalidPropError(
        this,
        'password',
        undefined,
        'A user needs one: set `password`, or leave `username` out.',
      );
    }
    if (props.certificateAuthorities && !tls) {
      throw new InvalidPropError(this, 'tls', tls, '`certificateAuthorities` needs TLS: set `tls: true`.');
    }
    this.host = host;
    this.port = port;
    this.tls = tls;
    this.image = image;
    this.url = `${tls ? 'rediss' : 'redis'}://${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
    this.username = props.username;
    this.password = props.password;
    this.certificateAuthorities = props.certificateAuthorities;
  }
}

class MadeRedisStore extends RedisStore {
  public readonly host: string;
  public readonly port = REDIS_PORT;
  public readonly url: string;
  public readonly image: string;
  public readonly tls = false;
  public readonly serviceLinks: boolean;
  public readonly clientLabels: Labels;
  public readonly username?: kplus.SecretValue;
  public readonly password?: kplus.SecretValue;
  public readonly certificateAuthorities?: kplus.SecretValue;
  public readonly pod?: ApiObject;
  public readonly statefulSet?: ApiObject;
  public readonly service: ApiObject;
  public readonly networkPolicy?: ApiObject;

  constructor(scope: Construct, id: string, props: RedisPodProps & PersistentRedisProps, persistent: boolean) {
    super(scope, id);
    const { image = DEFAULT_REDIS_IMAGE, memory = Size.mebibytes(256), password } = props;
    checkImage(this, 'image', image);
    checkSecretValue(this, 'password', password);
    this.image = image;
    this.password = password;

    const resource = persistent
      ? this.makeStatefulSet(props, redisServer(this, { image, memory, password }))
      : this.makePod(props, redisServer(this, { image, memory, password }));
    if (persistent) this.statefulSet = resource;
    else this.pod = resource;
    this.service = this.makeService(props);

    this.host = this.service.name;
    this.serviceLinks = props.discovery === ServiceDiscovery.ENVIRONMENT;
    const variables = `${this.host.toUpperCase().replaceAll('-', '_')}_SERVICE`;
    this.url = this.serviceLinks
      ? `redis://$(${variables}_HOST):$(${variables}_PORT)`
      : `redis://${this.host}:${this.port}`;
    this.clientLabels = { [CLIENT_LABEL]: this.host };

    for (const object of [resource, this.service]) {
      for (const [key, value] of Object.entries(this.labels)) object.metadata.addLabel(key, value);
    }
    if (props.networkPolicy ?? true) {
      this.networkPolicy = allowClientsOnly(this, 'NetworkPolicy', {
        name: `${this.host}-clients`,
        server: this.selector,
        clients: this.clientLabels,
        labels: this.labels,
        port: this.port,
      });
    }
    this.node.defaultChild = resource;
  }

  private get selector(): Labels {
    return { 'app.kubernetes.io/name': 'redis', 'app.kubernetes.io/instance': this.host };
  }

  private get labels(): Labels {
    return { ...this.selector, 'app.kubernetes.io/component': 'store', 'app.kubernetes.io/managed-by': 'cdk8s' };
  }

  private podSpec(container: Manifest): Manifest {
    return {
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: podSecurityContext(REDIS_IDS),
      containers: [container],
    };
  }

  private makePod({ podName }: RedisPodProps, container: Manifest): ApiObject {
    const pod = new ApiObject(this, 'Resource', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: named(podName),
      spec: Lazy.any({
        produce: () => ({ ...this.podSpec(container), volumes: [{ name: 'data', emptyDir: {} }] }),
      }),
    });
    checkName(this, 'podName', pod.name);
    return pod;
  }

  private makeStatefulSet(
    { statefulSetName, storage = Size.gibibytes(1), storageClassName }: PersistentRedisProps,
    container: Manifest,
  ): ApiObject {
    checkDottedName(this, 'storageClassName', storageClassName);
    if (!(storage.toMebibytes({ rounding: SizeRoundingBehavior.FLOOR }) >= 1)) {
      throw new InvalidPropError(this, 'storage', storage.asString(), 'It must be at least Size.mebibytes(1).');
    }
    const statefulSet = new ApiObject(this, 'Resource', {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: named(statefulSetName),
      spec: Lazy.any({
        produce: () => ({
          replicas: 1,
          // A pod that cannot start would block the rollout of its repair otherwise.
          podManagementPolicy: 'Parallel',
          serviceName: this.host,
          selector: { matchLabels: this.selector },
          template: {
            metadata: { labels: { ...Chart.of(this).labels, ...this.labels } },
            spec: this.podSpec(container),
          },
          volumeClaimTemplates: [
            {
              metadata: { name: 'data' },
              spec: {
                accessModes: ['ReadWriteOnce'],
                storageClassName,
                resources: { requests: { storage: memoryQuantity(storage) } },
              },
            },
          ],
        }),
      }),
    });
    checkName(
      this,
      'statefulSetName',
      statefulSet.name,
      52,
      ', because its pods carry a hash of the revision behind it',
    );
    return statefulSet;
  }

  private makeService({ serviceName }: MadeRedisProps): ApiObject {
    const service = new ApiObject(this, 'Service', {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: named(serviceName),
      spec: Lazy.any({
        produce: () => ({
          selector: this.selector,
          ports: [{ name: 'redis', port: REDIS_PORT, targetPort: 'redis' }],
        }),
      }),
    });
    checkServiceName(this, 'serviceName', service.name);
    return service;
  }
}

/** A name that is undefined would take the place of the one that cdk8s makes from the path. */
function named(name: string | undefined) {
  return name === undefined ? {} : { name };
}

function checkSecretValue(scope: Construct, prop: string, value: kplus.SecretValue | undefined) {
  if (value === undefined || (typeof value.secret?.name === 'string' && /^[-._a-zA-Z0-9]{1,253}$/.test(value.key)))
    return;
  throw new InvalidPropError(
    scope,
    prop,
    typeof value === 'string' ? 'a literal' : 'not a key of a Secret',
    "It must refer to a Secret: { secret: kplus.Secret.fromSecretName(scope, 'credentials', 'redis'), key: 'password' }.",
  );
}
