export { placeOf, readProps } from './door';
export { envFrom } from './env-from';
export { environment } from './environment';
export { lifecycle } from './handlers';
export { checkJobMetadata, JOB_METADATA } from './job-metadata';
export { At, isAbsent, isRecord, type Kind, kind, list, map, readAs } from './kind';
export {
  annotations,
  args,
  argument,
  batch,
  command,
  dottedName,
  file,
  flag,
  HOST,
  host,
  image,
  isText,
  labels,
  MAX_TIMER_SECONDS,
  milliseconds,
  name,
  payloads,
  QUEUE_NAME,
  seconds,
  size,
  string,
  whole,
  word,
} from './kinds';
export { kueue, kueueQueue } from './kueue';
export { labelSelector } from './label-selector';
export { egressRules, furtherPorts, networkPolicyPeers } from './network-policy';
export { imagePullPolicy, initContainers, sidecars } from './pod-containers';
export { checkPod, PODS, PODS_FOREIGN } from './pod-table';
export { type IQueueDefinition, items, type NamedQueue, QUEUE, type QueueProps, readQueue } from './queue';
export { type Rate, rate } from './rate';
export {
  clientCertificate,
  mountedKey,
  orSecretValue,
  pullSecrets,
  secretValue,
  serverCertificate,
  serviceAccount,
} from './references';
export { agentResources, cliResources, cpuResources, resources, sizeResources } from './resources';
export { securityContext } from './security-context';
export { type Shape, shape, type Table } from './shape';
export { refuseTakenLabels } from './taken-labels';
export { mountPoint, refuseOtherVolumes, refuseTakenPath, volumeMounts } from './volumes';
