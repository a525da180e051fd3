export { type ErrorFields, errorFields } from './error-fields';
export {
  CancelledError,
  ConfigurationError,
  DataLostError,
  delayIn,
  delayProblem,
  FillInterruptedError,
  FillRefusedError,
  HandlerHungError,
  ItemTimeoutError,
  isAbortReason,
  isUnrecoverable,
  LeaseLostError,
  LeaseThreadError,
  NeverFilledError,
  overReason,
  RetryLater,
  StoppedError,
  StoreUnreachableError,
  UnfitHandlerError,
  UnrecoverableError,
  unfitIn,
  WorkQueueError,
} from './errors';
export { withExitCode } from './exit-code-of-error';
export { kindOf } from './kind';
export {
  cut,
  FOREIGN_STACK,
  HANDLER_CALL,
  isError,
  ownStackOf,
  placeOf,
  THROWN_BYTES,
  textOf,
  traceOf,
} from './thrown';
