export { type Backoff, KUBERNETES_BACKOFF, NO_BACKOFF } from './backoff';
export { envOfIndex, type IndexedPod, podOfIndex } from './completion-index';
export { JobController, type JobEnd, type PodChanges } from './job-controller';
export type { JobChange, JobSpec } from './job-spec';
export { type PodEnd, type PodFailurePolicy, WORKER_POLICY, workerEnd } from './pod-failure-policy';
export { RunningJob, type RunningPod } from './running-job';
