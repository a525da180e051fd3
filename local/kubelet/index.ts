export { ContainerLog } from './container-log';
export { ContainerProcess, type ContainerProcessOptions, exitCodeOf } from './container-process';
export { expand } from './expand';
export { type EnvVar, type PodMetadata, resolveEnv } from './pod-environment';
