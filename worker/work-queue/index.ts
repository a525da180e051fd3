export type { StoreMemory } from '../redis';
export type { WorkQueueOptions } from './connect';
export type { FillItems, FillOptions, OnFull } from './filling';
export type { Finalizer, FinalizerContext, FinalizerCounts } from './finalizer-context';
export { type ListQueuesOptions, listQueues, queuesOn, serversOf } from './list-queues';
export type { ItemState, ItemsOptions, QueueItem } from './queue-items';
export { type QueueMeasures, readMeasures } from './queue-measures';
export { ended, left, QueueRate, rateOf, timeLeft } from './queue-rate';
export { type QueueState, stateOf } from './queue-state';
export type {
  FinalizerState,
  ItemProgress,
  PayloadStart,
  QueueStatus,
  StatusOptions,
  WorkerStatus,
} from './queue-status';
export { RateMeter } from './rate-meter';
export { type ItemResult, WorkQueue } from './work-queue';
