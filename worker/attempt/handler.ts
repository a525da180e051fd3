import { HANDLER_CALL } from '../errors';
import type { ItemContext } from './item-context';

/**
 * Does the work on one item. Whatever it returns or throws once its `signal` is aborted counts as usual, unless another worker
 * has the item by then.
 *
 * @typeParam T the item, as the schema made it
 * @typeParam Returned what it returns, or the promise that it returns resolves with
 */
export type Handler<T, Returned = unknown> = (item: T, context: ItemContext) => Returned | PromiseLike<Returned>;

/** Calls a handler; without a `this`, which would be ours. The name is computed, so that no minifier changes it. */
export const { [HANDLER_CALL]: callHandler } = {
  [HANDLER_CALL]: <T, Returned>(handler: (item: T, context: ItemContext) => Returned, item: T, context: ItemContext) =>
    handler(item, context),
};
