export { holdsCidr, isCidr } from './cidr';
export type { IConfigMap } from './config-map';
export { type ContainerResources, Cpu, type CpuResources, type SizeResources } from './container-resources';
export type { DnsConfig, DnsOption, HostAlias } from './dns';
export { type EnvValue, literal, literalText } from './env-value';
export { type AnnotatedPod, annotationsOfPod, NOT_EVICTABLE } from './eviction';
export { ttlSecondsAfterFinished } from './finished-job';
export { jobHash } from './job-hash';
export type { JobMetadataProps } from './job-metadata';
export { JobObject, REPLACEABLE } from './job-object';
export type { KueueProps, KueueQueueProps } from './kueue';
export type { LabelSelector, LabelSelectorRequirement } from './label-selector';
export { BUNDLE_LABEL, CLIENT_LABEL, descriptiveLabels, type Labels, STORE_LABEL, WORKLOAD_LABEL } from './labels';
export type { Manifest } from './manifest';
export { metadataOf } from './metadata';
export {
  allowClientsOnly,
  allowEgressOnly,
  type IpBlock,
  type NetworkPolicyEgressRule,
  type NetworkPolicyPeer,
  type NetworkPolicyPort,
} from './network-policy';
export { ENVELOPE_BYTES, MAX_OBJECT_BYTES } from './object-size';
export type { ContainerPort, PodContainer } from './pod-container';
export { type PodIdentity, podFields, renderPullSecrets, replaceablePodFields } from './pod-fields';
export { type PodProps, sharedPodProps } from './pod-props';
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
export { containerSecurityContext, escalates, type PodIds, VOLUME_TYPES } from './restricted-pod';
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
export type { Toleration } from './toleration';
export type { TopologySpreadConstraint } from './topology-spread';
export type { Volume, VolumeMount } from './volume';
