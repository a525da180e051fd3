import type { AsJson, DeadLetter } from '../attempt';
import type { ItemLog } from '../log';
import type { ItemResult } from './work-queue';

/** What became of the items of a queue. */
export interface FinalizerCounts {
  /** Items in all. */
  readonly claimed: number;
  /** Done. */
  readonly done: number;
  /** Given up, and kept as dead letters. */
  readonly dead: number;
  /** Dead letters that were dropped. */
  readonly dropped: number;
}

/**
 * What a finalizer is given.
 *
 * @typeParam T the item, as the schema made it
 * @typeParam Returned what the handler returns; its results are that, as JSON keeps it
 */
export interface FinalizerContext<T, Returned = unknown> {
  /** How many items came to which end. */
  readonly counts: FinalizerCounts;
  /** The kept results, one after the other, in no order; each loop over them begins anew. There are some only with `results: true`. */
  readonly results: AsyncIterable<ItemResult<T, AsJson<Returned>>>;
  /** The dead letters, one after the other; each loop over them begins anew. */
  readonly deadLetters: AsyncIterable<DeadLetter<T>>;
  /**
   * Aborted when the finalizer is past `itemTimeout`, when another worker runs it now, or when the worker has to stop. Loops
   * over `results` and `deadLetters` end with its reason.
   */
  readonly signal: AbortSignal;
  /** Which attempt this is, from 1. */
  readonly attempt: number;
  /** Fencing token of this attempt: greater than those of all items and of all earlier attempts. */
  readonly token: string;
  /**
   * Writes to the worker's log: `log(text, fields)`, and `log.debug`, `log.info`, `log.warn` and `log.error`.
   *
   * @example log('all are done', { done: counts.done });
   */
  readonly log: ItemLog;
}

/** Runs once all else has ended, in one worker, until it has returned once without an error. */
export type Finalizer<T, Returned = unknown> = (context: FinalizerContext<T, Returned>) => unknown;
