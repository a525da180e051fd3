import { tracingChannel } from 'node:diagnostics_channel';
import { runInMemory } from 'cdk8s-redis-work-queue/testing';
import {
  defineQueue,
  type Handler,
  type HandlerCall,
  type QueueExchange,
  startWorker,
  type WorkerOptions,
} from 'cdk8s-redis-work-queue/worker';
import { useQueue } from '../queue-under-test';

type Heard = [event: string, call: HandlerCall];

const queue = useQueue();
const handlers = tracingChannel<unknown, HandlerCall>('cdk8s-redis-work-queue:handler');
const exchanges = tracingChannel<unknown, QueueExchange>('cdk8s-redis-work-queue:exchange');
const nothing = () => {};
const silent = { start: nothing, end: nothing, asyncStart: nothing, asyncEnd: nothing, error: nothing };

/** What is told of handler calls meanwhile. */
async function heardDuring(act: () => Promise<unknown>): Promise<Heard[]> {
  const heard: Heard[] = [];
  const tell = (event: string) => (call: unknown) => void heard.push([event, { ...(call as HandlerCall) }]);
  const subscribers = {
    start: tell('start'),
    end: tell('end'),
    asyncStart: tell('asyncStart'),
    asyncEnd: tell('asyncEnd'),
    error: tell('error'),
  };
  handlers.subscribe(subscribers);
  try {
    await act();
  } finally {
    handlers.unsubscribe(subscribers);
  }
  return heard;
}

/** A worker within this process, until its queue is drained. */
function drain(handler: Handler<string>, options: WorkerOptions<string> = {}): Promise<unknown> {
  const env = {
    REDIS_URL: queue.server.url,
    WORK_QUEUE_NAME: queue.name,
    WORK_QUEUE_SETTLE_MS: '300',
    HOSTNAME: 'pod-1',
  };
  return startWorker(defineQueue({ name: queue.name }), handler, {
    ...options,
    env: { ...env, WORK_QUEUE_MAX_ATTEMPTS: '2' },
    backoff: { base: 1 },
    log: { info: nothing, warn: nothing },
  }).drained;
}

describe('a worker', () => {
  test('tells of each call of its handler: the item, its attempt, and what came of it', async () => {
    await queue.fill('apple', 'pear');
    const heard = await heardDuring(() =>
      drain((item, { attempt }) => {
        if (item === 'pear' && attempt === 1) throw new Error('too hard');
        return item.length;
      }),
    );
    const common = { queue: queue.name, worker: 'pod-1' };
    const [apple, pear] = [
      { ...common, item: 'apple', id: 1 },
      { ...common, item: 'pear', id: 2 },
    ];
    expect(heard).toEqual([
      ['start', { ...apple, attempt: 1 }],
      ['end', { ...apple, attempt: 1, result: 5 }],
      ['start', { ...pear, attempt: 1 }],
      ['error', { ...pear, attempt: 1, error: new Error('too hard') }],
      ['end', { ...pear, attempt: 1, error: new Error('too hard') }],
      ['start', { ...pear, attempt: 2 }],
      ['end', { ...pear, attempt: 2, result: 4 }],
    ]);
  });

  test('tells of its exchanges with Redis, by their numbers, and what was answered', async () => {
    await queue.fill('apple');
    const heard: QueueExchange[] = [];
    const subscribers = { ...silent, asyncEnd: (exchange: unknown) => void heard.push(exchange as QueueExchange) };
    exchanges.subscribe(subscribers);
    await drain(() => {});
    exchanges.unsubscribe(subscribers);
    expect(heard.map(({ number }) => number)).toEqual(heard.map((_, index) => index + 1));
    expect(heard[0]).toMatchObject({ queue: queue.name, worker: 'pod-1', result: { kind: 'work' } });
    expect(heard.at(-1)).toMatchObject({ result: { kind: 'drained' } });
  });

  test('tells of its finalizer, which has no item', async () => {
    await queue.fill('apple');
    const heard = await heardDuring(() => drain(() => {}, { finally: async () => {} }));
    const finals = heard.filter(([, call]) => call.finalizer);
    expect(finals.map(([event]) => event)).toEqual(['start', 'end', 'asyncStart', 'asyncEnd']);
    expect(finals[0]?.[1]).toMatchObject({ queue: queue.name, worker: 'pod-1', attempt: 1, item: undefined });
  });
});

describe('a run in memory', () => {
  const letters = defineQueue({ name: 'letters' });

  test('tells of a call with a batch once: the first item, all of them, and those that failed', async () => {
    const heard = await heardDuring(() =>
      runInMemory(
        letters,
        async (items: string[], { fail }) => {
          if (items.length > 1) fail(1, new Error('b is bad'));
        },
        {
          items: ['a', 'b'],
          batch: { size: 2 },
          maxAttempts: 2,
        },
      ),
    );
    expect(heard.map(([event]) => event)).toEqual(Array(2).fill(['start', 'end', 'asyncStart', 'asyncEnd']).flat());
    const [, together] = heard[0] as Heard;
    const batch = [
      { id: 1, attempt: 1, item: 'a' },
      { id: 2, attempt: 1, item: 'b' },
    ];
    expect(together).toMatchObject({ queue: 'letters', worker: 'in-memory', ...batch[0], batch });
    const [, ended] = heard[3] as Heard;
    expect([...(ended.failures ?? [])]).toEqual([[1, new Error('b is bad')]]);
    const [, alone] = heard[4] as Heard;
    expect(alone).toMatchObject({ batch: [{ id: 2, attempt: 2, item: 'b' }] });
  });

  test('tells of its finalizer', async () => {
    const heard = await heardDuring(() => runInMemory(letters, () => {}, { items: ['a'], finally: () => 'over' }));
    expect(heard.map(([event, { finalizer, result }]) => [event, finalizer, result])).toEqual([
      ['start', undefined, undefined],
      ['end', undefined, undefined],
      ['start', true, undefined],
      ['end', true, 'over'],
    ]);
  });

  test('tells nothing of an item whose handler is never called', async () => {
    const numbers = defineQueue({
      name: 'numbers',
      schema: { '~standard': { version: 1, vendor: 'test', validate: () => ({ issues: [{ message: 'no' }] }) } },
    });
    const heard = await heardDuring(() => runInMemory(numbers, () => {}, { payloads: ['1'] }));
    expect(heard).toEqual([]);
  });
});
