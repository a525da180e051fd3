import { HANDLER_CALL } from '../errors';
import { HANDLER_CALLS, type TracedItem } from '../tracing';
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

/** Whose handler is called, for those that trace it. */
export interface Caller {
  /** Name of the queue. */
  readonly queue: string;
  /** Name of the worker. */
  readonly worker: string;
}

/** Calls a handler; without a `this`, which would be ours. The name is computed, so that no minifier changes it. */
export const { [HANDLER_CALL]: callHandler } = {
  [HANDLER_CALL]: <Work, Context, Returned>(
    handler: (work: Work, context: Context) => Returned,
    work: Work,
    context: Context,
  ) => handler(work, context),
};

// A constant of this file: looked up among what another one exports again, it costs more than what is asked of it.
const calls = HANDLER_CALLS;

/** Calls a handler with an item. */
export function callWithItem<T, Context extends ItemContext, Returned>(
  handler: (item: T, context: Context) => Returned,
  item: T,
  context: Context,
  caller: Caller,
): Returned {
  if (!calls.isHeard) return callHandler(handler, item, context);
  const { queue, worker } = caller;
  const { id, attempt } = context;
  return calls.trace({ queue, worker, id, attempt, item }, () => callHandler(handler, item, context));
}

/** Calls a handler with several items. */
export function callWithItems<T>(handler: BatchHandler<T>, items: T[], context: BatchContext, caller: Caller): unknown {
  if (!calls.isHeard) return callHandler(handler, items, context);
  const batch = context.items.map((each, index) => traced(items[index], each));
  const message = { ...caller, ...(batch[0] as TracedItem), batch, failures: context.failures };
  return calls.trace(message, () => callHandler(handler, items, context));
}

/** Calls a finalizer. */
export function callAtEnd<Context, Returned>(
  run: (context: Context) => Returned,
  context: Context,
  item: ItemContext,
  caller: Caller,
): Returned {
  const call = () => callHandler(run, context, undefined as never);
  if (!calls.isHeard) return call();
  return calls.trace({ ...caller, ...traced(undefined, item), finalizer: true }, call);
}

function traced(item: unknown, { id, attempt }: ItemContext): TracedItem {
  return { id, attempt, item };
}
