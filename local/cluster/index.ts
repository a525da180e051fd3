export { LocalCluster, type LocalClusterOptions, LocalPod, type Manifest, type StartOptions } from './local-cluster';
export { findWorkJob, type KubernetesObject, readManifests, unpackWorker, type WorkJob } from './manifests';
export { type FinishedPod, type PodsOptions, runPods } from './pods';
export { synthesize } from './synthesize';
