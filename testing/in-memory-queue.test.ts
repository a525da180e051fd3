import { setTimeout as realSleep } from 'node:timers/promises';
import { z } from 'zod';
import type { ItemContext } from '../worker/attempt';
import { defineQueue, InvalidItemError } from '../worker/definition/define-queue';
import { InMemoryQueue } from './in-memory-queue';
import { SimulatedCrash } from './in-memory-worker';
import { runInMemory } from './run-in-memory';
import { TestClock } from './test-clock';

const fruit = defineQueue({ name: 'fruit' });
const sizes = defineQueue({ name: 'sizes', schema: z.object({ width: z.int() }) });
const fails = () => {
  throw new Error('no');
};

afterEach(() => jest.useRealTimers());

describe('a run', () => {
  test('has results of at most the size that is allowed', async () => {
    const of = (most?: number) =>
      runInMemory(fruit, (item) => 'x'.repeat(Number(item) - 2), {
        items: ['10', '1048576', '1048577'],
        maxAttempts: 1,
        results: true,
        ...(most && { maxResultSize: most }),
      });
    expect((await of()).dead).toEqual([]);
    expect((await of(1_048_576)).dead).toEqual([
      expect.objectContaining({
        id: 3,
        error: expect.stringContaining('the result is 1048577 bytes of JSON, and 1048576 are allowed'),
      }),
    ]);
    expect((await of(9)).dead).toHaveLength(3);
    expect(() => of(67_108_865)).toThrow(
      'maxResultSize is 67108865; allowed are whole numbers of bytes, from 1 to 67108864',
    );
  });

  test('tells all that came of it', async () => {
    const handler = (item: string, { attempt, log }: { attempt: number; log(line: string): void }) => {
      log(`at ${item}`);
      if (item === 'banana') throw 'rotten';
      return item.length * attempt;
    };
    const run = await runInMemory(fruit, handler, { items: ['apple', 'banana'], maxAttempts: 2, results: true });
    const [first, second, third] = run.attempts;
    expect(run).toEqual({
      done: [{ id: 1, item: 'apple', attempts: 1, returned: 5 }],
      dead: [
        {
          id: 2,
          reason: 'handler',
          attempts: 2,
          at: new Date('2000-01-01T00:00:01Z'),
          error: 'rotten',
          duration: 0,
          history: [{ attempt: 1, at: new Date('2000-01-01T00:00:00Z'), error: 'rotten', duration: 0 }],
          payload: Buffer.from('banana'),
          item: 'banana',
        },
      ],
      results: [{ id: 1, result: 5, payload: Buffer.from('apple'), item: 'apple' }],
      left: 0,
      dropped: 0,
      attempts: [
        { id: 1, attempt: 1, token: first?.token, startedAt: 0, endedAt: 0, end: 'done', error: undefined },
        { id: 2, attempt: 1, token: second?.token, startedAt: 0, endedAt: 0, end: 'retry', error: 'rotten' },
        { id: 2, attempt: 2, token: third?.token, startedAt: 1_000, endedAt: 1_000, end: 'dead', error: 'rotten' },
      ],
      log: [
        '[1] at apple',
        '[2] at banana',
        '[2] attempt 1 of 2 failed, the next one in 1000 ms: rotten',
        '[2] at banana',
        '[2] dead letter (handler) after 2 attempts: rotten',
      ],
      elapsed: 1_000,
      exitCodes: [80],
      exitCode: 80,
    });
  });

  test('tells how far a handler came, attempt by attempt', async () => {
    const handler = (_: string, { attempt, progress }: ItemContext) => {
      if (attempt > 1) return;
      progress(0.1);
      progress(0.5, 'half');
      throw new Error('no');
    };
    const { attempts } = await runInMemory(fruit, handler, { items: ['apple'] });
    expect(attempts.map(({ progress }) => progress)).toEqual([{ fraction: 0.5, text: 'half' }, undefined]);
  });

  test('counts how long attempts took, by the clock', async () => {
    const queue = new InMemoryQueue(fruit, { items: ['apple', 'banana'] });
    await queue.run(async (item, { attempt }) => {
      await queue.clock.sleep(item === 'apple' ? 3 : 70_000);
      if (item === 'banana' && attempt === 1) throw new Error('no');
    });
    const { done, failed } = await queue.durations();
    expect([done.count, done.sum, failed.count, failed.sum]).toEqual([2, 70.003, 1, 70]);
    expect(done.buckets.filter(({ le }) => [0.005, 50, 100].includes(le)).map(({ count }) => count)).toEqual([1, 1, 2]);
  });

  test('is the same each time', async () => {
    const once = () => runInMemory(fruit, fails, { items: ['apple', 'banana'], concurrency: 2 });
    expect(await once()).toEqual(await once());
  });

  test('over nothing ends at once', async () => {
    expect(await runInMemory(fruit, fails)).toMatchObject({ done: [], attempts: [], elapsed: 0, exitCode: 0 });
  });

  test('takes no time for the longest backoff', async () => {
    const run = await runInMemory(fruit, fails, { items: ['apple'], maxAttempts: 20 });
    expect(run.attempts).toHaveLength(20);
    expect(run.elapsed).toBe(1_000 * (1 + 2 + 4 + 8 + 16 + 32 + 64 + 128 + 256) + 10 * 300_000);
  });

  test('goes by the given backoff and chance', async () => {
    const options = { items: ['apple'], backoff: { base: 100, max: 150 }, random: () => 0 };
    expect(await runInMemory(fruit, fails, options)).toMatchObject({ elapsed: 50 + 75 });
  });

  test('passes its lines on', async () => {
    const log = { info: jest.fn(), warn: jest.fn() };
    await runInMemory(fruit, (_, { log: say }) => say('here'), { items: ['apple'], log });
    expect(log.info).toHaveBeenCalledWith('[1] here');
  });

  test('goes through a great many items', async () => {
    const items = Array.from({ length: 20_000 }, String);
    const run = await runInMemory(fruit, async (item) => item, { items, concurrency: 64 });
    expect(run.done.map(({ item }) => item)).toEqual(items);
  });

  test('refuses items that do not fit', () => {
    const items = [{ width: 1 }, { width: 1.5 }];
    expect(() => new InMemoryQueue(sizes, { items })).toThrow(InvalidItemError);
    expect(() => runInMemory(sizes, () => {}, { items })).toThrow(/width: /);
  });

  test.each([
    ['concurrency', 0, 'concurrency is 0; allowed are whole numbers from 1 on'],
    ['maxAttempts', 1.5, 'maxAttempts is 1.5; allowed are whole numbers from 1 on'],
    ['itemTimeout', -1, 'itemTimeout is -1; allowed are whole numbers from 0 on'],
    ['terminateAfter', Number.NaN, 'terminateAfter is NaN; allowed are whole numbers from 0 on'],
  ])('refuses a %s of %p', (name, value, problem) => {
    expect(() => new InMemoryQueue(fruit).start(fails, { [name]: value })).toThrow(new RangeError(problem));
  });

  test('takes an option that is undefined for none', async () => {
    expect(await runInMemory(fruit, fails, { items: ['a'], maxAttempts: undefined })).toMatchObject({
      dead: [{ attempts: 3 }],
    });
  });
});

describe('the clock of a run', () => {
  test('waits for handlers that wait for something else', async () => {
    const clock = new TestClock(0);
    const handler = async (item: string) => {
      if (item === 'real') await realSleep(30);
      else await clock.sleep(20);
    };
    const run = await runInMemory(fruit, handler, { items: ['real', 'by the clock'], concurrency: 2, clock });
    expect(run).toMatchObject({ left: 0, elapsed: 20 });
  });

  test('stands still while handlers do real work', async () => {
    const run = await runInMemory(fruit, () => realSleep(20), { items: ['a', 'b'] });
    expect(run.elapsed).toBe(0);
  });

  test('aborts what really hangs once as much time has really passed', async () => {
    const hangs = (_: string, { signal }: { signal: AbortSignal }) => realSleep(3_600_000, undefined, { signal });
    const run = await runInMemory(fruit, hangs, { items: ['a'], itemTimeout: 50, maxAttempts: 1 });
    expect(run.dead).toMatchObject([
      { error: 'AbortError: The operation was aborted, caused by ItemTimeoutError: the item took longer than 50 ms' },
    ]);
    expect(run.elapsed).toBe(50);
  });

  test('does not mind fake timers', async () => {
    jest.useFakeTimers();
    const clock = new TestClock();
    const handler = async (_: string, { attempt, signal }: { attempt: number; signal: AbortSignal }) => {
      await clock.sleep(500);
      if (attempt === 1) throw new Error('again');
      await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    };
    const run = await runInMemory(fruit, handler, { items: ['a'], clock, itemTimeout: 520, maxAttempts: 2 });
    expect(run).toMatchObject({ dead: [{ attempts: 2 }], elapsed: 500 + 1_000 + 520 });
  });

  test('moves by hand for a worker that was started', async () => {
    const queue = new InMemoryQueue(fruit, { items: ['a', 'b'] });
    const started: string[] = [];
    const worker = queue.start(async (item) => {
      started.push(item);
      await queue.clock.sleep(100);
    });
    expect([started, worker.busy]).toEqual([[], 0]);
    await queue.clock.advance(0);
    expect([started, worker.busy]).toEqual([['a'], 1]);
    await queue.clock.advance(100);
    expect([started, queue.done, queue.left]).toEqual([['a', 'b'], 1, 1]);
    expect(await worker.report()).toMatchObject({
      done: [{ item: 'a' }],
      attempts: [{ end: 'done' }, { end: 'running' }],
    });
    await queue.clock.advance(100);
    expect(worker.over).toBe(true);
    expect(await worker.ended).toMatchObject({ elapsed: 200, exitCode: 0 });
  });
});

describe('a queue', () => {
  test('takes more items while a worker is at it', async () => {
    const queue = new InMemoryQueue(fruit, { items: ['slow'] });
    const seen: string[] = [];
    const worker = queue.start(
      async (item) => {
        seen.push(item);
        if (item === 'slow') await queue.clock.sleep(100);
      },
      { concurrency: 2 },
    );
    await queue.clock.advance(10);
    queue.fill(['more']);
    queue.push([Buffer.from('raw')]);
    await queue.clock.advance(10);
    expect(seen).toEqual(['slow', 'more', 'raw']);
    await worker.runToEnd();
    expect(queue.done).toBe(3);
  });

  test('is shared by workers, and ends them when it is drained', async () => {
    const queue = new InMemoryQueue(fruit, { items: ['a', 'b', 'c'] });
    const by: string[] = [];
    const handler = (name: string) => async (item: string) => {
      by.push(`${name} ${item}`);
      await queue.clock.sleep(10);
    };
    const [one, two] = await Promise.all([queue.run(handler('one')), queue.run(handler('two'))]);
    expect(by).toEqual(['one a', 'two b', 'one c']);
    expect([one.exitCode, two.exitCode]).toEqual([0, 0]);
    expect(two.elapsed).toBe(20);
  });

  test('keeps tokens apart from run to run', async () => {
    const queue = new InMemoryQueue(fruit, { items: ['a'] });
    const first = await queue.run(() => {});
    queue.fill(['b']);
    const second = await queue.run(() => {});
    expect(second.attempts[0]!.token > first.attempts[0]!.token).toBe(true);
    expect(second.attempts[0]!.id).toBe(2);
  });

  test('gives back in order what a stopped worker held', async () => {
    const queue = new InMemoryQueue(fruit, { items: ['a', 'b', 'c'] });
    await queue.run(() => queue.clock.sleep(60_000), { concurrency: 2, terminateAfter: 5, grace: 0 });
    const { attempts } = await queue.run(() => {});
    expect(attempts.map(({ id, attempt }) => [id, attempt])).toEqual([
      [1, 1],
      [2, 1],
      [3, 1],
    ]);
  });
});

describe('a worker', () => {
  const sleepsOn = (queue: InMemoryQueue<string>) => () => queue.clock.sleep(60_000);

  test('that gets SIGTERM twice ends at once', async () => {
    const queue = new InMemoryQueue(fruit, { items: ['a'] });
    const worker = queue.start(sleepsOn(queue));
    await queue.clock.advance(1);
    worker.terminate();
    expect(worker.over).toBe(false);
    worker.terminate();
    expect(await worker.ended).toMatchObject({ elapsed: 1, left: 1, exitCode: 143, attempts: [{ end: 'back' }] });
    expect(worker.terminate()).toBeUndefined();
  });

  test('that crashes is charged for all that it was at', async () => {
    const queue = new InMemoryQueue(fruit, { items: ['a', 'b', 'c'] });
    const worker = queue.start(sleepsOn(queue), { concurrency: 2 });
    await queue.clock.advance(1);
    worker.crash();
    const { attempts, exitCodes } = await worker.runToEnd();
    expect(attempts.map(({ id, attempt, end }) => [id, attempt, end])).toEqual([
      [1, 1, 'crash'],
      [2, 1, 'crash'],
      [1, 2, 'done'],
      [2, 2, 'done'],
      [3, 1, 'done'],
    ]);
    expect(exitCodes).toEqual([1, 0]);
  });

  test('that is killed after SIGTERM charges nothing, and one that crashes by itself then does', async () => {
    const queue = new InMemoryQueue(fruit, { items: ['a'] });
    const killed = queue.start(sleepsOn(queue));
    await queue.clock.advance(1);
    killed.terminate();
    killed.crash();
    expect(await killed.ended).toMatchObject({ attempts: [{ attempt: 1, end: 'back' }], exitCode: 1 });
    const crashing = queue.start(async () => {
      await queue.clock.sleep(5_000);
      throw new SimulatedCrash();
    });
    await queue.clock.advance(1);
    crashing.terminate();
    await queue.clock.advance(5_000);
    expect(await crashing.ended).toMatchObject({ attempts: [{ attempt: 1, end: 'crash' }], exitCode: 1 });
    expect((await queue.run(() => undefined)).attempts).toMatchObject([{ attempt: 2, end: 'done' }]);
  });

  test('takes what crashed another one, in its last attempt, with empty hands alone', async () => {
    const queue = new InMemoryQueue(fruit, { items: ['fatal', 'slow', 'next'] });
    const options = { maxAttempts: 2, concurrency: 2 };
    const crash = async () => {
      await queue.clock.sleep(1);
      throw new SimulatedCrash();
    };
    const one = queue.start(crash, { ...options, concurrency: 1 });
    const two = queue.start((item) => (item === 'slow' ? queue.clock.sleep(100) : queue.clock.sleep(10)), options);
    await queue.clock.advance(0);
    one.terminate();
    const { attempts } = await two.runToEnd();
    expect(attempts.map(({ id, attempt, startedAt }) => [id, attempt, startedAt])).toEqual([
      [2, 1, 0],
      [3, 1, 0],
      [1, 2, 100],
    ]);
  });

  test('books nothing of what ends after its process did', async () => {
    const queue = new InMemoryQueue(fruit, { items: ['late', 'fatal'] });
    const handler = async (item: string, { attempt }: { attempt: number }) => {
      if (attempt > 1) return;
      await queue.clock.sleep(item === 'late' ? 20 : 10);
      if (item === 'fatal') throw new SimulatedCrash();
    };
    const { done, attempts } = await queue.run(handler, { concurrency: 2 });
    await queue.clock.advance(100);
    expect(done.map(({ id, attempts: after }) => [id, after])).toEqual([
      [1, 2],
      [2, 2],
    ]);
    expect(attempts.map(({ end }) => end)).toEqual(['crash', 'crash', 'done', 'done']);
    expect(queue.done).toBe(2);
  });

  test('that hangs while it is stopped ends for that', async () => {
    const queue = new InMemoryQueue(fruit, { items: ['a', 'b'] });
    const options = { itemTimeout: 1_000, terminateAfter: 500, grace: 60_000, concurrency: 2 };
    expect(await queue.run(sleepsOn(queue), options)).toMatchObject({ exitCodes: [85], left: 2 });
  });
});

describe('where the work never ends', () => {
  test('the worker takes what comes after the queue was empty, and ends with 143 when it is told to', async () => {
    const queue = new InMemoryQueue(defineQueue({ name: 'stream' }), { items: ['a'] });
    const worker = queue.start(async () => {}, { endless: true });
    await queue.clock.advance(60_000);
    expect([queue.done, worker.over]).toEqual([1, false]);
    queue.fill(['b']);
    await queue.clock.advance(0);
    expect([queue.done, worker.over]).toEqual([2, false]);
    worker.terminate();
    expect(await worker.ended).toMatchObject({ left: 0, exitCodes: [143] });
  });

  test('what could never come to its end is refused', () => {
    const queue = new InMemoryQueue(defineQueue({ name: 'stream' }));
    expect(() => queue.run(async () => {}, { endless: true })).toThrow('give terminateAfter, or use start');
    expect(() => queue.start(async () => {}, { endless: true, finally: async () => {} })).toThrow(
      'finally is given beside endless: true, and never runs',
    );
  });
});
