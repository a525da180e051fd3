import { UnrecoverableError } from 'cdk8s-redis-work-queue/worker';
import { attemptsOf, batchScenario, itemsOf, QUICK, type Scenario, type Seen, text } from '../scenario';
import { reasonOf } from '../signal';

/** The calls with more than one item, and those with one, each by its items. */
function callsOf({ notes }: Seen): { several: string[]; lone: string[] } {
  const calls = notes.filter((note) => !note.includes(':')).map((note) => note.split(' '));
  const named = (several: boolean) =>
    calls.filter(({ length }) => length > 1 === several).map((items) => items.sort().join(' '));
  return { several: named(true), lone: named(false).sort() };
}

/** What follows where a handler takes several items at once. */
export const BATCHES: readonly Scenario[] = [
  batchScenario({
    name: 'hands several items to one call, as many as it takes, and the rest after a wait',
    queue: text('batches'),
    items: ['a', 'b', 'c', 'd', 'e'],
    batch: { size: 2, wait: 300 },
    handler: (stage) => async (items) => {
      stage.note(items.join(' '));
    },
    check: (seen) => {
      expect(seen.notes).toEqual(['a b', 'c d', 'e']);
      expect(seen).toMatchObject({ done: 5, left: 0, exitCodes: [0] });
    },
  }),
  batchScenario({
    name: 'without a wait leaves no item waiting for others',
    queue: text('batches-together'),
    items: ['a', 'b', 'c'],
    batch: { size: 5 },
    handler: (stage) => async (items) => {
      for (const item of items) stage.note(item);
    },
    check: (seen) => {
      expect(seen.notes).toEqual(['a', 'b', 'c']);
      expect(seen).toMatchObject({ done: 3, exitCodes: [0] });
    },
  }),
  batchScenario({
    name: 'makes as many calls at once as it may',
    queue: text('batches-at-once'),
    items: ['a', 'b', 'c', 'd', 'e', 'f'],
    batch: { size: 2, wait: 1_000 },
    concurrency: 2,
    handler: (stage) => {
      let running = 0;
      return async (items) => {
        running++;
        stage.note(`: ${running} at once`);
        while (items.includes('a') && running < 2) await stage.sleep(20);
        await stage.sleep(100);
        running--;
      };
    },
    check: (seen) => {
      expect(seen.notes.slice(0, 2)).toEqual([': 1 at once', ': 2 at once']);
      expect(seen.notes).not.toContain(': 3 at once');
      expect(seen).toMatchObject({ done: 6, exitCodes: [0] });
    },
  }),
  batchScenario({
    name: 'takes what a call throws for a failed attempt of all its items, in vain but for the last, which each makes alone',
    queue: text('batches-throw'),
    items: ['a', 'poison', 'c'],
    batch: { size: 3, wait: 200 },
    maxAttempts: 2,
    backoff: QUICK,
    handler: (stage) => async (items) => {
      stage.note(items.join(' '));
      if (items.includes('poison')) throw new Error('no');
    },
    check: (seen) => {
      expect(callsOf(seen)).toEqual({ several: ['a c poison'], lone: ['a', 'c', 'poison'] });
      for (const item of ['a', 'poison', 'c']) expect(attemptsOf(seen, item)).toEqual([1, 2]);
      expect(seen).toMatchObject({ done: 2, left: 0, dead: [{ id: 2, attempts: 2, error: 'Error: no' }] });
      expect(seen.exitCodes).toEqual([80]);
    },
  }),
  batchScenario({
    name: 'fails one item of a call by its index, and the others are done',
    queue: text('batches-fail'),
    items: ['a', 'bad', 'gone', 'd'],
    batch: { size: 4, wait: 200 },
    maxAttempts: 3,
    backoff: QUICK,
    handler:
      (stage) =>
      async (items, { fail, items: told }) => {
        stage.note(items.join(' '));
        items.forEach((item, index) => {
          if (item === 'bad' && (told[index]?.attempt ?? 0) < 3) fail(index, new Error('not yet'));
          if (item === 'gone') fail(index, new UnrecoverableError('404'));
        });
      },
    check: (seen) => {
      expect(seen.notes).toEqual(['a bad gone d', 'bad', 'bad']);
      expect(attemptsOf(seen, 'bad')).toEqual([1, 2, 3]);
      expect(seen).toMatchObject({ done: 3, left: 0, exitCodes: [80] });
      expect(seen.dead).toMatchObject([{ id: 3, attempts: 1, error: 'UnrecoverableError: 404' }]);
    },
  }),
  batchScenario({
    name: 'makes no dead letters of a call with several items that gives up for good, but of those that do so alone',
    queue: text('batches-unrecoverable'),
    items: ['a', 'gone', 'c'],
    batch: { size: 3, wait: 200 },
    maxAttempts: 2,
    backoff: QUICK,
    handler: () => async (items) => {
      if (items.includes('gone')) throw new UnrecoverableError('404');
    },
    check: (seen) => {
      expect(seen.dead).toMatchObject([{ id: 2, attempts: 2, error: 'UnrecoverableError: 404' }]);
      expect(seen).toMatchObject({ done: 2, exitCodes: [80] });
    },
  }),
  batchScenario({
    name: 'keeps a result of each item, and none of one that failed',
    queue: text('batches-results'),
    items: ['a', 'b', 'c'],
    batch: { size: 3, wait: 200 },
    results: true,
    backoff: QUICK,
    handler:
      () =>
      async (items, { fail, items: told }) => {
        if (items.length === 3) fail(1, new Error('again'));
        return items.map((item, index) => `${item}${told[index]?.attempt}`);
      },
    check: ({ results }) =>
      expect(results.map(({ id, result }) => [id, result])).toEqual([
        [1, 'a1'],
        [2, 'b2'],
        [3, 'c1'],
      ]),
  }),
  batchScenario({
    name: 'fails all items of a call that returns too few results',
    queue: text('batches-too-few'),
    items: ['a', 'b', 'c'],
    batch: { size: 3, wait: 200 },
    maxAttempts: 2,
    results: true,
    backoff: QUICK,
    handler: () => async (items) => (items.length > 1 ? items.slice(1) : items),
    check: (seen) => {
      expect(seen.starts.map(({ attempt }) => attempt)).toEqual([1, 1, 1, 2, 2, 2]);
      expect(seen.results.map(({ result }) => result)).toEqual(['a', 'b', 'c']);
      expect(seen).toMatchObject({ done: 3, dead: [], exitCodes: [0] });
    },
  }),
  batchScenario({
    name: 'gives up at once what is no item of the queue, and hands over the others',
    queue: text('batches-invalid'),
    payloads: ['a', Buffer.from([0xff]), 'c'],
    batch: { size: 3, wait: 200 },
    handler: (stage) => async (items) => {
      stage.note(items.join(' '));
    },
    check: (seen) => {
      expect(seen.notes).toEqual(['a c']);
      expect(seen.dead).toMatchObject([{ id: 2, reason: 'invalid' }]);
    },
  }),
  batchScenario({
    name: 'counts the timeout of an item from the beginning of its call on, and aborts the signal of the call',
    queue: text('batches-timeout'),
    items: ['slow', 'too'],
    batch: { size: 3, wait: 700 },
    itemTimeout: 400,
    maxAttempts: 1,
    concurrency: 2,
    handler:
      (stage) =>
      async (_, { signal, items }) => {
        stage.note(`${signal.aborted}`);
        await stage.sleep(60_000, undefined, { signal }).catch(() => {});
        stage.note(`: ${reasonOf(signal)} ${items.map((item) => item.signal.aborted)}`);
      },
    check: (seen) => {
      expect(seen.notes.slice(0, 2)).toEqual(['false', 'false']);
      expect(seen.notes.slice(2)).toEqual([': ItemTimeoutError true', ': ItemTimeoutError true']);
      expect(seen).toMatchObject({ done: 2, exitCodes: [0] });
    },
  }),
  batchScenario({
    name: 'does not count the time for which items wait for their call as theirs',
    queue: text('batches-waiting'),
    items: ['a', 'b'],
    batch: { size: 3, wait: 700 },
    itemTimeout: 300,
    handler:
      (stage) =>
      async (items, { signal }) => {
        await stage.sleep(20);
        stage.note(`${items.join(' ')}: ${signal.aborted}`);
      },
    check: (seen) => expect(seen.notes).toEqual(['a b: false']),
  }),
  batchScenario({
    name: 'charges all items of a call that does not return, and none beside it',
    queue: text('batches-hung'),
    items: ['hangs', 'too', 'other'],
    batch: { size: 2, wait: 500 },
    concurrency: 2,
    itemTimeout: 300,
    backoff: QUICK,
    handler:
      (stage) =>
      async (_, { items: [first] }) => {
        if (first?.id === 1 && first.attempt === 1) await stage.sleep(3_600_000);
      },
    check: (seen) => {
      expect(attemptsOf(seen, 'hangs')).toEqual([1, 2]);
      expect(attemptsOf(seen, 'too')).toEqual([1, 2]);
      expect(attemptsOf(seen, 'other')).toEqual([1]);
      expect(seen).toMatchObject({ done: 3, dead: [], exitCodes: [85, 0] });
    },
  }),
  batchScenario({
    name: 'convicts the one item of a batch that crashes its worker every time',
    queue: text('batches-crash'),
    items: ['a', 'poison', 'c'],
    batch: { size: 3, wait: 200 },
    maxAttempts: 2,
    handler: (stage) => async (items) => {
      if (items.includes('poison')) await stage.crash();
    },
    check: (seen) => {
      expect(seen.dead).toMatchObject([{ id: 2, reason: 'crash', attempts: 2 }]);
      expect(seen).toMatchObject({ done: 2, left: 0, exitCodes: [1, 1, 80] });
    },
  }),
  batchScenario({
    name: 'makes the calls for which items wait as soon as the worker has to end',
    queue: text('batches-sigterm'),
    items: ['a', 'b', 'c'],
    batch: { size: 2, wait: 3_600_000 },
    concurrency: 2,
    handler: (stage) => async (items) => {
      stage.note(items.join(' '));
      if (!items.includes('a')) return;
      await stage.sleep(200);
      await stage.terminate();
      await stage.sleep(100);
    },
    check: (seen) => {
      expect(seen.notes).toEqual(['a b', 'c']);
      expect(itemsOf(seen)).toEqual(['a', 'b', 'c']);
      expect(seen).toMatchObject({ done: 3, exitCodes: [0] });
    },
  }),
  batchScenario({
    name: 'gives back without a charge what waits for its call when signals are aborted',
    queue: text('batches-sigterm-abort'),
    items: ['a', 'b', 'c'],
    batch: { size: 2, wait: 3_600_000 },
    grace: 3_000,
    maxAttempts: 1,
    handler:
      (stage) =>
      async (items, { signal }) => {
        if (stage.run > 1) return;
        await stage.sleep(200);
        await stage.terminate();
        await stage.sleep(60_000, undefined, { signal }).finally(() => stage.note(`${items}: ${reasonOf(signal)}`));
      },
    check: (seen) => {
      expect(seen.notes).toEqual(['a: StoppedError']);
      expect(itemsOf(seen)).toEqual(['a', 'a', 'b', 'c']);
      expect(seen).toMatchObject({ done: 3, dead: [], exitCodes: [143, 0] });
    },
  }),
];
