export type { AsJson, ResultOf } from './as-json';
export { type Backoff, checkBackoff } from './backoff';
export { BatchContext } from './batch-context';
export { type BatchOptions, checkBatch, lanesOf } from './batch-options';
export { Batches, type Surroundings } from './batches';
export { type AttemptFailure, type DeadLetter, letterOf } from './dead-letter';
export {
  type AttemptEnding,
  DURATION_BOUNDS,
  DurationCounts,
  type DurationHistogram,
  type Durations,
  durationsIn,
  placeOf,
} from './durations';
export {
  abortable,
  type FinalizerCall,
  type FinalizerWhen,
  type Finally,
  readFinally,
} from './finalizer';
export { type AddOptions, countAdded, type FollowUps } from './follow-ups';
export {
  type BatchHandler,
  type Caller,
  callAtEnd,
  callWithItem,
  type Handler,
} from './handler';
export { HookCalls, type Hooks, type ItemDone, type ItemFailed, type ItemStarted, readHooks } from './hooks';
export { CHECKPOINT_BYTES, ItemContext } from './item-context';
export { FINALIZER_LABEL, logOf } from './log-of';
export { Notes, type Remains } from './notes';
export {
  checkMaxResultSize,
  type DeadLetterHeader,
  type EndedAttempt,
  errorOf,
  type FailedAttempt,
  HANG_GRACE,
  hangCharge,
  hangError,
  lineOfOutcome,
  NO_RESULT,
  type Outcome,
  outcomeOfError,
  outcomeOfHang,
  outcomeOfInvalid,
  outcomeOfResult,
  wordsOfOutcome,
} from './outcome';
export { type Progress, progressIn } from './progress-line';
export { bytesOf, type End, Settlement } from './settlement';
export type { Takers, WorkerEnd } from './takers';
