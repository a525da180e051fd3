/**
 * `cdk8s-redis-work-queue/testing`: handlers run over items in memory, without Redis and without waiting.
 *
 * @packageDocumentation
 */
export type { AttemptFailure, DeadLetter } from '../worker/attempt';
export type { ItemResult } from '../worker/work-queue';
export { InMemoryQueue, type InMemoryQueueOptions } from './in-memory-queue';
export {
  type InMemoryBatchHandler,
  type InMemoryBatchWorkerOptions,
  type InMemoryHandler,
  type InMemoryWorker,
  type InMemoryWorkerOptions,
  type ReturnedForEach,
  SimulatedCrash,
} from './in-memory-worker';
export type { InMemoryRate } from './pace';
export { type RunBatchesInMemoryOptions, type RunInMemoryOptions, runInMemory } from './run-in-memory';
export type { AttemptEnd, AttemptRecord, DoneItem, InMemoryRun } from './run-report';
export { TestClock } from './test-clock';
