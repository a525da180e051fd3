import type { QueueStatus } from 'cdk8s-redis-work-queue/worker';
import { ended } from '../queue';

/** One look at a queue. */
export interface Look {
  /** Seconds, on any clock that only rises. */
  readonly at: number;
  readonly status: QueueStatus;
}

/** Items per second of one worker, and what that rests on. */
export interface Rate {
  readonly perWorker: number;
  readonly basis: 'sample' | 'average';
}

/** Why there is no rate: no item ever ended, or none of those that should have. */
export interface NoRate {
  readonly why: 'nothing done' | 'stalled';
  /** Items that would have ended meanwhile, by the average. */
  readonly expected: number;
}

/** Fewer items than that say little about a rate. */
const ENOUGH = 10;

/**
 * What one worker does, while it has something to do. The looks decide where enough items ended between them. Where items
 * take long, that is the average over the time that the queue was worked on, as if there had always been as many workers.
 */
export function ratePerWorker(looks: readonly Look[], concurrency: number): Rate | NoRate {
  const { status: first, at: from } = looks[0] as Look;
  const { status: last, at: to } = looks.at(-1) as Look;
  const sampled = Math.max(0, ended(last) - ended(first));
  const workerSeconds = busySeconds(looks);
  const average = averageRate(last, concurrency);
  const expected = average * (to - from);
  const isTelling = sampled >= ENOUGH || (sampled > 0 && expected >= 2 * ENOUGH);
  if (isTelling && workerSeconds > 0) return { perWorker: sampled / workerSeconds, basis: 'sample' };
  if (average === 0) return { why: 'nothing done', expected: 0 };
  if (sampled === 0 && expected >= 2 * ENOUGH) return { why: 'stalled', expected };
  return { perWorker: average / Math.max(1, busyWorkers(last)), basis: 'average' };
}

/** Workers that hold something. Where not all are listed, as many as hold what is leased. */
export function busyWorkers({ leased, workerCount, workers }: QueueStatus): number {
  const busy = workers.filter((worker) => worker.leased > 0);
  // Those that hold something come first.
  if (busy.length < workers.length || workers.length === workerCount) return busy.length;
  const held = busy.reduce((sum, worker) => sum + worker.leased, 0);
  return Math.min(workerCount, Math.max(busy.length, Math.round((leased * busy.length) / held)));
}

/** Seconds that workers held something, of all of them together. */
function busySeconds(looks: readonly Look[]): number {
  return looks.slice(1).reduce((sum, { at, status }, i) => {
    const before = looks[i] as Look;
    return sum + ((busyWorkers(before.status) + busyWorkers(status)) / 2) * (at - before.at);
  }, 0);
}

/** Items per second since the start, those that run counted as half done; 0 before the first one ended. */
function averageRate(status: QueueStatus, concurrency: number): number {
  const done = ended(status);
  if (done === 0 || status.clock <= 0) return 0;
  const running = Math.min(status.leased, busyWorkers(status) * concurrency);
  return ((done + running / 2) * 1_000) / status.clock;
}
