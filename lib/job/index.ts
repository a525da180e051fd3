export { CompletionMode, IdleWorkers } from './completion-mode';
export { checkFailFast } from './fail-fast';
export { checkIdleWorkers, fleetOf, isIndexed, sayIfLowered } from './fleet';
export { FILLED, fleetEnvironment, podEnvironment, runSpec } from './job-spec';
export { RedisWorkQueueJob } from './redis-work-queue-job';
export type { RedisWorkQueueJobProps } from './redis-work-queue-job-props';
export type { RunProps } from './run-props';
export { RUN, RUN_FOREIGN } from './run-table';
