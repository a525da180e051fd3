import { HANDLER_CALL } from '../errors';
import type { BatchContext } from './batch-context';
import type { ItemContext } from './item-context';

/**
 * Does the work on one item. Whatever it returns or throws once its `signal` is aborted counts as usual, unless another worker
 * has the item by then.
 *
 * @typeParam T the item, as the schema made it
 * @typeParam Returned what it returns, or the promise that it returns resolves with
 * @typeParam Input what is filled into the queue, and what it may add
 */
// biome-ignore lint/suspicious/noExplicitAny: a queue that says nothing of its items
export type Handler<T, Returned = unknown, Input = any> = (
  item: T,
  // biome-ignore lint/suspicious/noExplicitAny: what JSON gave
  context: ItemContext<any, Input>,
) => Returned | PromiseLike<Returned>;

/**
 * Does the work on several items at once, where a worker was given `batch`. What it throws is a failed attempt of all of
 * them, {@link BatchContext.fail} one of a single item. Where results are kept, it returns an array with one for each item.
 */
export type BatchHandler<T> = (items: T[], context: BatchContext) => unknown;

/** Calls a handler; without a `this`, which would be ours. The name is computed, so that no minifier changes it. */
export const { [HANDLER_CALL]: callHandler } = {
  [HANDLER_CALL]: <Work, Context, Returned>(
    handler: (work: Work, context: Context) => Returned,
    work: Work,
    context: Context,
  ) => handler(work, context),
};
