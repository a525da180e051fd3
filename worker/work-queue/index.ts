export type { StoreMemory } from '../redis';
export type { FillItems, FillOptions, OnFull } from './filling';
export type { Finalizer, FinalizerContext, FinalizerCounts } from './finalizer-context';
export type {
  FinalizerState,
  ItemProgress,
  PayloadStart,
  QueueStatus,
  StatusOptions,
  WorkerStatus,
} from './queue-status';
export { type DeadLetter, type ItemResult, WorkQueue, type WorkQueueOptions } from './work-queue';
