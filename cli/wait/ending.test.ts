import type { QueueStatus } from 'cdk8s-redis-work-queue/worker';
import { type EndingOptions, EndingWatch, type Look } from './ending';

const NOTHING: QueueStatus = {
  ...{ waiting: 0, leased: 0, retrying: 0, done: 0, dead: 0, dropped: 0, claimed: 0, added: 0 },
  ...{ sealed: false, total: undefined, batch: undefined, paused: false, slowedFor: 0, cancelled: false },
  ...{ finalizer: undefined, clock: 0, workerCount: 0, workers: [], memory: undefined },
};
const HALF = {
  ...{ sealed: true, total: 4, claimed: 3, done: 2, leased: 1, waiting: 1 },
  clock: 5_000,
  workerCount: 1,
};
const ENDED = { ...{ sealed: true, total: 4, claimed: 4, done: 4 }, clock: 9_000 };

type Step = Partial<QueueStatus> & { readonly former?: number; readonly at?: number };

/** What is said of looks that are a second apart; undefined if the queue has not ended. */
function endingOf(steps: readonly Step[], options: Partial<EndingOptions> = {}) {
  const watch = new EndingWatch({ settle: 30, startTimeout: 600, ...options });
  for (const [i, { former, at = i, ...change }] of steps.entries()) {
    const look: Look = { status: { ...NOTHING, ...change }, at, ...(former !== undefined && { former }) };
    const ending = watch.see(look);
    if (ending) return `${ending.code} ${ending.what}`;
  }
  return undefined;
}

const CASES: [string, string | undefined, Step[], Partial<EndingOptions>?][] = [
  ['items are left', undefined, [HALF, HALF]],
  ['only retries are left', undefined, [{ ...ENDED, done: 3, retrying: 1 }]],
  ['all done', '0 Queue empty, all done', [HALF, ENDED]],
  ['all done before the first look', '0 Queue empty, all done', [ENDED]],
  ['an empty batch', '0 Queue empty, all done', [{ sealed: true, total: 0, batch: 'b' }]],
  ['dead letters', '80 Queue empty, but 2 items are dead letters', [HALF, { ...ENDED, done: 2, dead: 2 }]],
  ['one is tolerated', '0 Queue empty, all done', [{ ...ENDED, done: 3, dead: 1 }], { tolerateDeadLetters: true }],
  ['a dead letter, and items are left', undefined, [{ ...HALF, done: 1, dead: 1 }]],
  [
    'the first dead letter ends it',
    '80 Failed fast: 1 dead letter, and items may be left',
    [{ ...HALF, done: 1, dead: 1 }],
    { failFast: true },
  ],
  ['cancelled', '80 Cancelled: 1 item dropped', [{ ...HALF, cancelled: true, dropped: 1 }]],
  ['the finalizer is to run', undefined, [{ ...ENDED, finalizer: 'pending' }]],
  ['the finalizer runs', undefined, [{ ...ENDED, finalizer: 'running' }]],
  ['the finalizer is done', '0 Queue empty, all done', [{ ...ENDED, finalizer: 'done' }]],
  [
    'the finalizer is dead, whatever is tolerated',
    '80 Queue empty, but the finalizer is a dead letter',
    [{ ...ENDED, finalizer: 'dead' }],
    { tolerateDeadLetters: true },
  ],
  [
    'sealed items are missing',
    '82 Data lost: 1 item of the 4 that were sealed is missing',
    [{ ...ENDED, claimed: 3, done: 3 }],
  ],
  [
    'the queue is gone',
    '82 Data lost: the queue is gone, with 2 items left. Redis came back empty, or somebody has purged it',
    [HALF, {}],
  ],
  ['its keys had a time to live', '0 Queue empty, all done; its keys are gone', [{ ...ENDED, sealed: false }, {}]],
  ['it is not there yet', undefined, [{}, {}, { at: 599 }]],
  ['nobody fills it', '83 Nothing was filled in within 10 min', [{}, { at: 600 }]],
  ['nobody fills it, which is no matter', undefined, [{}, { at: 1e6 }], { startTimeout: 0 }],
  [
    'nobody seals its batch',
    '83 Nothing was filled in within 10 min',
    [
      { batch: 'b', waiting: 3 },
      { batch: 'b', waiting: 3, at: 600 },
    ],
  ],
  ['a list that nobody seals is worked on', undefined, [{ waiting: 3 }, { waiting: 3, at: 600 }]],
  [
    'not sealed, and just empty',
    undefined,
    [
      { ...ENDED, sealed: false },
      { ...ENDED, sealed: false, at: 29 },
    ],
  ],
  [
    'not sealed, and empty for long',
    '0 Queue empty, all done',
    [
      { ...ENDED, sealed: false },
      { ...ENDED, sealed: false, at: 30 },
    ],
  ],
  [
    'not sealed, and items came meanwhile',
    undefined,
    [
      { ...ENDED, sealed: false },
      { ...ENDED, sealed: false, claimed: 5, done: 5, at: 25 },
      { ...ENDED, sealed: false, claimed: 5, done: 5, at: 40 },
    ],
  ],
  [
    'a newer batch has replaced it',
    '0 Batch b is done, with 4 items; a newer one has replaced it',
    [
      { ...HALF, batch: 'b' },
      { batch: 'c', waiting: 9, former: 4 },
    ],
  ],
  ['another batch is there', undefined, [{ ...ENDED, batch: 'a' }], { batchId: 'b' }],
  [
    'the batch never comes',
    '83 Batch b was not filled in within 10 min',
    [
      { ...ENDED, batch: 'a' },
      { ...ENDED, batch: 'a', at: 600 },
    ],
    { batchId: 'b' },
  ],
  [
    'the batch comes',
    '0 Queue empty, all done',
    [
      { ...HALF, batch: 'a' },
      { ...ENDED, batch: 'b' },
    ],
    { batchId: 'b' },
  ],
  [
    'the batch was done before',
    '0 Batch b is done, with 4 items; a newer one has replaced it',
    [{ ...HALF, batch: 'c', former: 4 }],
    { batchId: 'b' },
  ],
];

test.each(CASES.map(([name, ending, steps, options = {}]) => ({ name, ending, steps, options })))(
  '$name: $ending',
  ({ ending, steps, options }) => {
    expect(endingOf(steps, options)).toBe(ending);
  },
);

test('where the time is up, it says what is left', () => {
  const watch = new EndingWatch({ settle: 30, startTimeout: 600 });
  expect(watch.timedOut(90)).toEqual({ code: 3, what: 'Still not drained after 1 min 30 s: it has not ended' });
  watch.see({ status: { ...NOTHING, ...HALF }, at: 0 });
  expect(watch.timedOut(90)).toEqual({ code: 3, what: 'Still not drained after 1 min 30 s: 2 items are left' });
});
