import { type QueueState, stateOf } from './queue-state';
import type { QueueStatus } from './queue-status';

const STATUS: QueueStatus = {
  ...{ waiting: 0, leased: 0, retrying: 0, done: 0, dead: 0, dropped: 0, claimed: 0, added: 0 },
  ...{ sealed: false, total: undefined, batch: undefined, paused: false, slowedFor: 0, cancelled: false },
  ...{ finalizer: undefined, clock: 0, workerCount: 0, workers: [], memory: undefined },
};
const SEALED = { sealed: true, total: 9 };
const WORKED = { claimed: 5, done: 5 };
const ENDED = { ...SEALED, claimed: 9, done: 9 };

test.each<[QueueState, string, Partial<QueueStatus>]>([
  ['empty', 'nothing was ever in it', {}],
  ['empty', 'workers wait for more', { ...WORKED, workerCount: 2 }],
  [
    'empty',
    'workers wait for more of a stream that has dead letters',
    { claimed: 5, done: 4, dead: 1, workerCount: 2 },
  ],
  ['filling', 'nobody is there yet', { waiting: 9 }],
  ['filling', 'workers wait for the seal of their batch', { waiting: 9, batch: 'b', workerCount: 2 }],
  ['filling', 'a batch without an item so far', { batch: 'b' }],
  ['running', 'items are in hand', { ...SEALED, ...WORKED, leased: 4, claimed: 9, workerCount: 1 }],
  ['running', 'workers wait for a retry', { ...SEALED, claimed: 9, done: 8, retrying: 1, workerCount: 1 }],
  ['running', 'the first worker has come, and nothing is sealed', { waiting: 9, workerCount: 1 }],
  ['running', 'the finalizer runs', { ...ENDED, finalizer: 'running', workerCount: 1 }],
  ['idle', 'all workers are gone', { ...SEALED, ...WORKED, waiting: 4 }],
  ['idle', 'sealed, and no worker has come', { ...SEALED, waiting: 9 }],
  ['idle', 'the finalizer has not run', { ...ENDED, finalizer: 'pending' }],
  ['paused', 'items wait', { ...SEALED, waiting: 9, paused: true, workerCount: 2 }],
  ['paused', 'more may come', { paused: true }],
  ['cancelled', 'items are still in hand', { cancelled: true, leased: 1, claimed: 1, workerCount: 1 }],
  ['cancelled', 'with dead letters', { ...ENDED, cancelled: true, dead: 1 }],
  ['drained', 'all done', ENDED],
  ['drained', 'all done, and paused', { ...ENDED, paused: true }],
  ['drained', 'an empty batch', { sealed: true, total: 0 }],
  ['drained', 'not sealed, and the workers have settled', WORKED],
  ['drained', 'with the finalizer', { ...ENDED, finalizer: 'done' }],
  ['failed', 'with dead letters', { ...ENDED, done: 8, dead: 1 }],
  ['failed', 'dead letters keep the finalizer from running', { ...ENDED, done: 8, dead: 1, finalizer: 'skipped' }],
  ['failed', 'the finalizer is dead', { ...ENDED, finalizer: 'dead' }],
  ['failed', 'sealed items are missing', { ...SEALED, ...WORKED }],
])('%s: %s', (state, _, change) => {
  expect(stateOf({ ...STATUS, ...change })).toBe(state);
});
