import type { FinalizerState, ItemProgress, QueueStatus } from 'cdk8s-redis-work-queue/worker';
import { EXIT } from '../../worker/contract';
import { left, timeLeft } from '../../worker/work-queue';
import { CLI_EXIT } from '../exit-codes';

/** The progress of a queue, by the names that `status --json` prints beside those of the status. */
export interface QueueProgress {
  readonly waiting: number;
  readonly leased: number;
  readonly retrying: number;
  readonly done: number;
  readonly dead: number;
  /** Items that end (done or dead) per second; 0 without workers. */
  readonly rate: number;
  /** Seconds; null where nothing says how long it takes. */
  readonly timeLeft: number | null;
  /** Items in hand whose handlers say how far they are, by their numbers; missing where none does. */
  readonly progress?: readonly (ItemProgress & { readonly worker: string })[];
  /** Where the finalizer stands, where there is one. */
  readonly finalizer?: FinalizerState;
  /** Memory of Redis in bytes, where it has a `maxmemory`. */
  readonly memory?: { readonly used: number; readonly max: number };
}

/** Items that ever were in the queue. */
export function total(status: QueueStatus): number {
  return Math.max(status.total ?? 0, status.claimed + status.waiting);
}

export function progressOf(status: QueueStatus, rate: number): QueueProgress {
  const { waiting, leased, retrying, done, dead, finalizer } = status;
  const seconds = timeLeft(status, rate);
  const progress = status.workers
    .flatMap(({ name, session, progress }) => progress.map((item) => ({ ...item, worker: name || session })))
    .sort((a, b) => a.id - b.id);
  const known = { waiting, leased, retrying, done, dead, rate: rounded(rate), timeLeft: seconds && rounded(seconds) };
  const memory = memoryOf(status);
  return {
    ...known,
    ...(finalizer && { finalizer }),
    ...(progress.length > 0 && { progress }),
    ...(memory && { memory }),
  };
}

/** Memory of a Redis that has a limit. */
export function memoryOf({ memory }: QueueStatus): QueueProgress['memory'] {
  return memory?.max === undefined ? undefined : { used: memory.used, max: memory.max };
}

/** Whether the finalizer is still to come to its end. */
export function awaitsFinalizer({ finalizer, cancelled }: QueueStatus): boolean {
  if (cancelled) return false;
  return finalizer === 'pending' || finalizer === 'running' || finalizer === 'retrying';
}

/** Sealed or cancelled, and nothing is left: this queue will not change any more by itself. */
export function isOver(status: QueueStatus): boolean {
  return (status.sealed || status.cancelled) && left(status) === 0 && !awaitsFinalizer(status);
}

/** Items that were sealed and never came out. */
export function lost(status: QueueStatus): number {
  return status.sealed && left(status) === 0 ? Math.max(0, (status.total ?? 0) - status.claimed) : 0;
}

/** The exit code of `status --exit-code`. */
export function verdictOf(status: QueueStatus): number {
  if (left(status) > 0) return CLI_EXIT.notDrained;
  if (status.cancelled) return CLI_EXIT.deadLetters;
  if (!status.sealed && status.claimed === 0) return CLI_EXIT.notDrained;
  if (lost(status) > 0) return EXIT.dataLost;
  if (awaitsFinalizer(status)) return CLI_EXIT.notDrained;
  return status.dead > 0 || status.finalizer === 'dead' ? CLI_EXIT.deadLetters : CLI_EXIT.ok;
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
