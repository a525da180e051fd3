import { headline, hints, memoryText } from './status-text';

const STATUS = {
  ...{ waiting: 0, leased: 0, retrying: 0, done: 4, dead: 0, dropped: 0, claimed: 4, added: 0 },
  ...{ sealed: true, total: 4, batch: undefined, paused: false, slowedFor: 0, cancelled: false },
  ...{ finalizer: undefined, clock: 0, workerCount: 0, workers: [], memory: undefined },
};

test('the headline names what is not as usual', () => {
  expect(headline('fruit', STATUS)).toBe('fruit: 4 items, sealed');
  expect(
    headline('fruit', {
      ...STATUS,
      sealed: false,
      total: undefined,
      added: 1,
      batch: 'b',
      paused: true,
      slowedFor: 90_000,
    }),
  ).toBe('fruit: 4 items, not sealed, 1 of them added by items, batch b, PAUSED, SLOWED DOWN for 1 min 30 s');
});

test('nothing to say of a queue that is done', () => {
  expect(hints('fruit', STATUS)).toEqual([]);
});

test.each([
  [{ finalizer: 'skipped' as const, dead: 1, done: 3 }, 'The finalizer does not run, because items are dead.'],
  [{ finalizer: 'dead' as const }, 'The finalizer is a dead letter: `rwq dead list` says why.'],
  [{ waiting: 2, done: 2, claimed: 2 }, 'No worker is running for the 2 items left.'],
  [
    { memory: { used: 91 * 1_048_576, max: 100 * 1_048_576 } },
    'Redis has filled 91 % of its memory: at 100 % fills and follow-up items have to wait.',
  ],
  [{ done: 3, claimed: 3 }, 'Data lost: 1 item of the 4 that were sealed is missing.'],
])('%j: %s', (change, hint) => {
  expect(hints('fruit', { ...STATUS, ...change })).toContain(hint);
});

test('memory is shown where it has a limit, and only a Redis that is nearly full is worth a hint', () => {
  const of = (used: number, max?: number) => ({
    ...STATUS,
    memory: { used: used * 1_048_576, max: max && max * 1_048_576 },
  });
  expect(memoryText(of(2_100.4, 4_096))).toBe('2,100 of 4,096 MiB (51 %)');
  expect(hints('fruit', of(89, 100))).toEqual([]);
  expect(memoryText(of(89))).toBeUndefined();
  expect(memoryText(STATUS)).toBeUndefined();
});
