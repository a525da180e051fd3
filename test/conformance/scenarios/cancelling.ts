import { attemptsOf, itemsOf, LETTERS, QUICK, type Scenario, scenario, text } from '../scenario';
import { reasonOf, untilAborted } from '../signal';

/** What ends a run before all is done: `cancel`, and the first dead letter with `failFast`. */
export const CANCELLING: readonly Scenario[] = [
  scenario({
    name: 'cancelled, drops what waits and what runs, books what ends well all the same, and ends with 80',
    queue: text('cancel'),
    items: LETTERS,
    concurrency: 2,
    maxAttempts: 1,
    handler:
      (stage) =>
      async (item, { signal }) => {
        if (item === 'b') return stage.cancel();
        await untilAborted(signal).finally(() => stage.note(`${item}: ${reasonOf(signal)}`));
      },
    check: (seen) => {
      expect(itemsOf(seen).sort()).toEqual(['a', 'b']);
      expect(seen.notes).toEqual(['a: CancelledError']);
      expect(seen).toMatchObject({ done: 1, dropped: 4, left: 0, dead: [], exitCodes: [80] });
    },
  }),
  scenario({
    name: 'cancelled, does not wait longer for what ignores its signal than SIGTERM would',
    queue: text('cancel-deaf'),
    items: ['deaf', 'b'],
    grace: 2_600,
    handler: (stage) => async () => {
      await stage.cancel();
      await stage.sleep(3_600_000);
    },
    check: (seen) => expect(seen).toMatchObject({ done: 0, dropped: 2, left: 0, dead: [], exitCodes: [80] }),
  }),
  scenario({
    name: 'with failFast, the first dead letter aborts what runs, which goes back, and ends with 80',
    queue: text('fail-fast'),
    items: LETTERS,
    concurrency: 2,
    maxAttempts: 1,
    failFast: true,
    handler:
      (stage) =>
      async (item, { signal }) => {
        if (item === 'b') throw new Error('no');
        await untilAborted(signal).finally(() => stage.note(`${item}: ${reasonOf(signal)}`));
      },
    check: (seen) => {
      expect(attemptsOf(seen, 'a')).toEqual([1]);
      expect(seen.notes).toContain('a: StoppedError');
      expect(seen).toMatchObject({ done: 0, dropped: 0, left: 4, dead: [{ attempts: 1 }], exitCodes: [80] });
    },
  }),
  scenario({
    name: 'with failFast, ends well where no item is dead, also after failures',
    queue: text('fail-fast-well'),
    items: ['a'],
    failFast: true,
    backoff: QUICK,
    handler:
      () =>
      (_, { attempt }) => {
        if (attempt === 1) throw new Error('not yet');
      },
    check: (seen) => expect(seen).toMatchObject({ done: 1, left: 0, dead: [], exitCodes: [0] }),
  }),
];
