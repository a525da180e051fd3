import { defineQueue, UnrecoverableError } from 'cdk8s-redis-work-queue/worker';
import { z } from 'zod';
import { hex, type Scenario, type Seen, type Stage, scenario } from './scenario';

/*
 * What the testing kit promises to do as production does. Each scenario is played by both (suite.ts).
 */

const QUICK = { base: 40, max: 400 };
const LETTERS = ['a', 'b', 'c', 'd', 'e'];

const text = (name: string) => defineQueue({ name });
const itemsOf = ({ starts }: Seen) => starts.map(({ item }) => item);
const attemptsOf = ({ starts }: Seen, item: unknown) =>
  starts.filter((start) => start.item === item).map(({ attempt }) => attempt);
const reasonOf = (signal: AbortSignal) => (signal.reason as Error).name;
const untilAborted = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });

/** Notes how many handlers run at once. */
function crowd(stage: Stage) {
  const running = new Set<number>();
  return {
    in: async ({ id }: { readonly id: number }, work: () => Promise<unknown>) => {
      running.add(id);
      stage.note(`${running.size} at once`);
      await work();
      running.delete(id);
    },
    crash: () => {
      running.clear();
      return stage.crash();
    },
  };
}

export const SCENARIOS: readonly Scenario[] = [
  scenario({
    name: 'hands out items in the order in which they were filled in, each once',
    queue: text('order'),
    items: LETTERS,
    handler: () => () => {},
    check: (seen) => {
      expect(itemsOf(seen)).toEqual(LETTERS);
      expect(seen).toMatchObject({ done: 5, left: 0, dead: [], results: [], exitCodes: [0] });
    },
  }),
  scenario({
    name: 'numbers items from 1 on, and attempts from 1 on',
    queue: text('numbers'),
    items: LETTERS,
    handler: () => async () => {},
    check: ({ starts }) => {
      expect(starts.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5]);
      expect(starts.map(({ attempt }) => attempt)).toEqual([1, 1, 1, 1, 1]);
    },
  }),
  scenario({
    name: 'keeps equal payloads apart',
    queue: text('equal'),
    items: ['same', 'same', 'same'],
    maxAttempts: 1,
    handler:
      () =>
      (_, { id }) => {
        if (id === 2) throw new Error('this one');
      },
    check: (seen) => {
      expect(seen.starts.map(({ id }) => id)).toEqual([1, 2, 3]);
      expect(seen).toMatchObject({ done: 2, dead: [{ id: 2, attempts: 1 }] });
    },
  }),
  scenario({
    name: 'tries again what failed, behind what is ready meanwhile',
    queue: text('retry'),
    items: ['bad', 'good', 'fine'],
    backoff: { base: 1_500, max: 1_500 },
    handler:
      () =>
      async (item, { attempt }) => {
        if (item === 'bad' && attempt < 3) throw new Error(`attempt ${attempt}`);
      },
    check: (seen) => {
      expect(itemsOf(seen)).toEqual(['bad', 'good', 'fine', 'bad', 'bad']);
      expect(attemptsOf(seen, 'bad')).toEqual([1, 2, 3]);
      expect(seen).toMatchObject({ done: 3, dead: [], exitCodes: [0] });
    },
  }),
  scenario({
    name: 'gives every delivery a greater token',
    queue: text('tokens'),
    items: LETTERS,
    backoff: QUICK,
    handler:
      () =>
      (item, { attempt }) => {
        if (attempt < 2 && item !== 'a') throw new Error('again');
      },
    check: ({ starts }) => {
      const tokens = starts.map(({ token }) => token);
      expect(tokens).toHaveLength(9);
      expect(new Set(tokens).size).toBe(9);
      expect([...tokens].sort()).toEqual(tokens);
    },
  }),
  scenario({
    name: 'gives up after the last attempt, and says why',
    queue: text('dead'),
    items: ['bad', 'good'],
    maxAttempts: 3,
    backoff: QUICK,
    handler:
      () =>
      (item, { attempt }) => {
        if (item === 'bad') throw new RangeError(`attempt ${attempt}`);
      },
    check: (seen) => {
      expect(attemptsOf(seen, 'bad')).toEqual([1, 2, 3]);
      const payload = hex(Buffer.from('bad'));
      const error = 'RangeError: attempt 3';
      expect(seen.dead).toEqual([
        expect.objectContaining({ id: 1, reason: 'handler', attempts: 3, error, payload, item: 'bad' }),
      ]);
      expect(seen).toMatchObject({ done: 1, left: 0, exitCodes: [80] });
    },
  }),
  scenario({
    name: 'ends well with dead letters where they are tolerated',
    queue: text('tolerated'),
    items: ['bad', 'good'],
    maxAttempts: 1,
    tolerateDeadLetters: true,
    handler: () => async (item) => {
      if (item === 'bad') throw new Error('no');
    },
    check: (seen) => expect(seen).toMatchObject({ done: 1, dead: [{ id: 1 }], exitCodes: [0] }),
  }),
  scenario({
    name: 'gives up at once what is unrecoverable',
    queue: text('unrecoverable'),
    items: ['gone', 'here'],
    maxAttempts: 5,
    handler: () => async (item) => {
      if (item === 'gone') throw new UnrecoverableError('404');
    },
    check: (seen) => {
      expect(attemptsOf(seen, 'gone')).toEqual([1]);
      expect(seen.dead).toMatchObject([{ id: 1, reason: 'handler', attempts: 1, error: 'UnrecoverableError: 404' }]);
    },
  }),
  scenario({
    name: 'takes whatever is thrown for a failure',
    queue: text('thrown'),
    items: ['undefined', 'null', 'text', 'number', 'object', 'rejected'],
    maxAttempts: 1,
    handler: () => (item) => {
      const thrown = { undefined, null: null, text: 'a text', number: 7, object: { toString: () => 'an object' } };
      if (item === 'rejected') return Promise.reject(undefined);
      throw thrown[item as keyof typeof thrown];
    },
    check: ({ dead }) =>
      expect(dead.map(({ error }) => error)).toEqual(['undefined', 'null', 'a text', '7', 'an object', 'undefined']),
  }),
  scenario({
    name: 'takes a thenable for a promise, and its first answer for the answer',
    queue: text('thenable'),
    items: ['twice', 'fails'],
    maxAttempts: 1,
    results: true,
    handler: () => (item) => ({
      // biome-ignore lint/suspicious/noThenProperty: this is what is tested
      then(resolve: (value: unknown) => void, reject: (error: unknown) => void) {
        if (item === 'twice') for (const value of ['first', 'second']) resolve(value);
        else reject(new Error('no'));
      },
    }),
    check: (seen) => {
      expect(seen.results).toEqual([{ id: 1, result: 'first' }]);
      expect(seen).toMatchObject({ done: 1, dead: [{ id: 2, error: 'Error: no' }] });
    },
  }),
  scenario({
    name: 'gives up a payload that is no JSON or does not fit the schema, before any handler sees it',
    queue: defineQueue({ name: 'invalid', schema: z.object({ size: z.object({ width: z.int() }) }) }),
    items: [{ size: { width: 1 } }],
    payloads: ['{"size":', '{"size":{"width":"1"}}', Buffer.from('{"size":{"width":2}}')],
    handler: () => () => {},
    check: (seen) => {
      expect(itemsOf(seen)).toEqual([{ size: { width: 1 } }, { size: { width: 2 } }]);
      expect(seen.dead).toMatchObject([
        { id: 2, reason: 'invalid', attempts: 1, error: expect.stringContaining('not JSON'), item: undefined },
        { id: 3, reason: 'invalid', attempts: 1, error: expect.stringContaining('size.width: ') },
      ]);
      expect(seen.dead[0]?.payload).toBe(hex(Buffer.from('{"size":')));
      expect(seen).toMatchObject({ done: 2, exitCodes: [80] });
    },
  }),
  scenario({
    name: 'gives up a payload that is no text, and keeps its bytes',
    queue: text('not-utf8'),
    items: ['é', '\uFFFD'],
    payloads: [Buffer.from([0x61, 0xff, 0x62])],
    handler: () => () => {},
    check: (seen) => {
      expect(itemsOf(seen)).toEqual(['é', '\uFFFD']);
      expect(seen.dead).toMatchObject([{ id: 3, reason: 'invalid', attempts: 1, payload: '61ff62' }]);
    },
  }),
  scenario({
    name: 'hands bytes on as they are',
    queue: defineQueue({ name: 'bytes', payload: 'bytes' }),
    items: [Uint8Array.of(0, 255, 128), Uint8Array.of()],
    handler: () => (item) => {
      if (!(item instanceof Uint8Array)) throw new Error('no bytes');
    },
    check: (seen) => {
      expect(itemsOf(seen)).toEqual(['00ff80', '']);
      expect(seen.done).toBe(2);
    },
  }),
  scenario({
    name: 'queues what goes into a schema, and hands out what comes out of it',
    queue: defineQueue({
      name: 'transform',
      schema: z.object({ at: z.iso.datetime().transform((at) => new Date(at).getUTCFullYear()) }),
    }),
    items: [{ at: '2026-11-23T00:00:00Z' }],
    maxAttempts: 1,
    handler:
      () =>
      ({ at }) => {
        if (at === 2026) throw new Error(`a ${typeof at}`);
      },
    check: (seen) => {
      expect(itemsOf(seen)).toEqual([{ at: 2026 }]);
      expect(seen.dead).toMatchObject([
        { error: 'Error: a number', payload: hex(Buffer.from('{"at":"2026-11-23T00:00:00Z"}')), item: { at: 2026 } },
      ]);
    },
  }),
  scenario({
    name: 'waits for an asynchronous schema when an item is run',
    queue: defineQueue({
      name: 'async-schema',
      schema: z.string().refine(async (word) => word !== 'bad', 'is not wanted'),
    }),
    payloads: ['"good"', '"bad"', '"fine"'],
    handler: () => () => {},
    check: (seen) => {
      expect(itemsOf(seen)).toEqual(['good', 'fine']);
      expect(seen.dead).toMatchObject([{ id: 2, reason: 'invalid', error: 'is not wanted' }]);
    },
  }),
  scenario({
    name: 'keeps results as JSON',
    queue: text('results'),
    items: ['object', 'nothing', 'date', 'text'],
    results: true,
    handler: () => async (item) => {
      const results = {
        object: { width: 1, none: undefined },
        date: new Date(0),
        text: 'line\nline',
        nothing: undefined,
      };
      return results[item as keyof typeof results];
    },
    check: (seen) =>
      expect(seen.results).toEqual([
        { id: 1, result: { width: 1 } },
        { id: 2, result: null },
        { id: 3, result: '1970-01-01T00:00:00.000Z' },
        { id: 4, result: 'line\nline' },
      ]),
  }),
  scenario({
    name: 'takes a result that has no JSON for a failure, where results are kept',
    queue: text('no-json'),
    items: ['function', 'bigint', 'cycle', 'fine'],
    maxAttempts: 1,
    results: true,
    handler: () => (item) => {
      const cycle: { self?: unknown } = {};
      cycle.self = cycle;
      return { function: () => {}, bigint: 1n, cycle, fine: 1 }[item];
    },
    check: (seen) => {
      expect(seen.results).toEqual([{ id: 4, result: 1 }]);
      expect(seen.dead.map(({ error }) => error)).toEqual([
        'TypeError: the result has no JSON: it is a function',
        expect.stringContaining('the result has no JSON: TypeError'),
        expect.stringContaining('the result has no JSON: TypeError'),
      ]);
    },
  }),
  scenario({
    name: 'keeps no result of what failed',
    queue: text('late-result'),
    items: ['a'],
    backoff: QUICK,
    results: true,
    handler:
      () =>
      async (_, { attempt }) => {
        if (attempt === 1) throw new Error('again');
        return attempt;
      },
    check: ({ results }) => expect(results).toEqual([{ id: 1, result: 2 }]),
  }),
  scenario({
    name: 'runs as many items at once as it was told, and no more',
    queue: text('crowd'),
    items: ['1', '2', '3', '4', '5', '6', '7'],
    concurrency: 3,
    handler: (stage) => {
      const all = crowd(stage);
      return (_, context) => all.in(context, () => stage.sleep(60));
    },
    check: ({ notes }) => {
      expect(notes.slice(0, 3)).toEqual(['1 at once', '2 at once', '3 at once']);
      expect(notes).not.toContain('4 at once');
    },
  }),
  scenario({
    name: 'runs one item at a time by default',
    queue: text('alone'),
    items: ['1', '2', '3'],
    handler: (stage) => {
      const all = crowd(stage);
      return (_, context) => all.in(context, () => stage.sleep(5));
    },
    check: ({ notes }) => expect(notes).toEqual(['1 at once', '1 at once', '1 at once']),
  }),
  scenario({
    name: 'aborts the signal of an item that is past its timeout, which is a failure if the handler fails',
    queue: text('timeout'),
    items: ['slow', 'quick'],
    itemTimeout: 300,
    maxAttempts: 2,
    backoff: QUICK,
    handler:
      (stage) =>
      async (item, { signal }) => {
        if (item === 'quick') return;
        await stage.sleep(60_000, undefined, { signal }).finally(() => stage.note(reasonOf(signal)));
      },
    check: (seen) => {
      expect(seen.notes).toEqual(['ItemTimeoutError', 'ItemTimeoutError']);
      expect(seen.dead).toMatchObject([
        { id: 1, reason: 'handler', attempts: 2, error: 'AbortError: The operation was aborted' },
      ]);
      expect(seen).toMatchObject({ done: 1, exitCodes: [80] });
    },
  }),
  scenario({
    name: 'aborts a handler that waits for its signal alone',
    queue: text('listening'),
    items: ['slow'],
    itemTimeout: 300,
    maxAttempts: 1,
    handler:
      () =>
      (_, { signal }) =>
        untilAborted(signal),
    check: ({ dead }) => expect(dead).toMatchObject([{ error: 'ItemTimeoutError: the item took longer than 300 ms' }]),
  }),
  scenario({
    name: 'lets an item end well that is past its timeout',
    queue: text('late'),
    items: ['late'],
    itemTimeout: 200,
    handler:
      (stage) =>
      async (_, { signal }) => {
        await stage.sleep(600);
        stage.note(reasonOf(signal));
      },
    check: (seen) => {
      expect(seen.notes).toEqual(['ItemTimeoutError']);
      expect(seen).toMatchObject({ done: 1, dead: [], exitCodes: [0] });
    },
  }),
  scenario({
    name: 'ends the process for a handler that does not return, and charges that item alone',
    queue: text('hung'),
    items: ['hangs', 'sleeps', 'good'],
    concurrency: 2,
    itemTimeout: 400,
    maxAttempts: 2,
    backoff: QUICK,
    handler:
      (stage) =>
      async (item, { id, attempt }) => {
        if (item === 'hangs') await stage.sleep(3_600_000);
        stage.note(`${item} ${id}.${attempt}`);
      },
    check: (seen) => {
      expect(attemptsOf(seen, 'hangs')).toEqual([1, 2]);
      const error = 'ItemTimeoutError: did not return 5000 ms after its timeout of 400 ms';
      expect(seen.dead).toMatchObject([{ id: 1, reason: 'handler', attempts: 2, error }]);
      expect(seen.notes).toEqual(['sleeps 2.1', 'good 3.1']);
      expect(seen.exitCodes).toEqual([85, 85, 80]);
    },
  }),
  scenario({
    name: 'goes on after a crash with the next attempt',
    queue: text('crash'),
    items: ['a', 'fatal', 'b'],
    handler:
      (stage) =>
      async (item, { attempt }) => {
        if (item === 'fatal' && attempt === 1) await stage.crash();
      },
    check: (seen) => {
      expect(attemptsOf(seen, 'fatal')).toEqual([1, 2]);
      expect(itemsOf(seen)).toEqual(['a', 'fatal', 'fatal', 'b']);
      expect(seen).toMatchObject({ done: 3, dead: [], exitCodes: [1, 0] });
    },
  }),
  scenario({
    name: 'convicts an item that crashes its worker in every attempt, and no neighbour',
    queue: text('poison'),
    items: ['1', '2', 'poison', '3', '4', '5'],
    concurrency: 3,
    maxAttempts: 3,
    handler: (stage) => {
      const all = crowd(stage);
      return (item, context) =>
        all.in(context, () => {
          if (item !== 'poison') return stage.sleep(30);
          if (context.attempt === 3) stage.note('last attempt of the poison');
          return all.crash();
        });
    },
    check: (seen) => {
      expect(attemptsOf(seen, 'poison')).toEqual([1, 2, 3]);
      expect(seen.dead).toMatchObject([{ id: 3, reason: 'crash', attempts: 3 }]);
      expect(seen.dead[0]?.error).toBe('its worker crashed 3 times, the last time while it ran alone');
      expect(seen.notes[seen.notes.indexOf('last attempt of the poison') - 1]).toBe('1 at once');
      expect(seen).toMatchObject({ done: 5, left: 0, exitCodes: [1, 1, 1, 80] });
    },
  }),
  scenario({
    name: 'lets running items finish after SIGTERM, starts none, and charges none',
    queue: text('sigterm'),
    items: LETTERS,
    grace: 30_000,
    handler: (stage) => async (item) => {
      if (stage.run === 1) {
        if (item === 'b') await stage.terminate();
        await stage.sleep(100);
      }
      stage.note(`${item} in run ${stage.run}`);
    },
    check: (seen) => {
      expect(seen.notes).toEqual(['a in run 1', 'b in run 1', 'c in run 2', 'd in run 2', 'e in run 2']);
      expect(seen.starts.map(({ attempt }) => attempt)).toEqual([1, 1, 1, 1, 1]);
      expect(seen).toMatchObject({ done: 5, exitCodes: [143, 0] });
    },
  }),
  scenario({
    name: 'aborts signals before the grace period ends, and gives back what fails then without a charge',
    queue: text('sigterm-abort'),
    items: ['a', 'b'],
    grace: 4_400,
    maxAttempts: 1,
    handler:
      (stage) =>
      async (item, { signal }) => {
        if (stage.run > 1) return;
        await stage.terminate();
        await stage.sleep(60_000, undefined, { signal }).finally(() => stage.note(`${item}: ${reasonOf(signal)}`));
      },
    check: (seen) => {
      expect(seen.notes).toEqual(['a: StoppedError']);
      expect(attemptsOf(seen, 'a')).toEqual([1, 1]);
      expect(seen).toMatchObject({ done: 2, dead: [], exitCodes: [143, 0] });
    },
  }),
  scenario({
    name: 'gives back what ignores its signal when the grace period ends',
    queue: text('sigterm-deaf'),
    items: ['deaf'],
    grace: 2_600,
    maxAttempts: 1,
    handler: (stage) => async () => {
      if (stage.run > 1) return;
      await stage.terminate();
      await stage.sleep(3_600_000);
    },
    check: (seen) => {
      expect(attemptsOf(seen, 'deaf')).toEqual([1, 1]);
      expect(seen).toMatchObject({ done: 1, dead: [], exitCodes: [143, 0] });
    },
  }),
  scenario({
    name: 'books what ends well after its signal was aborted by SIGTERM',
    queue: text('sigterm-well'),
    items: ['a'],
    grace: 3_000,
    handler:
      (stage) =>
      async (_, { signal }) => {
        await stage.terminate();
        await untilAborted(signal).catch(() => {});
      },
    check: (seen) => expect(seen).toMatchObject({ done: 1, exitCodes: [0] }),
  }),
  scenario({
    name: 'counts a failure before SIGTERM’s abort as a failure',
    queue: text('sigterm-failure'),
    items: ['a'],
    maxAttempts: 1,
    handler: (stage) => async () => {
      await stage.terminate();
      throw new Error('no');
    },
    check: (seen) => expect(seen).toMatchObject({ done: 0, dead: [{ attempts: 1 }], exitCodes: [80] }),
  }),
  scenario({
    name: 'ends well where SIGTERM comes with the last item',
    queue: text('sigterm-last'),
    items: ['a', 'last'],
    handler: (stage) => async (item) => {
      if (item === 'last') await stage.terminate();
      await stage.sleep(20);
    },
    check: (seen) => expect(seen).toMatchObject({ done: 2, left: 0, exitCodes: [0] }),
  }),
];
