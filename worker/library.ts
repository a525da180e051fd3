/**
 * All that `./worker` exports, for programs that are no workers: the command line imports it from here, and ends as it likes.
 */
export type {
  AddOptions,
  AsJson,
  Backoff,
  BatchContext,
  BatchHandler,
  BatchOptions,
  DurationHistogram,
  Durations,
  FinalizerWhen,
  Finally,
  Handler,
  ItemContext,
  Progress,
  ResultOf,
} from './attempt';
export { EXIT } from './contract';
export {
  CancelledError,
  ConfigurationError,
  DataLostError,
  FillInterruptedError,
  FillRefusedError,
  HandlerHungError,
  ItemTimeoutError,
  LeaseLostError,
  NeverFilledError,
  RetryLater,
  StoppedError,
  StoreUnreachableError,
  UnrecoverableError,
  WorkQueueError,
} from './errors';
export type { Log } from './log';
export {
  type BatchWorkerOptions,
  type Ended,
  type FillerItems,
  type FillerOptions,
  runFiller,
  runWorker,
  type StartedWorker,
  type StopOptions,
  startWorker,
  type WorkerOptions,
  type WorkerTally,
} from './process';
export * from './queue';
export {
  type DeadLetter,
  type FillItems,
  type FillOptions,
  type Finalizer,
  type FinalizerContext,
  type FinalizerCounts,
  type FinalizerState,
  type ItemProgress,
  type ItemResult,
  type OnFull,
  type PayloadStart,
  type QueueStatus,
  type StatusOptions,
  type StoreMemory,
  type WorkerStatus,
  WorkQueue,
  type WorkQueueOptions,
} from './work-queue';
