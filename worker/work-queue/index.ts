export type { FillItems, FillOptions } from './filling';
export type { ItemProgress, PayloadStart, QueueStatus, StatusOptions, WorkerStatus } from './queue-status';
export { type DeadLetter, type ItemResult, WorkQueue, type WorkQueueOptions } from './work-queue';
