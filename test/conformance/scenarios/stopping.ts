import { attemptsOf, LETTERS, type Scenario, scenario, text } from '../scenario';
import { reasonOf, untilAborted } from '../signal';

/** What follows on SIGTERM. */
export const STOPPING: readonly Scenario[] = [
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
    needs: ['promptness'],
    queue: text('sigterm-well'),
    items: ['a'],
    grace: 4_400,
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
  scenario({
    name: 'where the work never ends, stays when all is done, until SIGTERM',
    queue: text('sigterm-endless'),
    items: ['a', 'last'],
    endless: true,
    handler: (stage) => async (item) => {
      // Long after the queue would be drained.
      if (item === 'last') void stage.sleep(500).then(() => stage.terminate());
    },
    check: (seen) => expect(seen).toMatchObject({ done: 2, left: 0, dead: [], exitCodes: [143, 0] }),
  }),
];
