export { CompletionMode, IdleWorkers } from './completion-mode';
export { RedisWorkQueueJob } from './redis-work-queue-job';
export type { RedisWorkQueueJobProps } from './redis-work-queue-job-props';
export type { RunProps } from './run-props';
