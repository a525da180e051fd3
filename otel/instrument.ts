import { tracingChannel } from 'node:diagnostics_channel';
import {
  type Attributes,
  context,
  diag,
  type Link,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { delayIn, textOf } from '../worker/errors';
import { HANDLER_CHANNEL, type HandlerCall, type TracedItem } from '../worker/tracing';
import { carrierIn } from './carrier';

/** Options of {@link instrumentWorkQueues}. */
export interface InstrumentOptions {
  /**
   * What makes the spans.
   *
   * @default - one of the global provider, as `trace.getTracer` finds it when an item begins
   * @example tracer: provider.getTracer('worker')
   */
  readonly tracer?: Tracer;
  /**
   * Where an item carries the context of what has filled it in, as headers that the global propagator reads; undefined: it
   * carries none. What it throws is told to `diag`, and the span has no link.
   *
   * @default - an item that has a text `traceparent`, is its own headers
   * @example carrier: (item) => (item as { headers?: Record<string, string> }).headers
   */
  readonly carrier?: (item: unknown) => object | undefined;
}

const SYSTEM = 'redis_work_queue';
/** Failed items of a batch that its span tells of one by one. */
const TOLD_FAILURES = 10;

/**
 * Makes a span of each call of a handler, in all workers of this process, from now on. It is `process <queue>`, of the kind
 * CONSUMER, with the attributes of OpenTelemetry's conventions for messaging, and it begins a trace of its own, with a link to
 * the context that the item carries. The span is active while the handler runs. A handler that throws makes it an error, but
 * for `RetryLater`, which only puts the item off.
 *
 * Call it once, before workers start, where your SDK is set up.
 *
 * @returns ends it
 * @example
 * // tracing.ts, loaded by node --import or imported first
 * instrumentWorkQueues();
 */
export function instrumentWorkQueues(options: InstrumentOptions = {}): () => void {
  const { tracer, carrier = carrierIn } = options;
  const spans = new WeakMap<HandlerCall, Span>();
  const subscribers = {
    start: guarded((call) => {
      const maker = tracer ?? trace.getTracer('cdk8s-redis-work-queue');
      const span = startSpan(maker, call, carrier);
      spans.set(call, span);
      const active = trace.setSpan(ROOT_CONTEXT, span);
      call.within = (run) => context.with(active, run);
    }),
    error: guarded((call) => {
      const span = spans.get(call);
      if (span) tellError(span, call.error);
    }),
    end: guarded((call) => {
      // A promise is there, and its end is told by asyncEnd.
      if ('result' in call || 'error' in call) finish(call);
    }),
    asyncStart: () => {},
    asyncEnd: guarded((call) => finish(call)),
  };

  const finish = (call: HandlerCall): void => {
    const span = spans.get(call);
    spans.delete(call);
    if (!span) return;
    tellFailures(span, call);
    span.end();
  };

  const channel = tracingChannel<unknown, HandlerCall>(HANDLER_CHANNEL);
  channel.subscribe(subscribers);
  return () => void channel.unsubscribe(subscribers);
}

function startSpan(tracer: Tracer, call: HandlerCall, carrier: (item: unknown) => object | undefined): Span {
  const { queue, worker, id, attempt, batch, finalizer } = call;
  const operation = finalizer ? 'finalize' : 'process';
  const attributes: Attributes = {
    'messaging.system': SYSTEM,
    'messaging.operation.name': operation,
    'messaging.operation.type': 'process',
    'messaging.destination.name': queue,
    'messaging.client.id': worker,
    ...(batch ? { 'messaging.batch.message_count': batch.length } : attributesOf({ id, attempt })),
  };
  const items: readonly TracedItem[] = finalizer ? [] : (batch ?? [call]);
  const links = items.flatMap((each) => linkOf(each, carrier));
  return tracer.startSpan(`${operation} ${queue}`, { kind: SpanKind.CONSUMER, attributes, links }, ROOT_CONTEXT);
}

function attributesOf({ id, attempt }: Pick<TracedItem, 'id' | 'attempt'>): Attributes {
  return { 'messaging.message.id': `${id}`, [`messaging.${SYSTEM}.message.attempt`]: attempt };
}

/** To what has filled the item in, where it says so. */
function linkOf(traced: TracedItem, carrier: (item: unknown) => object | undefined): Link[] {
  try {
    const headers = carrier(traced.item);
    const made = headers && trace.getSpanContext(propagation.extract(ROOT_CONTEXT, headers));
    return made ? [{ context: made, attributes: attributesOf(traced) }] : [];
  } catch (error) {
    diag.warn(`cdk8s-redis-work-queue: the carrier of item ${traced.id} is not readable`, error);
    return [];
  }
}

function tellError(span: Span, error: unknown): void {
  const isPutOff = delayIn(error) !== undefined;
  if (isPutOff) {
    span.addEvent('put off', { [`messaging.${SYSTEM}.message.delay`]: delayIn(error) as number });
    return;
  }
  span.recordException(exceptionOf(error));
  span.setAttribute('error.type', typeOf(error));
  span.setStatus({ code: SpanStatusCode.ERROR, message: exceptionOf(error).message });
}

/** Items of a batch that failed, while the call itself went well. */
function tellFailures(span: Span, { batch = [], failures }: HandlerCall): void {
  if (!failures || failures.size === 0) return;
  span.setAttribute(`messaging.${SYSTEM}.batch.failed_count`, failures.size);
  for (const [index, error] of [...failures].slice(0, TOLD_FAILURES)) {
    const item = batch[index];
    const { name, message } = exceptionOf(error);
    const told = { 'exception.type': name, 'exception.message': message };
    span.addEvent('exception', { ...told, ...(item && attributesOf(item)) });
  }
}

function exceptionOf(error: unknown): { readonly name: string; readonly message: string; readonly stack?: string } {
  if (error instanceof Error) return error;
  return { name: typeof error, message: textOf(error) };
}

/** What the error is called by: its code, or its class. */
function typeOf(error: unknown): string {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return typeof code === 'string' && code !== '' ? code : exceptionOf(error).name || '_OTHER';
}

/** A subscriber that throws would end the process. */
function guarded(act: (call: HandlerCall) => void): (message: unknown) => void {
  return (message) => {
    try {
      act(message as HandlerCall);
    } catch (error) {
      diag.error('cdk8s-redis-work-queue: a span was lost', error);
    }
  };
}
