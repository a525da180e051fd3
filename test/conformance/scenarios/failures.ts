import { UnrecoverableError } from 'cdk8s-redis-work-queue/worker';
import { attemptsOf, hex, itemsOf, QUICK, type Scenario, scenario, text } from '../scenario';

/** What follows when a handler fails. */
export const FAILURES: readonly Scenario[] = [
  scenario({
    name: 'tries again what failed, behind what is ready meanwhile',
    needs: ['backoff'],
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
    name: 'keeps how the last four attempts before the end failed, in short',
    needs: ['backoff'],
    queue: text('history'),
    items: ['bad'],
    maxAttempts: 6,
    backoff: QUICK,
    handler:
      (stage) =>
      async (_, { attempt }) => {
        await stage.sleep(attempt === 6 ? 60 : 0);
        throw new Error(`${attempt} ${'x'.repeat(300)}`);
      },
    check: ({ dead: [letter] }) => {
      const history = [2, 3, 4, 5].map((attempt) => ({
        attempt,
        error: expect.stringMatching(new RegExp(`^(Error: )+${attempt} x{150,191}… \\(\\d+ characters\\)$`)),
        at: expect.any(Date),
        duration: expect.any(Number),
      }));
      expect(letter).toMatchObject({ attempts: 6, history });
      expect(letter?.error).toBe(`Error: 6 ${'x'.repeat(300)}`);
      expect(letter?.duration).toBeGreaterThanOrEqual(59);
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
    needs: ['values'],
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
];
