export { ContainerLog } from './container-log';
export { ContainerProcess, exitCodeOf } from './container-process';
export { expand } from './expand';
export { type EnvVar, resolveEnv } from './pod-environment';
export { SidecarProcess } from './sidecar-process';
