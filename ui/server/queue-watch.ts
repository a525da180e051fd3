import {
  type DurationHistogram,
  type Durations,
  type QueueStatus,
  stateOf,
  type WorkerStatus,
  type WorkQueue,
} from 'cdk8s-redis-work-queue/worker';
import { ended, QueueRate, timeLeft } from '../../worker/work-queue';
import type { QueueRow, QueueView } from '../api';
import { History, rounded } from './history';
import { payloadText } from './payload-text';

/** Items that are shown of each worker's hands, and workers that are shown. */
const PEEK = 3;
const CREW = 100;

/** What a look saw. */
interface Look {
  readonly status: QueueStatus;
  readonly durations: Durations;
  /** Items that end per second. */
  readonly rate: number;
}

/** One queue, looked at again and again. */
export class QueueWatch {
  private look: Look | undefined;
  private looking: Promise<void> | undefined;
  private readonly history = new History();
  private readonly rate = new QueueRate();
  private seen = '';
  /** When it was looked at last, and when it was seen to change, by `performance.now()`. */
  lookedAt = Number.NEGATIVE_INFINITY;
  changedAt = Number.NEGATIVE_INFINITY;

  constructor(
    readonly name: string,
    private readonly open: () => WorkQueue<Uint8Array>,
  ) {}

  /** Looks now, or waits for the look that is under way. */
  update(): Promise<void> {
    this.looking ??= this.read().finally(() => {
      this.looking = undefined;
    });
    return this.looking;
  }

  private async read(): Promise<void> {
    const queue = this.open();
    const [status, durations] = await Promise.all([queue.status({ peek: PEEK }), queue.durations()]);
    const now = performance.now();
    this.history.add(Date.now(), ended(status), durations);
    this.look = { status, durations, rate: this.rate.see(status, now / 1_000) };
    this.lookedAt = now;
    const { clock, workers, memory, ...counts } = status;
    const seen = JSON.stringify([counts, workers.map(({ session, leased, progress }) => [session, leased, progress])]);
    if (seen !== this.seen) this.changedAt = now;
    this.seen = seen;
  }

  /** Undefined until it was looked at. */
  get row(): QueueRow | undefined {
    return this.look && rowOf(this.name, this.look.status);
  }

  /** Undefined until it was looked at. */
  get view(): QueueView | undefined {
    if (!this.look) return undefined;
    const { status, durations, rate } = this.look;
    const { added, batch, paused, cancelled, slowedFor, finalizer, memory, workers } = status;
    const left = timeLeft(status, rate);
    return {
      ...rowOf(this.name, status),
      added,
      batch: batch ?? null,
      paused,
      cancelled,
      slowedFor,
      finalizer: finalizer ?? null,
      rate: rounded(rate),
      timeLeft: left === null ? null : rounded(left),
      memory: memory?.max === undefined ? null : { used: memory.used, max: memory.max },
      crew: workers.slice(0, CREW).map(workerOf),
      durations: { done: durationsOf(durations.done), failed: durationsOf(durations.failed) },
      history: this.history.samples(),
    };
  }
}

function rowOf(name: string, status: QueueStatus): QueueRow {
  const { waiting, leased, retrying, done, dead, dropped, total, sealed, workerCount } = status;
  const counts = { waiting, running: leased, retrying, done, dead, dropped };
  return { name, state: stateOf(status), ...counts, total: total ?? null, sealed, workers: workerCount };
}

function workerOf({ name, session, leased, leaseLeft, items, progress }: WorkerStatus): QueueView['crew'][number] {
  return {
    name: name || session,
    holds: leased,
    leaseLeft,
    items: items.map(({ start, length }) => {
      const { text, bytes } = payloadText(start, length);
      return { text, bytes };
    }),
    progress: progress.map(({ id, fraction, text }) => ({ id, fraction, ...(text !== undefined && { text }) })),
  };
}

function durationsOf({ count, sum, buckets }: DurationHistogram): QueueView['durations']['done'] {
  const bounded = buckets.map(({ le, count }) => ({ le: Number.isFinite(le) ? le : null, count }));
  return { count, sum, buckets: bounded };
}
