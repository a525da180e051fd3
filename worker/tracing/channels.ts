import { TraceChannel, type TracedCall } from './trace-channel';

/** An item that a handler is called with. */
export interface TracedItem {
  /** Number of the item in its queue. */
  readonly id: number;
  /** Which attempt it is, from 1. */
  readonly attempt: number;
  /** The item, as the handler gets it. */
  readonly item: unknown;
}

/**
 * What the tracing channel `cdk8s-redis-work-queue:handler` of `node:diagnostics_channel` says of a call of a handler: the
 * item, or the first one of a batch. `result` or `error` is there once the call has ended.
 *
 * @example
 * tracingChannel('cdk8s-redis-work-queue:handler').subscribe({ error: ({ id, error }: HandlerCall) => report(id, error) });
 */
export interface HandlerCall extends TracedItem, TracedCall {
  /** Name of the queue. */
  readonly queue: string;
  /** Name of the worker, the pod's. */
  readonly worker: string;
  /** All items of the call, where the handler takes several at once (`batch`). */
  readonly batch?: readonly TracedItem[];
  /** Of those, what failed by `fail`, once the call has ended: index → error. */
  readonly failures?: ReadonlyMap<number, unknown>;
  /** What is called is the finalizer (`finally`), which has no item. */
  readonly finalizer?: true;
}

/**
 * What the tracing channel `cdk8s-redis-work-queue:exchange` says of a round trip in which a worker settles items and claims
 * others. It ends when Redis has answered, after as many tries as that takes.
 */
export interface QueueExchange extends TracedCall {
  /** Name of the queue. */
  readonly queue: string;
  /** Name of the worker, the pod's. */
  readonly worker: string;
  /** Its number, from 1; a worker that has lost its lease begins again. */
  readonly number: number;
  /** What Redis answered. */
  result?: { readonly kind: string };
}

export const HANDLER_CHANNEL = 'cdk8s-redis-work-queue:handler';

export const HANDLER_CALLS = new TraceChannel<HandlerCall>(HANDLER_CHANNEL);
export const EXCHANGES = new TraceChannel<QueueExchange>('cdk8s-redis-work-queue:exchange');
