import { attemptsOf, QUICK, type Scenario, scenario, text } from '../scenario';
import { reasonOf, untilAborted } from '../signal';

/** What follows when an item takes too long. */
export const TIMEOUTS: readonly Scenario[] = [
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
        {
          id: 1,
          reason: 'handler',
          attempts: 2,
          error: expect.stringMatching(
            /^AbortError: The operation was aborted, caused by ItemTimeoutError(: the item took longer than 300 ms)?$/,
          ),
        },
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
    check: ({ dead }) =>
      expect(dead).toMatchObject([
        { error: expect.stringMatching(/^ItemTimeoutError(: the item took longer than 300 ms)?$/) },
      ]),
  }),
  scenario({
    name: 'lets an item end well that is past its timeout',
    queue: text('late'),
    items: ['late'],
    itemTimeout: 200,
    handler:
      (stage) =>
      async (_, { signal }) => {
        await untilAborted(signal).catch(() => {});
        await stage.sleep(100);
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
];
