export { type Backoff, JobController, type JobEnd, type JobSpec } from './job-controller';
export { type PodEnd, type PodFailurePolicy, WORKER_POLICY, workerEnd } from './pod-failure-policy';
export { RunningJob, type RunningPod } from './running-job';
