import { context, DiagLogLevel, diag, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { type InstrumentOptions, instrumentWorkQueues } from 'cdk8s-redis-work-queue/otel';
import { runInMemory } from 'cdk8s-redis-work-queue/testing';
import { defineQueue, RetryLater, type StandardSchema, startWorker } from 'cdk8s-redis-work-queue/worker';
import { useQueue } from '../queue-under-test';

const exporter = new InMemorySpanExporter();
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
const tracer = provider.getTracer('test');
const letters = defineQueue({ name: 'letters' });
const warnings: string[] = [];
let end = () => {};

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const TRACEPARENT = `00-${TRACE_ID}-b7ad6b7169203331-01`;

beforeAll(() => {
  trace.setGlobalTracerProvider(provider);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  const warn = (line: string) => void warnings.push(line);
  diag.setLogger({ error: warn, warn, info() {}, debug() {}, verbose() {} }, DiagLogLevel.WARN);
});
afterEach(() => {
  end();
  end = () => {};
  exporter.reset();
  warnings.length = 0;
});

function instrument(options?: InstrumentOptions): void {
  end = instrumentWorkQueues(options);
}

const spans = () => exporter.getFinishedSpans();
const eventsOf = ({ events }: ReadableSpan) => events.map(({ name, attributes }) => [name, attributes] as const);

test('a call of a handler is a span of its own trace, by the conventions for messaging', async () => {
  instrument();
  await runInMemory(letters, () => {}, { items: ['a', 'b'] });
  expect(spans().map(({ name, kind, status }) => [name, kind, status.code])).toEqual(
    Array(2).fill(['process letters', SpanKind.CONSUMER, SpanStatusCode.UNSET]),
  );
  expect(spans()[1]?.attributes).toEqual({
    'messaging.system': 'redis_work_queue',
    'messaging.operation.name': 'process',
    'messaging.operation.type': 'process',
    'messaging.destination.name': 'letters',
    'messaging.client.id': 'in-memory',
    'messaging.message.id': '2',
    'messaging.redis_work_queue.message.attempt': 1,
  });
  expect(new Set(spans().map((span) => span.spanContext().traceId)).size).toBe(2);
});

test('a handler that fails is an error, with its exception, in each attempt', async () => {
  instrument();
  const refused = Object.assign(new TypeError('connection refused'), { code: 'ECONNREFUSED' });
  await runInMemory(
    letters,
    async (_, { attempt }) => {
      throw attempt === 1 ? refused : 'just text';
    },
    { items: ['a'], maxAttempts: 2 },
  );
  const told = spans().map(({ status, attributes }) => [status, attributes['error.type']]);
  expect(told).toEqual([
    [{ code: SpanStatusCode.ERROR, message: 'connection refused' }, 'ECONNREFUSED'],
    [{ code: SpanStatusCode.ERROR, message: 'just text' }, 'string'],
  ]);
  expect(eventsOf(spans()[0] as ReadableSpan)[0]).toEqual([
    'exception',
    expect.objectContaining({ 'exception.message': 'connection refused' }),
  ]);
});

test('an item that is put off is no error', async () => {
  instrument();
  const handler = (_: string, { postponed }: { postponed: number }) => {
    if (postponed === 0) throw new RetryLater(2_000);
  };
  await runInMemory(letters, handler, { items: ['a'] });
  expect(spans().map(({ status }) => status.code)).toEqual([SpanStatusCode.UNSET, SpanStatusCode.UNSET]);
  expect(eventsOf(spans()[0] as ReadableSpan)).toEqual([
    ['put off', { 'messaging.redis_work_queue.message.delay': 2_000 }],
  ]);
});

describe('the context of who has filled an item in', () => {
  type Job = { readonly traceparent?: unknown; readonly headers?: object };
  const schema: StandardSchema<Job> = {
    '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value: value as Job }) },
  };
  const jobs = defineQueue({ name: 'jobs', schema });

  test('is linked where the item carries a traceparent', async () => {
    instrument();
    await runInMemory(jobs, () => {}, {
      items: [{ traceparent: TRACEPARENT }, {}, { traceparent: 7 }, { traceparent: 'x' }],
    });
    expect(spans().map(({ links }) => links.map((link) => link.context.traceId))).toEqual([[TRACE_ID], [], [], []]);
    expect(spans()[0]?.parentSpanContext).toBeUndefined();
  });

  test('is found where the item has it, as one says', async () => {
    instrument({ tracer, carrier: (item) => (item as { headers?: object }).headers });
    await runInMemory(jobs, () => {}, { items: [{ headers: { traceparent: TRACEPARENT } }] });
    expect(spans()[0]?.links[0]).toMatchObject({
      context: { traceId: TRACE_ID, isRemote: true },
      attributes: { 'messaging.message.id': '1' },
    });
  });

  test('is missing, with a warning, where looking for it fails: the item is done all the same', async () => {
    const carrier = () => {
      throw new Error('no headers');
    };
    instrument({ carrier });
    const { done } = await runInMemory(jobs, () => {}, { items: [{}] });
    expect(done.length).toBe(1);
    expect(spans()[0]?.links).toEqual([]);
    expect(warnings).toEqual(['cdk8s-redis-work-queue: the carrier of item 1 is not readable']);
  });

  test('is linked once for each item of a batch, whose failures are events', async () => {
    instrument();
    const handler = async (items: unknown[], { fail }: { fail(index: number, error: unknown): void }) => {
      if (items.length > 1) fail(1, new RangeError('too long'));
    };
    const items = [{ traceparent: TRACEPARENT }, { traceparent: TRACEPARENT }];
    await runInMemory(jobs, handler, { items, batch: { size: 2 }, maxAttempts: 2 });
    const [together, alone] = spans() as [ReadableSpan, ReadableSpan];
    expect(together.attributes).toMatchObject({
      'messaging.batch.message_count': 2,
      'messaging.redis_work_queue.batch.failed_count': 1,
    });
    expect(together.attributes).not.toHaveProperty('messaging.message.id');
    expect(together.links.map(({ attributes }) => attributes?.['messaging.message.id'])).toEqual(['1', '2']);
    expect(eventsOf(together)).toEqual([
      ['exception', expect.objectContaining({ 'exception.type': 'RangeError', 'messaging.message.id': '2' })],
    ]);
    expect(alone.attributes).toMatchObject({ 'messaging.batch.message_count': 1 });
  });
});

test('a finalizer has a span as well', async () => {
  instrument();
  await runInMemory(letters, () => {}, { items: ['a'], finally: () => {} });
  expect(spans().map(({ name }) => name)).toEqual(['process letters', 'finalize letters']);
});

test('nothing is told once it has ended', async () => {
  instrument();
  end();
  await runInMemory(letters, () => {}, { items: ['a'] });
  expect(spans()).toEqual([]);
});

describe('with a real worker', () => {
  const queue = useQueue();

  test('the span is active in the handler, after its awaits as well, and in no other item', async () => {
    instrument();
    await queue.fill(...Array.from({ length: 6 }, (_, i) => `item-${i}`));
    const parents = new Map<string, string | undefined>();
    const start = () =>
      startWorker(
        defineQueue({ name: queue.name }),
        async (item, { progress }) => {
          progress(0.5);
          await new Promise(setImmediate);
          parents.set(item, trace.getActiveSpan()?.spanContext().spanId);
          await tracer.startActiveSpan(`inside ${item}`, async (span) => span.end());
        },
        {
          log: { info() {}, warn() {} },
          env: {
            REDIS_URL: queue.server.url,
            WORK_QUEUE_CONCURRENCY: '2',
            WORK_QUEUE_SETTLE_MS: '0',
            HOSTNAME: 'pod-1',
          },
        },
      );
    // What is active where the worker is started is not what its items are part of.
    const worker = tracer.startActiveSpan('app', start);
    await worker.drained;
    const outer = spans().filter(({ name }) => name === `process ${queue.name}`);
    const inner = spans().filter(({ name }) => name.startsWith('inside'));
    expect(
      outer.map(({ parentSpanContext, attributes }) => [parentSpanContext, attributes['messaging.client.id']]),
    ).toEqual(Array(6).fill([undefined, 'pod-1']));
    expect(new Set(parents.values()).size).toBe(6);
    for (const { name, parentSpanContext } of inner) {
      expect(parentSpanContext?.spanId).toBe(parents.get(name.replace('inside ', '')));
    }
    expect(inner.length).toBe(6);
    expect([...parents.values()].sort()).toEqual(outer.map((span) => span.spanContext().spanId).sort());
  });
});
