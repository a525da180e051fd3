export type { AsJson, ResultOf } from './as-json';
export { type Backoff, checkBackoff } from './backoff';
export { BatchContext } from './batch-context';
export { type BatchOptions, checkBatch, lanesOf } from './batch-options';
export { Batches, type Surroundings } from './batches';
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
  FINALIZER_LABEL,
  type FinalizerCall,
  type FinalizerWhen,
  type Finally,
  readFinally,
} from './finalizer';
export { type AddOptions, countAdded, type FollowUps } from './follow-ups';
export { type BatchHandler, callHandler, type Handler } from './handler';
export { CHECKPOINT_BYTES, ItemContext } from './item-context';
export { Notes, type Remains } from './notes';
export {
  checkMaxResultSize,
  type DeadLetterHeader,
  type EndedAttempt,
  type FailedAttempt,
  HANG_GRACE,
  hangCharge,
  lineOfOutcome,
  type Outcome,
  outcomeOfError,
  outcomeOfHang,
  outcomeOfInvalid,
  outcomeOfResult,
} from './outcome';
export { type Progress, progressIn } from './progress-line';
export { bytesOf, type End, Settlement } from './settlement';
