/**
 * All that `./worker` exports, for programs that are no workers: the command line imports it from here, and ends as it likes.
 */
export type { Backoff } from './backoff';
export { EXIT } from './contract';
export {
  ConfigurationError,
  DataLostError,
  FillInterruptedError,
  FillRefusedError,
  ItemTimeoutError,
  LeaseLostError,
  NeverFilledError,
  StoppedError,
  StoreUnreachableError,
  UnrecoverableError,
  WorkQueueError,
} from './errors';
export type { FillItems, FillOptions } from './filling';
export type { ItemContext } from './item-context';
export type { Handler } from './lanes';
export type { Log } from './log';
export * from './queue';
export type { PayloadStart, QueueStatus, StatusOptions, WorkerStatus } from './queue-status';
export { type FillerItems, type FillerOptions, runFiller } from './run-filler';
export { runWorker, type WorkerOptions } from './run-worker';
export {
  type DeadLetter,
  type ItemResult,
  WorkQueue,
  type WorkQueueOptions,
} from './work-queue';
