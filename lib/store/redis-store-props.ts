import type { Size } from 'cdk8s';
import type { CpuResources, ISecret, NetworkPolicyPeer, PodProps, SecretValue, SizeResources } from '../kubernetes';
import type { StoreMetricsProps } from './store-metrics-props';

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

/** The certificate of a made store. */
export interface StoreCertificate {
  /**
   * The Secret that holds it, of the same namespace, with the keys `tls.crt`, `tls.key` and `ca.crt`, as cert-manager makes it.
   * The certificate has to be for the name of the Service, as clients use it; that of a replicated store for the host names of
   * its members, with their namespace and without: `redis-0.redis` and `*.redis.batch.svc`.
   *
   * @example secret: { name: 'redis-tls' }
   */
  readonly secret: ISecret;
}

/** What every made store takes. */
export interface MadeRedisProps extends PodProps, StoreMetricsProps {
  /**
   * The image: Redis 6.2 or newer, or Valkey. The fill and the gate run it too.
   *
   * @default 'redis:8.2.10'
   * @example image: 'valkey/valkey:8.1'
   */
  readonly image?: string;

  /**
   * When the image is pulled, here and wherever a gate or a fill runs it: `Always`, `IfNotPresent` or `Never`.
   *
   * @default - `Always` for the tag `latest` and for none, else `IfNotPresent`
   * @example imagePullPolicy: 'Always'
   */
  readonly imagePullPolicy?: string;

  /**
   * Memory request and limit. Items may fill 60 % of it (`maxmemory`); the rest is for rewriting the append-only file.
   * When it is full, fills are refused and workers go on.
   *
   * @default Size.mebibytes(256)
   * @example memory: Size.gibibytes(1)
   */
  readonly memory?: Size;

  /**
   * Request and limit of processors. Redis computes on one; a limit below what it needs slows all workers down.
   *
   * @default - a request of 100m, which stays where only a limit is given; no limit
   * @example cpu: { request: Cpu.millis(250), limit: Cpu.units(1) }
   */
  readonly cpu?: CpuResources;

  /**
   * Request and limit of storage on the node. A Pod keeps the append-only file there, which grows to about three times
   * the data while it is rewritten: give it at least twice `memory`, because a pod that exceeds its limit is evicted.
   *
   * @default - none
   * @example ephemeralStorage: { request: Size.gibibytes(1), limit: Size.gibibytes(1) }
   */
  readonly ephemeralStorage?: SizeResources;

  /**
   * The password that clients must give, in a Secret of the same namespace. It is in no manifest and on no command line.
   *
   * @default - no password: every client that the NetworkPolicy admits may use the store
   * @example password: { secret: kplus.Secret.fromSecretName(chart, 'credentials', 'redis'), key: 'password' }
   */
  readonly password?: SecretValue;

  /**
   * Name of the Service.
   *
   * @default - made from the path of the construct
   * @example serviceName: 'redis'
   */
  readonly serviceName?: string;

  /**
   * How clients find the store.
   *
   * @default ServiceDiscovery.DNS
   * @example discovery: ServiceDiscovery.ENVIRONMENT
   */
  readonly discovery?: ServiceDiscovery;

  /**
   * Whether a NetworkPolicy keeps away all pods but those labelled as clients (`clientLabels`).
   *
   * @default true
   * @example networkPolicy: false
   */
  readonly networkPolicy?: boolean;

  /**
   * Who else may reach the store, as a NetworkPolicy has it: pods of other namespaces, addresses. Pods of a chart get in by
   * `connect`, too.
   *
   * @default - nobody but the clients
   * @example networkPolicyPeers: [{ namespaceSelector: { matchLabels: { team: 'media' } }, podSelector: {} }]
   */
  readonly networkPolicyPeers?: NetworkPolicyPeer[];

  /**
   * Further TCP ports of the store's pod that its clients may reach: where the proxy of a mesh listens in its place, which is
   * 4143 for Linkerd, and 15008 for Istio in ambient mode.
   *
   * @default - none: the port of Redis alone
   * @example networkPolicyPorts: [4143]
   */
  readonly networkPolicyPorts?: number[];

  /**
   * Whether the Cluster Autoscaler and Karpenter may evict the store to remove a node that is not much used. `false` sets
   * the annotations `cluster-autoscaler.kubernetes.io/safe-to-evict: "false"` and `karpenter.sh/do-not-disrupt: "true"`
   * on its pod. The end of a store without a volume loses its queues, and one with a volume stops them until its pod is
   * back.
   *
   * @default true
   * @example evictable: false
   */
  readonly evictable?: boolean;

  /**
   * TLS, and no port without it. Clients connect by `rediss://`, or `rediss+sentinel://`, and trust `ca.crt` of the same
   * Secret. A certificate that is renewed in the Secret is loaded while the server runs.
   *
   * @default - no TLS
   * @example tls: { secret: { name: 'redis-tls' } }
   */
  readonly tls?: StoreCertificate;
}

/** Props of `RedisStore.pod`. */
export interface RedisPodProps extends MadeRedisProps {
  /**
   * Name of the Pod.
   *
   * @default - made from the path of the construct
   * @example podName: 'redis-master'
   */
  readonly podName?: string;
}

/** Props of `RedisStore.persistent`. */
export interface PersistentRedisProps extends MadeRedisProps {
  /**
   * Name of the StatefulSet, at most 52 characters.
   *
   * @default - made from the path of the construct
   * @example statefulSetName: 'redis'
   */
  readonly statefulSetName?: string;

  /**
   * Size of the volume. The append-only file grows to about three times the data while it is rewritten, which is less
   * than twice `memory`. Kubernetes refuses to change it in a StatefulSet that exists.
   *
   * @default - twice `memory`, at least Size.gibibytes(1)
   * @example storage: Size.gibibytes(8)
   */
  readonly storage?: Size;

  /**
   * Storage class of the volume claim.
   *
   * @default - the cluster's default class
   * @example storageClassName: 'premium-rwo'
   */
  readonly storageClassName?: string;
}
