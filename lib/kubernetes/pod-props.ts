import type { DnsConfig, HostAlias } from './dns';
import type { ISecret } from './secret';
import type { Toleration } from './toleration';
import type { TopologySpreadConstraint } from './topology-spread';

/**
 * Props of pods, in the words of Kubernetes: those of the workers of a queue, of its fill, of a store that is made.
 *
 * On the workers, most hold for all pods that a queue makes: its fill and the store that is made by default go where the
 * workers go. `affinity`, `topologySpreadConstraints`, `runtimeClassName`, `podLabels`, `podAnnotations` and
 * `podSecurityContext` are for the workers alone. A fill has props of its own by `fillPod`; a store that is given by
 * `redis` has its own.
 */
export interface PodProps {
  /**
   * Labels that a node must carry. Given to workers, it holds for their fill and their default store, too. For spot nodes
   * workers have `spot`, which is for them alone.
   *
   * @default - any node
   * @example nodeSelector: { 'kubernetes.io/arch': 'arm64' }
   */
  readonly nodeSelector?: { readonly [label: string]: string };

  /**
   * Taints that the pods tolerate. Given to workers, it holds for their fill and their default store, too. In any case
   * workers and fills leave a node that is not ready or unreachable after 30 seconds, unless a toleration here says
   * otherwise: until such a pod is gone, Kubernetes does not replace it.
   *
   * @default - for workers and fills only those two, for stores none
   * @example tolerations: [{ key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' }]
   */
  readonly tolerations?: Toleration[];

  /**
   * The affinity of the pods to nodes and to other pods, as in Kubernetes: `nodeAffinity`, `podAffinity` and
   * `podAntiAffinity`. A term of pods without a `labelSelector` means the pods that it is given to, such as all workers of
   * the queue. Given to workers, it is for them alone.
   *
   * @default - none
   * @example
   * affinity: {
   *   podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'kubernetes.io/hostname' }] },
   * }
   */
  // biome-ignore lint/suspicious/noExplicitAny: it is written as in a manifest
  readonly affinity?: any;

  /**
   * How evenly the pods are spread over nodes or zones. Given to workers, it is for them alone.
   *
   * @default - as the scheduler of the cluster spreads pods
   * @example
   * topologySpreadConstraints: [
   *   { maxSkew: 1, topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'ScheduleAnyway' },
   * ]
   */
  readonly topologySpreadConstraints?: TopologySpreadConstraint[];

  /**
   * PriorityClass of the pods. Given to workers, it holds for their fill and their default store, too. A store whose
   * priority is below that of the workers may be preempted by those whose queue it holds.
   *
   * @default - the cluster's default
   * @example priorityClassName: 'batch-low'
   */
  readonly priorityClassName?: string;

  /**
   * RuntimeClass of the pods, such as one for GPUs or sandboxes. Given to workers, it is for them alone.
   *
   * @default - the cluster's default
   * @example runtimeClassName: 'nvidia'
   */
  readonly runtimeClassName?: string;

  /**
   * The scheduler that places the pods. Given to workers, it holds for their fill and their default store, too.
   *
   * @default - `default-scheduler`
   * @example schedulerName: 'volcano'
   */
  readonly schedulerName?: string;

  /**
   * How the pods look up names: `ClusterFirst`, `Default`, `None` or `ClusterFirstWithHostNet`. Given to workers, it holds
   * for their fill and their default store, too.
   *
   * @default 'ClusterFirst'
   * @example dnsPolicy: 'None'
   */
  readonly dnsPolicy?: string;

  /**
   * Name servers, search domains and options of the resolver. Given to workers, it holds for their fill and their default
   * store, too.
   *
   * @default - those of the `dnsPolicy`
   * @example dnsConfig: { options: [{ name: 'ndots', value: '2' }] }
   */
  readonly dnsConfig?: DnsConfig;

  /**
   * Lines of the hosts file of the pods. Given to workers, it holds for their fill and their default store, too.
   *
   * @default - none
   * @example hostAliases: [{ ip: '10.1.2.3', hostnames: ['registry.corp.example.com'] }]
   */
  readonly hostAliases?: HostAlias[];

  /**
   * Whether the pods use the user namespace of their node. `false` gives each one of its own, in which its ids mean
   * nothing on the node; it takes Kubernetes 1.33 or later. Given to workers, it holds for their fill and their default
   * store, too.
   *
   * @default true
   * @example hostUsers: false
   */
  readonly hostUsers?: boolean;

  /**
   * Secrets to pull images with. Given to workers, they hold for their fill and their default store, too. Gate and fill run
   * the store's image, so their pods take its Secrets as well. A pod that has any of them does not get those of its service
   * account.
   *
   * @default - those of the store, where a gate or a fill runs its image, else those of the service account
   * @example imagePullSecrets: [kplus.Secret.fromSecretName(chart, 'registry', 'registry-credentials')]
   */
  readonly imagePullSecrets?: ISecret[];

  /**
   * Whether the namespace gives the pods their user, group and fsGroup, as OpenShift does: its SCC `restricted-v2` refuses
   * ids that a pod names itself. Given to workers, it holds for their fill and their default store, too. Refused beside
   * `user`, `group` and `fsGroup`.
   *
   * @default - as the store of the queue, else false: workers run as 1000, stores and fills as 999
   * @example idsFromNamespace: true
   */
  readonly idsFromNamespace?: boolean;

  /**
   * Fields of the security context of the pods, as in Kubernetes; they win over those that the construct sets for Pod
   * Security "restricted". Given to workers, it is for them alone.
   *
   * @default - `runAsNonRoot`, the ids, and the seccomp profile of the container runtime
   * @example podSecurityContext: { supplementalGroups: [4000], fsGroupChangePolicy: 'OnRootMismatch' }
   */
  // biome-ignore lint/suspicious/noExplicitAny: it is written as in a manifest
  readonly podSecurityContext?: any;

  /**
   * Further labels of the pods. Given to workers, they are for them alone.
   *
   * @default - none
   * @example podLabels: { team: 'media' }
   */
  readonly podLabels?: { readonly [key: string]: string };

  /**
   * Annotations of the pods. Given to workers, they are for them alone.
   *
   * @default - none
   * @example podAnnotations: { 'sidecar.istio.io/inject': 'false' }
   */
  readonly podAnnotations?: { readonly [key: string]: string };
}

/** What workers share with their fill and their default store. */
const SHARED = [
  'nodeSelector',
  'tolerations',
  'priorityClassName',
  'schedulerName',
  'dnsPolicy',
  'dnsConfig',
  'hostAliases',
  'hostUsers',
  'imagePullSecrets',
  'idsFromNamespace',
] as const satisfies readonly (keyof PodProps)[];

/** The props of workers that hold for all pods of their queue. */
export function sharedPodProps(props: PodProps): PodProps {
  return Object.fromEntries(SHARED.map((name) => [name, props[name]]));
}
