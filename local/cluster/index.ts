export { type JobPod, LocalCluster, LocalPod, type Manifest, type StartOptions } from './local-cluster';
export { findWorkJob, type KubernetesObject, readManifests, type WorkJob } from './manifests';
export { synthesize } from './synthesize';
