import type { QueueStatus } from './queue-status';

/**
 * How a queue stands, in a word.
 *
 * - `empty`: nothing is left, and more may come: it is not sealed.
 * - `filling`: items are there, none was claimed so far, and the queue is not sealed.
 * - `running`: items are left, and workers are there.
 * - `idle`: items are left, and no worker is there.
 * - `paused`: no item is handed out until somebody resumes.
 * - `cancelled`: it was cancelled, and no item is handed out any more.
 * - `drained`: every item is done.
 * - `failed`: all items have ended, some of them as dead letters, or some that were sealed are missing.
 */
export type QueueState = 'empty' | 'filling' | 'running' | 'idle' | 'paused' | 'cancelled' | 'drained' | 'failed';

/**
 * How a queue stands, in a word.
 *
 * A queue that is not sealed counts as ended once nothing is left and its workers have gone; while they are there, it is
 * `empty`, since they wait for more.
 *
 * @example
 * if (stateOf(await queue.status()) === 'drained') console.log('all done');
 */
export function stateOf(status: QueueStatus): QueueState {
  const { waiting, leased, retrying, claimed, dead, sealed, total = 0, batch, finalizer, workerCount } = status;
  if (status.cancelled) return 'cancelled';
  const isOwed = finalizer === 'pending' || finalizer === 'running' || finalizer === 'retrying';
  const isLeft = waiting + leased + retrying > 0;
  if (isLeft || (isOwed && (sealed || claimed > 0))) {
    if (status.paused) return 'paused';
    if (!sealed && claimed === 0 && (batch !== undefined || workerCount === 0)) return 'filling';
    return workerCount > 0 ? 'running' : 'idle';
  }
  if (!sealed && (claimed === 0 || workerCount > 0)) {
    if (status.paused) return 'paused';
    return claimed === 0 && batch !== undefined ? 'filling' : 'empty';
  }
  return dead > 0 || finalizer === 'dead' || claimed < total ? 'failed' : 'drained';
}
