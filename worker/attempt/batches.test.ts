import { StoppedError, UnrecoverableError } from '../errors';
import type { BatchContext } from './batch-context';
import { checkBatch, lanesOf } from './batch-options';
import { Batches, type Gathering } from './batches';
import { ItemContext } from './item-context';

/** A call of the handler, which ends as the test says. */
interface Call {
  readonly items: string[];
  readonly context: BatchContext;
  ends(returned?: unknown): Promise<void>;
  fails(error: unknown): Promise<void>;
}

/** A layer without a worker around it, on a clock that the test moves. */
function batchesUnderTest(options: Partial<Gathering>, handle?: () => unknown) {
  const calls: Call[] = [];
  const ended: string[] = [];
  const placed: string[] = [];
  const log: string[] = [];
  const slow: number[] = [];
  const alarms = new Set<{ readonly at: number; readonly act: () => void }>();
  let now = 0;
  let id = 0;
  const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
  const handler = (items: string[], context: BatchContext) =>
    new Promise((resolve, reject) => {
      const ends = (returned: unknown) => {
        resolve(returned);
        return settled();
      };
      const fails = (error: unknown) => {
        reject(error);
        return settled();
      };
      calls.push({ items, context, ends, fails });
    });
  const write = (line: string) => log.push(line);
  const caller = { queue: 'letters', worker: 'pod-1' };
  const given = {
    size: 3,
    calls: 1,
    maxAttempts: 3,
    results: false,
    caller,
    log: { info: write, warn: write },
    ...options,
  };
  const batches = new Batches<string, string>(handle ?? handler, given, {
    waits: (place) => placed.push(`${place} waits`),
    begin: (places, call) => {
      placed.push(`${places.join('')} runs`);
      return call();
    },
    now: () => now,
    after: (ms, act) => {
      const alarm = { at: now + ms, act };
      alarms.add(alarm);
      return () => alarms.delete(alarm);
    },
  });
  return {
    batches,
    calls,
    ended,
    placed,
    log,
    slow,
    items: () => calls.map(({ items }) => items.join('')),
    take: (letters: string, attempt = 1) =>
      [...letters].map((item) => {
        const notes = { leave: () => {}, hurry: () => {} };
        const context = new ItemContext({
          id: ++id,
          attempt,
          write,
          notes,
          slowDown: (ms: number) => slow.push(ms),
        } as never);
        const tell = (how: string) => (what: unknown) => ended.push(`${item} ${how} ${what}`);
        batches.take(item, context, item).then(tell('is'), tell('failed:'));
        return context;
      }),
    advance: (ms: number) => {
      now += ms;
      for (const alarm of [...alarms]) {
        if (alarm.at > now) continue;
        alarms.delete(alarm);
        alarm.act();
      }
    },
  };
}

test('calls the handler as soon as there are as many items as a call takes', () => {
  const { take, items, advance } = batchesUnderTest({ calls: 5, wait: 100 });
  take('ab');
  expect(items()).toEqual([]);
  take('cd');
  expect(items()).toEqual(['abc']);
  advance(99);
  expect(items()).toEqual(['abc']);
  advance(1);
  expect(items()).toEqual(['abc', 'd']);
});

test('waits for others from the first item on, not from the last', () => {
  const { take, items, advance } = batchesUnderTest({ wait: 100 });
  take('a');
  advance(60);
  take('b');
  advance(39);
  expect(items()).toEqual([]);
  advance(1);
  expect(items()).toEqual(['ab']);
});

test('without a wait takes what has come together', () => {
  const { take, items, advance } = batchesUnderTest({});
  take('a');
  take('b');
  expect(items()).toEqual([]);
  advance(0);
  expect(items()).toEqual(['ab']);
});

test('makes no more calls at once than it may, and gathers meanwhile', async () => {
  const { take, items, advance, calls, placed } = batchesUnderTest({ calls: 2, wait: 10 });
  take('abcdefg');
  expect(items()).toEqual(['abc', 'def']);
  advance(10);
  take('h');
  expect(items()).toEqual(['abc', 'def']);
  expect(placed.at(-1)).toBe('h waits');
  await calls[1]?.ends();
  expect(items()).toEqual(['abc', 'def', 'gh']);
  expect(placed.at(-1)).toBe('gh runs');
});

test('what is left over has waited since it came, not since the call that it did not fit in', async () => {
  const { take, items, advance, calls } = batchesUnderTest({ wait: 100 });
  take('abc');
  advance(50);
  take('defg');
  advance(20);
  await calls[0]?.ends();
  expect(items()).toEqual(['abc', 'def']);
  await calls[1]?.ends();
  advance(79);
  expect(items()).toEqual(['abc', 'def']);
  advance(1);
  expect(items()).toEqual(['abc', 'def', 'g']);
});

test('runs an item in its last attempt alone, at once where a call is free', async () => {
  const { take, items, calls, advance } = batchesUnderTest({ wait: 100 });
  take('a');
  take('xy', 3);
  take('b');
  expect(items()).toEqual(['x']);
  advance(100);
  await calls[0]?.ends();
  await calls[1]?.ends();
  expect(items()).toEqual(['x', 'y', 'ab']);
});

test('what it throws fails all, and an item that failed by itself keeps its own error', async () => {
  const { take, ended, calls } = batchesUnderTest({});
  take('abc');
  calls[0]?.context.fail(1, 'first');
  calls[0]?.context.fail(1, 'second');
  await calls[0]?.fails('all');
  expect(ended).toEqual(['a failed: all', 'b failed: first', 'c failed: all']);
});

test('one that throws before it returns a promise fails all', async () => {
  const { take, ended } = batchesUnderTest({}, () => {
    throw 'at once';
  });
  take('abc');
  await new Promise((resolve) => setImmediate(resolve));
  expect(ended).toEqual(['a failed: at once', 'b failed: at once', 'c failed: at once']);
});

test('an item that failed is failed alone', async () => {
  const { take, ended, calls } = batchesUnderTest({});
  take('abc');
  calls[0]?.context.fail(2, undefined);
  await calls[0]?.ends();
  expect(ended).toEqual(['a is undefined', 'b is undefined', 'c failed: undefined']);
});

test.each([-1, 3, 0.5, Number.NaN, '0' as unknown as number])('refuses %p as the index of an item', (index) => {
  const { take, calls } = batchesUnderTest({});
  take('abc');
  expect(() => calls[0]?.context.fail(index)).toThrow(
    `fail was given ${index} as the index of an item; this call has 3: allowed are 0 to 2`,
  );
});

test('says so where an item fails after the call has returned', async () => {
  const { take, calls, log, ended } = batchesUnderTest({});
  take('abc');
  await calls[0]?.ends();
  calls[0]?.context.fail(0, 'late');
  expect(log).toEqual(['[1 and 2 more] fail(0) came after the call had returned: the item is done']);
  expect(ended[0]).toBe('a is undefined');
});

test('whoever gives up for good without a word of which item convicts none of several', async () => {
  const { take, ended, calls } = batchesUnderTest({ calls: 2 });
  take('abc');
  take('x', 3);
  await calls[0]?.fails(new UnrecoverableError('gone'));
  await calls[1]?.fails(new UnrecoverableError('gone'));
  const why = 'Error: a call with several items does not say which of them is unrecoverable; fail(index, error) does';
  expect(ended).toEqual([
    `a failed: ${why}`,
    `b failed: ${why}`,
    `c failed: ${why}`,
    'x failed: UnrecoverableError: gone',
  ]);
});

describe('what is kept', () => {
  test('is one result for each item, in their order', async () => {
    const { take, ended, calls } = batchesUnderTest({ results: true });
    take('abc');
    calls[0]?.context.fail(1, 'no');
    await calls[0]?.ends([1, 2, 3]);
    expect(ended).toEqual(['a is 1', 'b failed: no', 'c is 3']);
  });

  test.each([
    [[1, 2], 'an array of 2'],
    [[1, 2, 3, 4], 'an array of 4'],
    [undefined, 'undefined'],
    [null, 'null'],
    [{ length: 3 }, 'object'],
    ['abc', 'string'],
  ])('is refused for all where %p is returned', async (returned, given) => {
    const { take, ended, calls } = batchesUnderTest({ results: true });
    take('abc');
    await calls[0]?.ends(returned);
    const why = `TypeError: the handler returned ${given} for 3 items, and results are kept: return an array with one result for each item, in their order`;
    expect(ended).toEqual(['a', 'b', 'c'].map((item) => `${item} failed: ${why}`));
  });

  test('is nothing where results are not kept, whatever is returned', async () => {
    const { take, ended, calls } = batchesUnderTest({});
    take('abc');
    await calls[0]?.ends('whatever');
    expect(ended).toEqual(['a is undefined', 'b is undefined', 'c is undefined']);
  });
});

describe('a worker that ends', () => {
  test('waits for no more items', () => {
    const { batches, take, items } = batchesUnderTest({ calls: 2, wait: 1_000 });
    take('a');
    batches.hurry();
    expect(items()).toEqual(['a']);
    take('b');
    expect(items()).toEqual(['a', 'b']);
  });

  test('drops what was aborted before its call, and aborts the signals of calls', async () => {
    const { batches, take, items, calls, ended, advance } = batchesUnderTest({ size: 2, wait: 10 });
    const contexts = [...take('abc'), ...take('x', 3)];
    const reason = new StoppedError('the worker has to stop');
    for (const context of contexts) context.abort(reason);
    batches.dropAborted();
    await calls[0]?.fails(calls[0].context.signal.reason);
    expect(ended.sort()).toEqual(['a', 'b', 'c', 'x'].map((item) => `${item} failed: ${reason}`));
    advance(10);
    expect(items()).toEqual(['ab']);
  });

  test('calls nothing any more', () => {
    const { batches, take, items, advance } = batchesUnderTest({ wait: 10 });
    take('ab');
    batches.close();
    advance(10);
    expect(items()).toEqual([]);
  });
});

test('a call slows all workers down as an item does', () => {
  const { take, calls, slow } = batchesUnderTest({});
  take('abc');
  calls[0]?.context.slowDown(500);
  expect(slow).toEqual([500]);
});

test('the log says of which items a line is', () => {
  const { take, calls, log } = batchesUnderTest({ calls: 2 });
  take('abc');
  take('x', 3);
  calls[0]?.context.log('one\ntwo');
  calls[1]?.context.log('alone');
  expect(log).toEqual(['[1 and 2 more] one', '[1 and 2 more] two', '[4] alone']);
});

describe('options', () => {
  test.each([0, 10_001, 1.5, Number.NaN, '3'])('refuse a size that is none: %p', (size) => {
    expect(() => checkBatch({ size: size as number })).toThrow(
      `batch.size is ${size}; allowed are whole numbers from 1 to 10000`,
    );
  });

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, '3'])('refuse a wait that is no time: %p', (wait) => {
    expect(() => checkBatch({ size: 3, wait: wait as number })).toThrow(
      `batch.wait is ${wait}; allowed are ms, from 0 to 2147483647`,
    );
  });

  test('refuse others', () => {
    expect(() => checkBatch({ size: 3, waits: 5 } as never)).toThrow('batch has no option waits');
    expect(() => checkBatch(3 as never)).toThrow('batch was given a number as its options');
  });

  test('make as many lanes as there are items in all calls, and no more than a worker can have', () => {
    expect(lanesOf(100, { size: 100 })).toBe(10_000);
    expect(lanesOf(5, undefined)).toBe(5);
    expect(() => lanesOf(101, { size: 100 })).toThrow(
      'concurrency 101 and batch.size 100 make 10100 items at once in one worker; allowed are 10000: lower one of the two',
    );
  });
});
