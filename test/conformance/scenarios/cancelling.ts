import { itemsOf, LETTERS, type Scenario, scenario, text } from '../scenario';
import { reasonOf, untilAborted } from '../signal';

/** What follows on `cancel`. */
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
];
