/**
 * `cdk8s-redis-work-queue`: the constructs of a chart, and what they take.
 *
 * @packageDocumentation
 */

export type { AgentProps } from './agent';
export { type CommandProps, RunInput } from './command';
export { ConcurrencyPolicy, RedisWorkQueueCronJob, type RedisWorkQueueCronJobProps } from './cron-job';
export {
  type DeploymentStrategy,
  type HorizontalPodAutoscalerProps,
  type PodDisruptionBudgetProps,
  RedisWorkQueueDeployment,
  type RedisWorkQueueDeploymentProps,
  type RollingUpdate,
  type ScaledObjectProps,
} from './deployment';
export { type BundlingOptions, DEFAULT_NODE_IMAGE, EntryBundle } from './entry';
export { FillerJob, FillJob, type FillJobProps, type QueueFiller, RunFill } from './fill';
export { InvalidPropError } from './invalid-prop';
export { CompletionMode, IdleWorkers, RedisWorkQueueJob, type RedisWorkQueueJobProps, type RunProps } from './job';
export {
  CLIENT_LABEL,
  type ContainerPort,
  type ContainerResources,
  Cpu,
  type CpuResources,
  type DnsConfig,
  type DnsOption,
  type EnvValue,
  type HostAlias,
  type IConfigMap,
  type INetworkPolicyPeer,
  type IPodSelector,
  type IpBlock,
  type ISecret,
  type IServiceAccount,
  type JobMetadataProps,
  type KueueProps,
  type KueueQueueProps,
  type LabelSelector,
  type LabelSelectorRequirement,
  type NetworkPolicyEgressRule,
  type NetworkPolicyPeer,
  type NetworkPolicyPeerConfig,
  type NetworkPolicyPort,
  type PodContainer,
  type PodProps,
  type PodSelectorConfig,
  type PodSelectorNamespaces,
  type SecretValue,
  type SizeResources,
  SpotNodes,
  type Toleration,
  type TopologySpreadConstraint,
  type Volume,
  type VolumeMount,
  WORKLOAD_LABEL,
} from './kubernetes';
export { type IWorkQueue, LogFormat } from './pod';
export type { IQueueDefinition, Rate } from './props';
export {
  type CertificateAuthorities,
  type ClientCertificate,
  type ClusterRedisProps,
  type ConnectOptions,
  DEFAULT_REDIS_IMAGE,
  type ExistingRedisProps,
  type ExternalRedisProps,
  type MadeRedisProps,
  type PersistentRedisProps,
  type RedisAddress,
  type RedisConnection,
  type RedisPodProps,
  RedisStore,
  type ReplicatedRedisProps,
  type SentinelRedisProps,
  ServiceDiscovery,
  type StoreCertificate,
  type StoreMetricsProps,
} from './store';
export type { EgressProps, WorkerProps } from './workers';
