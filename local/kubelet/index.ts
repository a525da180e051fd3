export { expand } from './expand';
export { type EnvVar, type PodMetadata, resolveEnv } from './pod-environment';
export { WorkerProcess, type WorkerProcessOptions } from './worker-process';
