export {
  type JobPod,
  LocalCluster,
  type LocalClusterOptions,
  LocalPod,
  type Manifest,
  type StartOptions,
} from './local-cluster';
export { findWorkJob, type KubernetesObject, readManifests, type WorkJob } from './manifests';
export { type SynthesizeOptions, synthesize } from './synthesize';
