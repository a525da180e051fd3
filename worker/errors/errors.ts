import { EXIT } from '../contract';

/**
 * Thrown by a handler: this item will never work, so it goes to the dead letters at once.
 *
 * @example
 * if (response.status === 404) throw new UnrecoverableError(`${url} is gone`);
 */
export class UnrecoverableError extends Error {
  override readonly name = 'UnrecoverableError';
}

/** The longest time for which an item or a queue is put off, in ms: 365 days. */
export const LONGEST_DELAY = 31_536_000_000;

/** What is wrong with a time for which something is put off, in words. */
export function delayProblem(ms: unknown): string | undefined {
  const isDelay = typeof ms === 'number' && ms >= 0 && ms <= LONGEST_DELAY;
  return isDelay
    ? undefined
    : `${typeof ms === 'number' ? ms : typeof ms}; allowed are ms from 0 to ${LONGEST_DELAY}, which is 365 days`;
}

/**
 * Thrown by a handler: not now. The item is due again after so many ms, and no attempt is charged, however often it is put
 * off. `context.postponed` counts how often it was.
 *
 * @example
 * if (job.state === 'rendering') throw new RetryLater(30_000, `${job.id} is still rendering`);
 */
export class RetryLater extends Error {
  override readonly name = 'RetryLater';

  /**
   * @param ms until it is due again, from 0 to 365 days
   * @param why for the log
   * @throws RangeError no such time: the attempt fails then
   */
  constructor(
    readonly ms: number,
    why = 'not now',
  ) {
    const problem = delayProblem(ms);
    if (problem) throw new RangeError(`RetryLater was given ${problem}`);
    super(why);
  }
}

/** Ends a worker, with an exit code of the contract. */
export abstract class WorkQueueError extends Error {
  /** Exit code of the process that this error ends. */
  abstract readonly exitCode: number;
}

/** The configuration is wrong: an option, the environment, the password, a key of another type, the protocol version. */
export class ConfigurationError extends WorkQueueError {
  override readonly name = 'ConfigurationError';
  readonly exitCode = EXIT.configuration;
}

/** The queue's data vanished or does not add up. */
export class DataLostError extends WorkQueueError {
  override readonly name = 'DataLostError';
  readonly exitCode = EXIT.dataLost;
}

/** Nobody filled the queue within the start timeout. */
export class NeverFilledError extends WorkQueueError {
  override readonly name = 'NeverFilledError';
  readonly exitCode = EXIT.neverFilled;
}

/** Redis did not answer, or refused to work, for the store timeout. */
export class StoreUnreachableError extends WorkQueueError {
  override readonly name = 'StoreUnreachableError';
  readonly exitCode = EXIT.storeUnreachable;
}

/** A handler did not return, five seconds after its item's timeout. The item was charged with a failed attempt; what was in hand beside it went back. */
export class HandlerHungError extends WorkQueueError {
  override readonly name = 'HandlerHungError';
  readonly exitCode = EXIT.handlerHung;
}

/** The thread that keeps the lease ends whenever it is started. What was in hand went back to the queue. */
export class LeaseThreadError extends WorkQueueError {
  override readonly name = 'LeaseThreadError';
  readonly exitCode = EXIT.unexpected;
}

/**
 * A fill that the queue refuses, however often it is tried: it is sealed, was cancelled, or holds another batch that cannot be replaced. Nothing was pushed by the
 * refused call.
 */
export class FillRefusedError extends WorkQueueError {
  override readonly name = 'FillRefusedError';
  readonly exitCode = EXIT.configuration;
}

/**
 * A fill that another try mends: Redis came back with less than it had, and the items cannot be read again from the start.
 */
export class FillInterruptedError extends WorkQueueError {
  override readonly name = 'FillInterruptedError';
  readonly exitCode = EXIT.fillInterrupted;
}

/**
 * Thrown by a handler of this package that could do no item at all: this one goes back uncharged, and the worker ends as its
 * cause says.
 */
export class UnfitHandlerError extends Error {
  override readonly name = 'UnfitHandlerError';

  constructor(override readonly cause: Error) {
    super(cause.message);
  }
}

/** Why an item's `signal` was aborted: it ran past `itemTimeout`. */
export class ItemTimeoutError extends Error {
  override readonly name = 'ItemTimeoutError';
}

/** Why an item's `signal` was aborted: another worker has it now. Nothing this handler does is booked any more. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';
}

/** Why an item's `signal` was aborted: the worker has to stop, and the item goes back to the queue. */
export class StoppedError extends Error {
  override readonly name: string = 'StoppedError';
}

/** Why an item's `signal` was aborted: the queue was cancelled. An item that does not end well now is dropped. */
export class CancelledError extends StoppedError {
  override readonly name = 'CancelledError';
}

/** Why signals are aborted where the run is over before the queue is drained. */
export function overReason(over: 'cancelled' | 'failed', queue: string): StoppedError {
  if (over === 'cancelled') return new CancelledError(`the queue ${queue} was cancelled`);
  return new StoppedError(`the queue ${queue} has a dead letter, and failFast ends the run with the first one`);
}

/** Whether a handler gave up on its item for good. */
export function isUnrecoverable(thrown: unknown): boolean {
  try {
    return thrown instanceof UnrecoverableError;
  } catch {
    // A proxy that was revoked.
    return false;
  }
}

/** For how many ms a handler put its item off, if it did. */
export function delayIn(thrown: unknown): number | undefined {
  try {
    return thrown instanceof RetryLater ? Math.ceil(thrown.ms) : undefined;
  } catch {
    return undefined;
  }
}

/** Why a handler could do no item at all, if it says so. */
export function unfitIn(thrown: unknown): Error | undefined {
  try {
    return thrown instanceof UnfitHandlerError ? thrown.cause : undefined;
  } catch {
    return undefined;
  }
}

/** Whether this is why an item's signal was aborted, as it is or as the cause of an error; the item's own end accounts for it. */
export function isAbortReason(thrown: unknown): boolean {
  const own = (error: unknown) =>
    error instanceof ItemTimeoutError || error instanceof LeaseLostError || error instanceof StoppedError;
  try {
    return own(thrown) || (thrown instanceof Error && own(thrown.cause));
  } catch {
    return false;
  }
}
