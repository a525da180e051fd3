import { QUICK, type Scenario, scenario, text } from '../scenario';

/** What items leave that take long. */
export const LONG_ITEMS: readonly Scenario[] = [
  scenario({
    name: 'gives an attempt what the one before left last, where that failed',
    queue: text('checkpoint'),
    items: ['a', 'b'],
    backoff: QUICK,
    handler:
      (stage) =>
      (item, { attempt, resumed, checkpoint }) => {
        stage.note(`${item} ${attempt} ${JSON.stringify(resumed)}`);
        if (item === 'b' || attempt === 3) return;
        // The second attempt leaves nothing of its own.
        if (attempt === 1) for (let page = 1; page <= 3; page++) checkpoint({ page, of: 'né' });
        throw new Error('no');
      },
    check: (seen) => {
      const left = '{"page":3,"of":"né"}';
      expect(seen.notes.filter((note) => note[0] === 'a')).toEqual(['a 1 undefined', `a 2 ${left}`, `a 3 ${left}`]);
      expect(seen.notes).toContain('b 1 undefined');
      expect(seen).toMatchObject({ done: 2, dead: [] });
    },
  }),
  scenario({
    name: 'gives an attempt what the one before left, where its process died',
    queue: text('checkpoint-crash'),
    items: ['a'],
    handler:
      (stage) =>
      async (_, { attempt, resumed, checkpoint }) => {
        stage.note(`${attempt} ${JSON.stringify(resumed)}`);
        if (attempt === 2) return;
        checkpoint([1, 2]);
        await stage.sleep(500);
        await stage.crash();
      },
    check: (seen) => {
      expect(seen.notes).toEqual(['1 undefined', '2 [1,2]']);
      expect(seen).toMatchObject({ done: 1, exitCodes: [1, 0] });
    },
  }),
  scenario({
    name: 'gives an attempt what the one before left when its signal was aborted',
    needs: ['promptness'],
    queue: text('checkpoint-abort'),
    items: ['a'],
    grace: 4_400,
    maxAttempts: 1,
    handler:
      (stage) =>
      async (_, { attempt, resumed, checkpoint, signal }) => {
        stage.note(`${attempt} ${JSON.stringify(resumed)}`);
        if (stage.run > 1) return;
        checkpoint('early');
        await stage.terminate();
        await stage.sleep(60_000, undefined, { signal }).finally(() => checkpoint('late'));
      },
    check: (seen) => {
      expect(seen.notes).toEqual(['1 undefined', '1 "late"']);
      expect(seen).toMatchObject({ done: 1, dead: [], exitCodes: [143, 0] });
    },
  }),
  scenario({
    name: 'fails an attempt that leaves more than is allowed',
    queue: text('checkpoint-large'),
    items: ['a'],
    maxAttempts: 1,
    handler:
      () =>
      (_, { checkpoint }) =>
        checkpoint('x'.repeat(65_535)),
    check: ({ dead }) => {
      const error =
        'Error: the checkpoint is 65537 bytes of JSON, and 65536 are allowed: store it elsewhere, and leave its address';
      expect(dead).toMatchObject([{ error: expect.stringContaining(error) }]);
    },
  }),
];
