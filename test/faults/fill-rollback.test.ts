import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { cutPower, startRedisServer, written } from '../../local/redis';
import { defineQueue, FillInterruptedError, type FillItems, type FillOptions, WorkQueue } from '../../worker';
import { EXIT } from '../../worker/contract';
import { Rwq } from '../cli/rwq';
import { expectEnding, QueueUnderTest } from '../queue-under-test';
import { endWorkers } from '../worker-process';

// The power goes while a queue is filled: Redis comes back without the last of what it had answered.

const SILENT = { info: () => {}, warn: () => {} };
const ITEMS = Array.from({ length: 5_000 }, (_, i) => `nothing ${i}`);

/** Read once, as most iterables are. */
function* once5000() {
  yield* ITEMS;
}

/** A queue on a Redis of its own, whose power is cut. */
class PowerlessQueue extends QueueUnderTest {
  /** How much Redis had written when so many items were in; the power cut keeps that. */
  kept = 0;
  cutting: Promise<void> | undefined;

  cut(): void {
    this.cutting ??= cutPower(this.server, this.kept);
  }

  /** Fills, and cuts the power once so many items are in, back to when 3,000 were. */
  async fillAndCut(items: FillItems<string>, cutAt: number, options: FillOptions): Promise<number> {
    const client = new WorkQueue(defineQueue({ name: this.name }), { url: this.server.url, log: SILENT });
    const onProgress = (filled: number) => {
      if (filled === 3_000 && this.kept === 0) this.kept = written(this.server);
      if (filled === cutAt) this.cut();
    };
    return client.fill(items, { ...options, onProgress }).finally(() => client.close());
  }

  /** Cuts the power as soon as all are in that a program fills, back to where only the first push was. */
  async cutAll(): Promise<void> {
    await this.filledTo(1_000);
    this.kept = written(this.server);
    await this.filledTo(5_000);
    await cutPower(this.server, Math.min(this.kept, written(this.server) - 1_000));
  }

  private filledTo(items: number): Promise<number> {
    return this.until(
      'filled',
      () => this.redis.llen(this.name),
      (length) => length >= items,
    );
  }

  there(): Promise<string[]> {
    return this.redis.lrange(this.name, 0, -1);
  }

  field(name: string): Promise<string | null> {
    return this.redis.hget(this.keys.meta, name);
  }
}

/** A test on such a queue. Most of its time a fill waits for the disk, so several run at once. */
function on<Args extends unknown[]>(act: (queue: PowerlessQueue, ...args: Args) => Promise<void>) {
  return async (...args: Args) => {
    const queue = new PowerlessQueue();
    queue.name = 'queue';
    queue.server = await startRedisServer({ appendOnly: true });
    queue.redis = new Redis(queue.server.url);
    queue.redis.on('error', () => {});
    try {
      await act(queue, ...args);
    } finally {
      queue.redis.disconnect();
      await queue.server.stop();
    }
  };
}

afterAll(endWorkers);

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
    test.concurrent(
      'when the power goes after the last item',
      on(async (queue) => {
        expect(await queue.fillAndCut(items, 5_000, { ...batch, seal: true })).toBe(5_000);
        await queue.cutting;
        expect(await queue.there()).toEqual(ITEMS);
        expect(await queue.field('total')).toBe('5000');
      }),
    );
  });

  test.concurrent(
    'it goes between two pushes',
    on(async (queue) => {
      expect(await queue.fillAndCut(ITEMS, 4_000, { ...batch, seal: true })).toBe(5_000);
      await queue.cutting;
      expect(await queue.there()).toEqual(ITEMS);
      expect(await queue.field('total')).toBe('5000');
    }),
  );

  test.concurrent(
    'without a seal: what fill reported is there for a later seal',
    on(async (queue) => {
      expect(await queue.fillAndCut(ITEMS, 5_000, batch)).toBe(5_000);
      await queue.cutting;
      expect(await queue.there()).toEqual(ITEMS);
      expect(await queue.withClient((client) => client.seal(batch))).toBe(5_000);
    }),
  );

  test.concurrent(
    'while it waits for the disk, with the seal in memory alone',
    on(async (queue) => {
      const filling = queue.fillAndCut(ITEMS, 0, { ...batch, seal: true });
      await queue.until(
        'sealed',
        () => queue.field('sealed'),
        (sealed) => sealed === '1',
      );
      queue.cut();
      expect(await filling).toBe(5_000);
      await queue.cutting;
      expect(await queue.there()).toEqual(ITEMS);
      expect([await queue.field('sealed'), await queue.field('total')]).toEqual(['1', '5000']);
    }),
  );

  test.concurrent.each([4_000, 5_000])(
    'what is read once is not half of it sealed: after %d items',
    on(async (queue, cutAt: number) => {
      const failure = await queue.fillAndCut(once5000(), cutAt, { ...batch, seal: true }).catch((error) => error);
      await queue.cutting;
      expect(failure).toBeInstanceOf(FillInterruptedError);
      expect(failure.exitCode).toBe(86);
      expect(failure.message).toMatch(
        /^Redis came back with less than it had while the queue .* was filled: .*3000.*again/,
      );
      expect(await queue.field('sealed')).toBeNull();
    }),
  );

  test.concurrent(
    'nor reported where there is no seal',
    on(async (queue) => {
      await expect(queue.fillAndCut(once5000(), 5_000, batch)).rejects.toThrow('3000 of 5000 items are there');
    }),
  );

  test.concurrent(
    'what fill has reported stays, whatever is lost that was written later',
    on(async (queue) => {
      expect(await queue.fillAndCut(ITEMS, 0, { ...batch, seal: true })).toBe(5_000);
      queue.kept = written(queue.server);
      await queue.redis.hset('later', 'a', 1);
      await cutPower(queue.server, queue.kept);
      expect(await queue.there()).toEqual(ITEMS);
      expect(await queue.redis.exists('later')).toBe(0);
    }),
  );
});

test.concurrent(
  'a batch that replaces one that is done, when Redis comes back with that one',
  on(async (queue) => {
    await queue.withClient((client) => client.fill(['apple'], { batchId: 'old', seal: true }));
    await queue.redis.del(queue.name);
    await queue.redis.hset(queue.keys.meta, { claimed: 1, done: 1 });
    await queue.withClient((client) => client.settleToDisk());
    queue.kept = written(queue.server);
    expect(await queue.fillAndCut(ITEMS, 3_000, { batchId: 'new', seal: true })).toBe(5_000);
    expect(await queue.there()).toEqual(ITEMS);
    expect([await queue.field('batch'), await queue.field('sealed'), await queue.field('total')]).toEqual([
      'new',
      '1',
      '5000',
    ]);
    expect(await queue.redis.hget(queue.keys.former, 'old')).toBe('1');
    await queue.cutting;
  }),
);

test.concurrent(
  'a batch that was filled once is filled again by another call',
  on(async (queue) => {
    await queue.fillAndCut(once5000(), 5_000, { batchId: 'monday', seal: true }).catch(() => {});
    await queue.cutting;
    expect(await queue.fillAndCut(once5000(), 0, { batchId: 'monday', seal: true })).toBe(5_000);
    expect(await queue.there()).toEqual(ITEMS);
  }),
);

test.concurrent(
  'a seal that is gone is made again, and never with less',
  on(async (queue) => {
    await queue.push('a', 'b', 'c');
    await queue.redis.hset(queue.keys.meta, 'paused', 1);
    const whole = written(queue.server);
    const sealAndCut = async (to: number) => {
      const sealing = queue.withClient((client) => client.seal());
      await queue.until(
        'sealed',
        () => queue.field('sealed'),
        (sealed) => sealed === '1',
      );
      await cutPower(queue.server, to);
      return sealing;
    };
    expect(await sealAndCut(whole)).toBe(3);
    expect(await queue.field('total')).toBe('3');
    await queue.redis.del(queue.name, ...Object.values(queue.keys));
    await queue.push('a', 'b');
    const two = written(queue.server);
    await queue.push('c');
    await expect(sealAndCut(two)).rejects.toThrow(/items in the queue .*: 2, not 3.*then seal again/s);
    expect(await queue.field('sealed')).toBeNull();
  }),
);

test.concurrent(
  'a worker does all of it',
  on(async (queue) => {
    await queue.fillAndCut(ITEMS, 5_000, { seal: true });
    await queue.cutting;
    await expectEnding(queue.start(), EXIT.drained, 'queue: 5000 items, 5000 done, 0 dead');
  }),
);

describe('programs', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'fill-'));
    writeFileSync(join(folder, 'items.txt'), ITEMS.join('\n'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test(
    'rwq fill of a file',
    on(async (queue) => {
      const args = ['fill', join(folder, 'items.txt'), '--queue', queue.name, '--url', queue.server.url, '--seal'];
      const filling = new Rwq(args);
      await queue.cutAll();
      const { code, stdout } = await filling.ended;
      expect([code, stdout]).toEqual([0, expect.stringContaining('is sealed: 5,000 items in all')]);
      expect(await queue.there()).toEqual(ITEMS);
    }),
  );

  test(
    'rwq fill of standard input',
    on(async (queue) => {
      const args = ['fill', '-', '--queue', queue.name, '--url', queue.server.url, '--seal'];
      const filling = new Rwq(args, { input: ITEMS.join('\n') });
      await queue.cutAll();
      const { code, stderr } = await filling.ended;
      expect([code, stderr]).toEqual([86, expect.stringContaining('Redis came back with less than it had')]);
      expect(await queue.field('sealed')).toBeNull();
    }),
  );

  test.each([
    ['a function', '() => ITEMS', 0],
    ['what is read once', 'ITEMS.values()', 86],
  ])(
    'runFiller, given %s',
    on(async (queue, _: string, items: string, expected: number) => {
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
      await queue.cutAll();
      expect((await ended)[0]).toBe(expected);
      if (expected === 0) expect(await queue.there()).toEqual(ITEMS);
      expect(await queue.field('sealed')).toBe(expected === 0 ? '1' : null);
    }),
  );
});
