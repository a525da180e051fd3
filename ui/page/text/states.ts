import type { QueueRow, QueueState } from '../../api';

/** What a state means, in a few words. */
export const STATES: Readonly<Record<QueueState, { readonly word: string; readonly means: string }>> = {
  empty: { word: 'Empty', means: 'nothing was filled in yet' },
  filling: { word: 'Filling', means: 'items come in, and none was claimed yet' },
  running: { word: 'Running', means: 'workers are at it' },
  idle: { word: 'Idle', means: 'items are left, and no worker is there' },
  paused: { word: 'Paused', means: 'no item is handed out' },
  cancelled: { word: 'Cancelled', means: 'no item is handed out any more' },
  drained: { word: 'Drained', means: 'every item is done' },
  failed: { word: 'Failed', means: 'it has ended with dead letters' },
};

/** Items that have come to an end. */
export function ended({ done, dead, dropped }: QueueRow): number {
  return done + dead + dropped;
}

export function left({ waiting, running, retrying }: QueueRow): number {
  return waiting + running + retrying;
}

/** Items that the queue knows of; once sealed, all there will be unless handlers add some. */
export function known(queue: QueueRow): number {
  return Math.max(queue.total ?? 0, ended(queue) + left(queue));
}

export function isOver({ state }: QueueRow): boolean {
  return state === 'drained' || state === 'failed' || state === 'cancelled';
}
