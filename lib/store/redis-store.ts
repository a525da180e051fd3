import { isIP } from 'node:net';
import type { ApiObject, Size } from 'cdk8s';
import { Construct, type IConstruct } from 'constructs';
import { InvalidPropError } from '../invalid-prop';
import {
  addressConfig,
  type INetworkPolicyPeer,
  type IPodSelector,
  type ISecret,
  type NetworkPolicyEgressRule,
  type NetworkPolicyPeerConfig,
  type PodSelectorConfig,
  podSelectorConfig,
  type SecretValue,
} from '../kubernetes';
import { readProps } from '../props';
import { leaveTree } from '../tree';
import { type ConnectOptions, connect, type RedisConnection } from './connect';
import { clusterRedis, externalRedis, sentinelRedis } from './existing-redis';
import type {
  CertificateAuthorities,
  ClientCertificate,
  ClusterRedisProps,
  ExternalRedisProps,
  SentinelRedisProps,
} from './existing-redis-props';
import { CLUSTER_REDIS, EXTERNAL_REDIS, SENTINEL_REDIS } from './existing-redis-table';
import { redisInPod, redisInStatefulSet } from './made-redis';
import { addressText, type RedisAddress } from './redis-address';
import type { PersistentRedisProps, RedisPodProps } from './redis-store-props';
import type { RedisStoreSpec, RedisTopology } from './redis-store-spec';
import { PERSISTENT_REDIS, REDIS_POD } from './redis-store-table';
import { replicatedRedis } from './replicated-redis';
import type { ReplicatedRedisProps } from './replicated-redis-props';
import { REPLICATED_REDIS } from './replicated-redis-table';

/**
 * A Redis that holds queues. One store serves any number of them.
 *
 * Children of a made store: `Resource` (the Pod or StatefulSet), `Service`, `NetworkPolicy`, and of a replicated one
 * `MembersPolicy` and `PodDisruptionBudget`; with `metrics` `MetricsProgram`, `MetricsPolicy` and `PodMonitor`.
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
 * RedisStore.sentinel(chart, 'redis', { sentinels: ['sentinel-1.example.com:26379'], primaryName: 'mymaster' });
 * RedisStore.cluster(chart, 'redis', { nodes: ['redis-1.example.com:6379', 'redis-2.example.com:6379'] });
 */
export class RedisStore extends Construct implements IPodSelector, INetworkPolicyPeer {
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
   * A StatefulSet of several members, a primary and its replicas, each with a sentinel, of which any one may be lost: another
   * one takes over within some ten seconds. It has a headless Service, a PodDisruptionBudget, and no two members on one node
   * as long as there are nodes for them.
   *
   * Clients ask the sentinels for the primary: the workers of this package, fills, gates and the command line do.
   *
   * @throws InvalidPropError
   * @example
   * const redis = RedisStore.replicated(chart, 'redis', { statefulSetName: 'redis', serviceName: 'redis' });
   * redis.url; // redis+sentinel://redis-0.redis:26379,redis-1.redis:26379,redis-2.redis:26379/queue
   */
  public static replicated(scope: Construct, id: string, props: ReplicatedRedisProps = {}): RedisStore {
    const read = readProps(scope, id, REPLICATED_REDIS, props, 'RedisStore.replicated');
    return new RedisStore(scope, id, (store) => replicatedRedis(store, read));
  }

  /**
   * A Redis that exists, at one address. Nothing is made.
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

  /**
   * A Redis that exists, with replicas and with sentinels that know which server is the primary. Nothing is made. At each
   * connect clients ask a sentinel for the primary, so they follow it after a failover.
   *
   * @throws InvalidPropError
   */
  public static sentinel(scope: Construct, id: string, props: SentinelRedisProps): RedisStore {
    const read = readProps(scope, id, SENTINEL_REDIS, props, 'RedisStore.sentinel');
    return new RedisStore(scope, id, () => sentinelRedis(read));
  }

  /**
   * A Redis Cluster that exists. Nothing is made. A queue is in one slot, whose node clients find by themselves, also after
   * that slot has moved.
   *
   * @throws InvalidPropError
   */
  public static cluster(scope: Construct, id: string, props: ClusterRedisProps): RedisStore {
    const read = readProps(scope, id, CLUSTER_REDIS, props, 'RedisStore.cluster');
    return new RedisStore(scope, id, () => clusterRedis(read));
  }

  /**
   * Host name, as clients in the namespace use it: of several addresses, that of the first. Where it comes from a Secret,
   * `$(WORK_QUEUE_REDIS_HOST)`, which a kubelet replaces.
   */
  public readonly host: string;
  /** The key of a Secret that holds the host, if it comes from one. */
  public readonly hostFrom?: SecretValue;
  /** TCP port: of several addresses, that of the first. */
  public readonly port: number;
  /** Where clients ask first: the server; sentinels, where there is a `primaryName`; or nodes of a Redis Cluster. */
  public readonly addresses: RedisAddress[];
  /** The name that the sentinels know the primary by, if there are sentinels. */
  public readonly primaryName?: string;
  /** Number of the database, if it was said. */
  public readonly database?: number | SecretValue;
  /**
   * What clients get as `REDIS_URL`, without credentials: `redis://host:port/database`, `redis://a:6379,b:6379` of a Redis
   * Cluster, `redis+sentinel://a:26379,b:26379/mymaster/database`; `rediss` in place of `redis` with TLS.
   */
  public readonly url: string;
  /** The image that brings `redis-cli`. */
  public readonly image: string;
  /** When the image is pulled, if it was said. */
  public readonly imagePullPolicy?: string;
  /** Secrets that the image is pulled with, if any. */
  public readonly imagePullSecrets?: ISecret[];
  /** Whether clients connect by TLS. */
  public readonly tls: boolean;
  /** Whether clients need the variables that Kubernetes injects for Services. */
  public readonly serviceLinks: boolean;
  /** Whether its pod leaves its ids to the namespace; so do workers and fills that are not told otherwise. */
  public readonly idsFromNamespace: boolean;
  /** Put these on a pod of your own, and the NetworkPolicy lets it in. Empty for an external store. */
  public readonly clientLabels: { readonly [key: string]: string };
  /** The labels by which a NetworkPolicy or a Service of your own selects the pod of a made store. Empty for an external store. */
  public readonly podSelector: { readonly [key: string]: string };
  /** ACL user of the clients, if any: its name, or where a Secret has it. */
  public readonly username?: string | SecretValue;
  /** Password of the clients, if any. */
  public readonly password?: SecretValue;
  /** ACL user of the clients at the sentinels, if any. */
  public readonly sentinelUsername?: string | SecretValue;
  /** Password of the clients at the sentinels, if any. */
  public readonly sentinelPassword?: SecretValue;
  /** Authorities that the clients trust, if other than the image's. */
  public readonly certificateAuthorities?: CertificateAuthorities;
  /** What the clients show to the server, if it asks for a certificate. */
  public readonly clientCertificate?: ClientCertificate;
  /** Whether the clients read the password from a file. */
  public readonly passwordAsFile?: boolean;
  /** @internal */
  public readonly _topology: RedisTopology;
  /** @internal */
  public readonly _policyPorts: readonly number[];
  /** @internal */
  public readonly _egressRules?: readonly NetworkPolicyEgressRule[];
  /** @internal */
  public readonly _imageHasAuthorities: boolean;
  /** @internal */
  public readonly _memory?: Size;
  /** The Pod of `RedisStore.pod`. */
  public readonly redisPod?: ApiObject;
  /** The StatefulSet of `RedisStore.persistent` and `RedisStore.replicated`. */
  public readonly statefulSet?: ApiObject;
  /** The Service of a made store. */
  public readonly service?: ApiObject;
  /** The NetworkPolicy of a made store. */
  public readonly networkPolicy?: ApiObject;
  /** The NetworkPolicy by which the members of `RedisStore.replicated` reach one another. */
  public readonly membersPolicy?: ApiObject;
  /** The PodDisruptionBudget of `RedisStore.replicated`. */
  public readonly podDisruptionBudget?: ApiObject;
  /** The ConfigMap with the program that serves the metrics of a made store, if it has `metrics`. */
  public readonly metricsProgram?: ApiObject;
  /** The NetworkPolicy that lets in who reads the metrics of a made store, if it has `metrics`. */
  public readonly metricsPolicy?: ApiObject;
  /** The PodMonitor of a made store, if it was asked for. */
  public readonly podMonitor?: ApiObject;

  private constructor(scope: Construct, id: string, make: (store: Construct) => RedisStoreSpec) {
    if (typeof make !== 'function') {
      throw new Error(
        'A RedisStore is made by RedisStore.pod, .persistent, .replicated, .external, .sentinel or .cluster.',
      );
    }
    super(scope, id);
    try {
      const spec = make(this);
      this.host = spec.host;
      this.hostFrom = spec.hostFrom;
      this.port = spec.port;
      this.addresses = [...spec.addresses];
      this.primaryName = spec.primaryName;
      this.database = spec.database;
      this.url = spec.url;
      this.image = spec.image;
      this.imagePullPolicy = spec.imagePullPolicy;
      this.imagePullSecrets = spec.imagePullSecrets;
      this.tls = spec.tls;
      this.serviceLinks = spec.serviceLinks;
      this.idsFromNamespace = spec.idsFromNamespace;
      this.clientLabels = spec.clientLabels;
      this.podSelector = spec.podSelector;
      this._topology = spec.topology;
      this._policyPorts = spec.policyPorts;
      this._egressRules = spec.egressRules;
      this.username = spec.username;
      this.password = spec.password;
      this.sentinelUsername = spec.sentinelUsername;
      this.sentinelPassword = spec.sentinelPassword;
      this.passwordAsFile = spec.passwordAsFile;
      this.certificateAuthorities = spec.certificateAuthorities;
      this.clientCertificate = spec.clientCertificate;
      this._imageHasAuthorities = spec.imageHasAuthorities;
      this._memory = spec.memory;
      this.redisPod = spec.redisPod;
      this.statefulSet = spec.statefulSet;
      this.service = spec.service;
      this.networkPolicy = spec.networkPolicy;
      this.membersPolicy = spec.membersPolicy;
      this.podDisruptionBudget = spec.podDisruptionBudget;
      this.metricsProgram = spec.metricsProgram;
      this.metricsPolicy = spec.metricsPolicy;
      this.podMonitor = spec.podMonitor;
    } catch (error) {
      leaveTree(this);
      throw error;
    }
  }

  /**
   * Connects pods of your own, such as those of a program that fills a queue: their containers get the variables by which
   * the runtime of this package finds the store (`REDIS_URL`, and where the store has them `REDIS_USERNAME`, `REDIS_PASSWORD`
   * from its Secret, the same two of `REDIS_SENTINEL_…`, and `REDIS_CA_FILE` with its volume), and the pods get the label by which the store's NetworkPolicy lets
   * them in. A password stays in its Secret, which must be in the namespace of the pods.
   *
   * Takes a Deployment, StatefulSet, DaemonSet, Pod, Job or CronJob of cdk8s-plus, of any version, and any ApiObject that
   * is a pod or has a template of one, which it changes by JSON patches. Connecting twice changes nothing more.
   *
   * @throws InvalidPropError it has no pods or no containers, is in another namespace than a made store, or has other
   * variables, volumes or labels of those names
   * @example
   * const api = new kplus.Deployment(chart, 'api', { containers: [{ image: 'registry.example/api:1' }] });
   * redis.connect(api);
   */
  public connect(workload: IConstruct, options: ConnectOptions = {}): RedisConnection {
    return connect(this, workload, options);
  }

  /**
   * The pod of a made store, for `kplus.NetworkPolicy` and others of cdk8s-plus.
   *
   * @throws InvalidPropError an external store is no pod that labels select
   * @example new kplus.NetworkPolicy(chart, 'policy', { selector: redis });
   */
  public toPodSelectorConfig(): PodSelectorConfig {
    if (!this.service) throw this.noPods();
    return podSelectorConfig(this.podSelector, this.service.metadata.namespace);
  }

  /**
   * The pod of a made store, or the address of an external one, for the rules of `kplus.NetworkPolicy`.
   *
   * @throws InvalidPropError a host name is no address that a policy knows, and several addresses are no one side
   * @example policy.addEgressRule(redis, [kplus.NetworkPolicyPort.tcp(redis.port)]);
   */
  public toNetworkPolicyPeerConfig(): NetworkPolicyPeerConfig {
    const family = isIP(this.host);
    if (family !== 0 && this._topology === 'single') return addressConfig(`${this.host}/${family === 4 ? 32 : 128}`);
    return { podSelector: this.toPodSelectorConfig() };
  }

  private noPods(): InvalidPropError {
    const said = this._topology === 'single' ? 'host' : this._topology === 'sentinel' ? 'sentinels' : 'nodes';
    return new InvalidPropError(
      this,
      said,
      said === 'host' ? this.host : this.addresses.map(addressText),
      'It is outside of this chart, and labels select no pod of it. In a policy of your own, allow its address' +
        `${said === 'host' ? '' : 'es, and those of all its servers'}: kplus.NetworkPolicyIpBlock.ipv4(chart, "redis", "10.0.0.5/32").`,
    );
  }

  /** The pod of a made store; none for an external one. */
  public toPodSelector(): IPodSelector | undefined {
    return this.service && this;
  }
}
