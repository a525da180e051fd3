import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cutPower, written } from '../../local/redis';
import { defineQueue, FillInterruptedError, type FillItems, type FillOptions, WorkQueue } from '../../worker';
import { EXIT } from '../../worker/contract';
import { Rwq } from '../cli/rwq';
import { expectEnding, useQueue } from '../queue-under-test';

// The power goes while a queue is filled: Redis comes back without the last of what it had answered.

const queue = useQueue({ appendOnly: true });
const SILENT = { info: () => {}, warn: () => {} };
const ITEMS = Array.from({ length: 5_000 }, (_, i) => `nothing ${i}`);

/** Read once, as most iterables are. */
function* once5000() {
  yield* ITEMS;
}

/** How much Redis had written when so many items were in; the power cut keeps that. */
let kept: number;
let cutting: Promise<void> | undefined;

beforeEach(() => {
  cutting = undefined;
});

const cut = () => {
  cutting ??= cutPower(queue.server, kept);
};

/** Fills, and cuts the power once so many items are in, back to when 3,000 were. */
function fill(items: FillItems<string>, cutAt: number, options: FillOptions): Promise<number> {
  const client = new WorkQueue(defineQueue({ name: queue.name }), { url: queue.server.url, log: SILENT });
  const onProgress = (filled: number) => {
    if (filled === 3_000 && kept === 0) kept = written(queue.server);
    if (filled === cutAt) cut();
  };
  return client.fill(items, { ...options, onProgress }).finally(() => client.close());
}

beforeEach(() => {
  kept = 0;
});

const there = () => queue.redis.lrange(queue.name, 0, -1);
const field = (name: string) => queue.redis.hget(queue.keys.meta, name);

describe.each([
  ['without a batch', {}],
  ['with a batch', { batchId: 'monday' }],
])('%s', (_, batch) => {
  describe.each([
    ['an array', ITEMS],
    ['a function that gets a generator', once5000],
    [
      'a function that gets an async iterable',
      async () => ({
        [Symbol.asyncIterator]: async function* () {
          yield* ITEMS;
        },
      }),
    ],
    ['a set', new Set(ITEMS)],
  ])('%s is read again', (_name, items) => {
    test('when the power goes after the last item', async () => {
      expect(await fill(items, 5_000, { ...batch, seal: true })).toBe(5_000);
      await cutting;
      expect(await there()).toEqual(ITEMS);
      expect(await field('total')).toBe('5000');
    });
  });

  test('it goes between two pushes', async () => {
    expect(await fill(ITEMS, 4_000, { ...batch, seal: true })).toBe(5_000);
    await cutting;
    expect(await there()).toEqual(ITEMS);
    expect(await field('total')).toBe('5000');
  });

  test('without a seal: what fill reported is there for a later seal', async () => {
    expect(await fill(ITEMS, 5_000, batch)).toBe(5_000);
    await cutting;
    expect(await there()).toEqual(ITEMS);
    expect(await queue.withClient((client) => client.seal(batch))).toBe(5_000);
  });

  test('while it waits for the disk, with the seal in memory alone', async () => {
    const filling = fill(ITEMS, 0, { ...batch, seal: true });
    await queue.until(
      'sealed',
      () => field('sealed'),
      (sealed) => sealed === '1',
    );
    cut();
    expect(await filling).toBe(5_000);
    await cutting;
    expect(await there()).toEqual(ITEMS);
    expect([await field('sealed'), await field('total')]).toEqual(['1', '5000']);
  });

  test.each([4_000, 5_000])('what is read once is not half of it sealed: after %d items', async (cutAt) => {
    const failure = await fill(once5000(), cutAt, { ...batch, seal: true }).catch((error) => error);
    await cutting;
    expect(failure).toBeInstanceOf(FillInterruptedError);
    expect(failure.exitCode).toBe(86);
    expect(failure.message).toMatch(
      /^Redis came back with less than it had while the queue .* was filled: .*3000.*again/,
    );
    expect(await field('sealed')).toBeNull();
  });

  test('nor reported where there is no seal', async () => {
    await expect(fill(once5000(), 5_000, batch)).rejects.toThrow('3000 of 5000 items are there');
  });

  test('what fill has reported stays, whatever is lost that was written later', async () => {
    expect(await fill(ITEMS, 0, { ...batch, seal: true })).toBe(5_000);
    kept = written(queue.server);
    await queue.redis.hset('later', 'a', 1);
    await cutPower(queue.server, kept);
    expect(await there()).toEqual(ITEMS);
    expect(await queue.redis.exists('later')).toBe(0);
  });
});

test('a batch that replaces one that is done, when Redis comes back with that one', async () => {
  await queue.withClient((client) => client.fill(['apple'], { batchId: 'old', seal: true }));
  await queue.redis.del(queue.name);
  await queue.redis.hset(queue.keys.meta, { claimed: 1, done: 1 });
  await queue.withClient((client) => client.settleToDisk());
  kept = written(queue.server);
  expect(await fill(ITEMS, 3_000, { batchId: 'new', seal: true })).toBe(5_000);
  expect(await there()).toEqual(ITEMS);
  expect([await field('batch'), await field('sealed'), await field('total')]).toEqual(['new', '1', '5000']);
  expect(await queue.redis.hget(queue.keys.former, 'old')).toBe('1');
  await cutting;
});

test('a batch that was filled once is filled again by another call', async () => {
  await fill(once5000(), 5_000, { batchId: 'monday', seal: true }).catch(() => {});
  await cutting;
  expect(await fill(once5000(), 0, { batchId: 'monday', seal: true })).toBe(5_000);
  expect(await there()).toEqual(ITEMS);
});

test('a seal that is gone is made again, and never with less', async () => {
  await queue.push('a', 'b', 'c');
  await queue.redis.hset(queue.keys.meta, 'paused', 1);
  const whole = written(queue.server);
  const sealAndCut = async (to: number) => {
    const sealing = queue.withClient((client) => client.seal());
    await queue.until(
      'sealed',
      () => field('sealed'),
      (sealed) => sealed === '1',
    );
    await cutPower(queue.server, to);
    return sealing;
  };
  expect(await sealAndCut(whole)).toBe(3);
  expect(await field('total')).toBe('3');
  await queue.redis.del(queue.name, ...Object.values(queue.keys));
  await queue.push('a', 'b');
  const two = written(queue.server);
  await queue.push('c');
  await expect(sealAndCut(two)).rejects.toThrow(/items in the queue .*: 2, not 3.*then seal again/s);
  expect(await field('sealed')).toBeNull();
});

test('a worker does all of it', async () => {
  await fill(ITEMS, 5_000, { seal: true });
  await cutting;
  await expectEnding(queue.start(), EXIT.drained, 'queue: 5000 items, 5000 done, 0 dead');
});

describe('programs', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'fill-'));
    writeFileSync(join(folder, 'items.txt'), ITEMS.join('\n'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const filledTo = (items: number) =>
    queue.until(
      'filled',
      () => queue.redis.llen(queue.name),
      (length) => length >= items,
    );

  /** Cuts the power as soon as all are in, back to where only the first push was. */
  async function cutAll(): Promise<void> {
    await filledTo(1_000);
    kept = written(queue.server);
    await filledTo(5_000);
    await cutPower(queue.server, Math.min(kept, written(queue.server) - 1_000));
  }

  test('rwq fill of a file', async () => {
    const args = ['fill', join(folder, 'items.txt'), '--queue', queue.name, '--url', queue.server.url, '--seal'];
    const filling = new Rwq(args);
    await cutAll();
    const { code, stdout } = await filling.ended;
    expect([code, stdout]).toEqual([0, expect.stringContaining('is sealed: 5,000 items in all')]);
    expect(await there()).toEqual(ITEMS);
  });

  test('rwq fill of standard input', async () => {
    const args = ['fill', '-', '--queue', queue.name, '--url', queue.server.url, '--seal'];
    const filling = new Rwq(args, { input: ITEMS.join('\n') });
    await cutAll();
    const { code, stderr } = await filling.ended;
    expect([code, stderr]).toEqual([86, expect.stringContaining('Redis came back with less than it had')]);
    expect(await field('sealed')).toBeNull();
  });

  test.each([
    ['a function', '() => ITEMS', 0],
    ['what is read once', 'ITEMS.values()', 86],
  ])('runFiller, given %s', async (_, items, expected) => {
    const program = `const { defineQueue, runFiller } = require(${JSON.stringify(join(__dirname, '../../build/worker'))});
      const ITEMS = Array.from({ length: 5000 }, (_, i) => 'nothing ' + i);
      runFiller(defineQueue({ name: ${JSON.stringify(queue.name)} }), ${items});`;
    const child = spawn(process.execPath, ['-e', program], {
      env: {
        PATH: process.env.PATH,
        REDIS_URL: queue.server.url,
        WORK_QUEUE_NAME: queue.name,
        WORK_QUEUE_BATCH: 'monday',
        WORK_QUEUE_TERMINATION_LOG: join(folder, 'termination'),
      },
      stdio: 'ignore',
    });
    const ended = once(child, 'exit');
    await cutAll();
    expect((await ended)[0]).toBe(expected);
    if (expected === 0) expect(await there()).toEqual(ITEMS);
    expect(await field('sealed')).toBe(expected === 0 ? '1' : null);
  });
});
