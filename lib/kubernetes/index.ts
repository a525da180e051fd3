export { type ContainerResources, Cpu, type CpuResources, type SizeResources } from './container-resources';
export type { EnvValue } from './env-value';
export { evictionAnnotations, NOT_EVICTABLE } from './eviction';
export { ttlSecondsAfterFinished } from './finished-job';
export { jobHash } from './job-hash';
export { JobObject } from './job-object';
export type { KueueProps, KueueQueueProps } from './kueue';
export { BUNDLE_LABEL, CLIENT_LABEL, descriptiveLabels, type Labels, STORE_LABEL, WORKLOAD_LABEL } from './labels';
export type { Manifest } from './manifest';
export { metadataOf } from './metadata';
export { allowClientsOnly } from './network-policy';
export { ENVELOPE_BYTES, MAX_OBJECT_BYTES } from './object-size';
export {
  type PlacementProps,
  renderJobPlacement,
  renderPlacement,
  renderPullSecrets,
  type Toleration,
} from './placement';
export type { ContainerPort, PodContainer } from './pod-container';
export {
  addressConfig,
  type INetworkPolicyPeer,
  type IPodSelector,
  type NetworkPolicyPeerConfig,
  type PodSelectorConfig,
  type PodSelectorNamespaces,
  podSelectorConfig,
} from './pod-selector';
export { cpuQuantity, inMebibytes, inMillis, inMilliseconds, inSeconds, memoryQuantity, sizeText } from './quantity';
export { renderResources, withRequests } from './render-resources';
export {
  containerSecurityContext,
  escalates,
  type PodIds,
  podSecurityContext,
  VOLUME_TYPES,
} from './restricted-pod';
export type { ISecret, SecretValue } from './secret';
export type { IServiceAccount } from './service-account';
export { SPOT_PLATFORMS, SpotNodes, type SpotPlatform } from './spot-nodes';
export {
  checkMadeName,
  DOTTED_NAME,
  IMAGE_NAME,
  isHostName,
  KEY,
  LABEL,
  LABELLED_NAME,
  nameSyntax,
  SERVICE_NAME,
  STATEFUL_SET_NAME,
  type Syntax,
  VARIABLE_NAME,
} from './syntax';
export type { Volume, VolumeMount } from './volume';
