export type { DeadLetter, ItemResult } from '../worker/work-queue';
export { InMemoryQueue, type InMemoryQueueOptions } from './in-memory-queue';
export {
  type InMemoryHandler,
  type InMemoryWorker,
  type InMemoryWorkerOptions,
  SimulatedCrash,
} from './in-memory-worker';
export { type RunInMemoryOptions, runInMemory } from './run-in-memory';
export type { AttemptEnd, AttemptRecord, DoneItem, InMemoryRun } from './run-report';
export { TestClock } from './test-clock';
