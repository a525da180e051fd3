import { type Progress, progressIn } from '../attempt';
import { type Connection, StoreInfo, type StoreMemory } from '../redis';
import { SCRIPTS } from '../scripts';

/** Options of {@link WorkQueue.status}. */
export interface StatusOptions {
  /**
   * How many items to show of each worker's hands, those first that were started first.
   *
   * @default 0
   * @example peek: 3
   */
  readonly peek?: number;
}

/**
 * Where a finalizer stands. `pending`: it runs once all items have ended. `retrying`: it failed, and gets another attempt.
 * `skipped`: all items have ended, and dead letters keep it from running; or the queue was cancelled. `dropped`: it was a dead letter.
 */
export type FinalizerState = 'pending' | 'running' | 'retrying' | 'done' | 'dead' | 'skipped' | 'dropped';

/** How a queue stands, in items. The finalizer is none. */
export interface QueueStatus {
  /** Never claimed. */
  readonly waiting: number;
  /** In the hands of workers. */
  readonly leased: number;
  /** Waiting for another attempt. */
  readonly retrying: number;
  /** Done. */
  readonly done: number;
  /** Dead letters that are kept. */
  readonly dead: number;
  /** Dead letters that were dropped, and items that were when the queue was cancelled. */
  readonly dropped: number;
  /** Handed out so far, each counted once. */
  readonly claimed: number;
  /** Of all items, those that handlers have added. */
  readonly added: number;
  /** Whether nothing more is going to be filled in. */
  readonly sealed: boolean;
  /** Items in all, once sealed; it grows with what handlers add. */
  readonly total: number | undefined;
  /** Identity of what was filled in, where it has one. */
  readonly batch: string | undefined;
  /** Whether no item is handed out. */
  readonly paused: boolean;
  /** ms for which nothing is handed out, as a handler has asked for (`slowDown`); 0: it is. */
  readonly slowedFor: number;
  /** Whether the queue was cancelled: no item is handed out any more. */
  readonly cancelled: boolean;
  /** Where that stands which runs at the end; undefined where no worker has brought one (`finally`). */
  readonly finalizer: FinalizerState | undefined;
  /** ms for which this batch has been worked on, by the queue's own clock, which stops while no worker runs. */
  readonly clock: number;
  /** How many workers hold a lease; 0 where none of them has called for a whole lease, as all of them have crashed. */
  readonly workerCount: number;
  /** Those workers, at most 1,000 of them, first those that hold something. */
  readonly workers: readonly WorkerStatus[];
  /** How much of its memory the Redis of this queue has filled, in bytes; undefined where it does not say (`INFO`). */
  readonly memory: StoreMemory | undefined;
}

/** A worker process that holds a lease. */
export interface WorkerStatus {
  /** Its incarnation. */
  readonly session: string;
  /** Its name, the pod's. */
  readonly name: string;
  /** Items in its hands. */
  readonly leased: number;
  /** ms left of its lease, on the queue's clock. */
  readonly leaseLeft: number;
  /** How far its handlers are, item by item, as far as they say so; of all workers together, some 1,000 items at most. */
  readonly progress: readonly ItemProgress[];
  /** Some of the items in its hands; {@link StatusOptions.peek} says how many. */
  readonly items: readonly PayloadStart[];
}

/** How far a handler is with an item, as it says itself. */
export interface ItemProgress extends Progress {
  /** Number of the item in its queue. */
  readonly id: number;
}

/** How a payload begins. */
export interface PayloadStart {
  /** Bytes of the whole payload. */
  readonly length: number;
  /** At most the first 256 of them. */
  readonly start: Uint8Array;
}

const SHOWN_BYTES = 256;

/** Workers that one look shows. */
const SHOWN_WORKERS = 1_000;

type Reply = [
  waiting: number,
  meta: Buffer[],
  retrying: number,
  dead: number,
  shown: WorkerReply[],
  workers: number,
  progress: Buffer[],
  place: Buffer,
  time: [seconds: Buffer, micros: Buffer],
];
type WorkerReply = [session: Buffer, deadline: Buffer, name: Buffer, leased: number, items: (number | Buffer)[]];

/** How a queue stands, as its own keys tell. */
export type QueueStanding = Omit<QueueStatus, 'memory'>;

/** Asks once how a queue stands, and the Redis that has answered how full it is. */
export async function readStatus(
  connection: Connection,
  queue: string,
  { peek = 0 }: StatusOptions = {},
): Promise<QueueStatus> {
  const standing = await readStanding(connection, queue, { peek, workers: SHOWN_WORKERS });
  // Asked where that was answered, which is the node of the queue in a cluster.
  const info = await connection.command('INFO', 'memory').catch(refusedInfo);
  return { ...standing, memory: new StoreInfo(String(info)).memory };
}

/** Asks once how a queue stands, in one call of a script: with 0 workers to show, its cost is the same for any queue. */
export async function readStanding(
  connection: Connection,
  queue: string,
  { peek, workers }: { readonly peek: number; readonly workers: number },
): Promise<QueueStanding> {
  const reply = (await connection.run(SCRIPTS.status, queue, [peek, SHOWN_BYTES, workers], true)) as Reply;
  const [waiting, fields, retrying, dead, shown, workerCount, told, place, time] = reply;
  const progress = progressOf(told);
  const meta: Record<string, string | undefined> = {};
  for (let i = 0; i < fields.length; i += 2) meta[String(fields[i])] = String(fields[i + 1]);
  const number = (field: string) => Number(meta[field] ?? 0);
  const [claimed, done, dropped, clock] = [number('claimed'), number('done'), number('dropped'), number('clock')];
  const counts = { waiting, leased: claimed - done - dropped - dead - retrying, retrying, done, dead };
  const finalizer = finalizerState(meta, counts, String(place));
  const finals = number('finals');
  const is = (...states: FinalizerState[]) => (finalizer && states.includes(finalizer) ? 1 : 0);
  const now = Number(String(time[0])) * 1_000;
  const isDeserted = haveAllCrashed(now - number('wall'), number('gap'));
  return {
    waiting,
    leased: counts.leased - is('running'),
    retrying: retrying - is('retrying'),
    done: done - Math.max(0, finals - is('running', 'retrying', 'dead', 'dropped')),
    dead: dead - is('dead'),
    dropped: dropped - Math.min(finals, is('dropped')),
    claimed: claimed - finals,
    added: number('added') - finals,
    sealed: meta.sealed !== undefined,
    total: meta.total === undefined ? undefined : Number(meta.total) - finals,
    batch: meta.batch,
    paused: meta.paused !== undefined,
    slowedFor: Math.max(0, number('slow') - clock),
    cancelled: meta.cancelled !== undefined,
    finalizer,
    clock: clock - number('begun'),
    workerCount: isDeserted ? 0 : workerCount,
    workers: (isDeserted ? [] : shown).map(([session, deadline, name, leased, items]) => ({
      session: String(session),
      name: String(name),
      leased,
      leaseLeft: Number(String(deadline)) - clock,
      progress: progress.get(String(session)) ?? [],
      items: Array.from({ length: items.length / 2 }, (_, i) => ({
        length: items[2 * i] as number,
        start: items[2 * i + 1] as Buffer,
      })),
    })),
  };
}

/**
 * Whether those that hold a lease have all crashed: none has called for so many ms, which is longer than the shortest lease,
 * two gaps, and each that is alive calls twice in a gap. By the clock of the queue their leases never end, as it stands still
 * where nobody calls.
 */
function haveAllCrashed(quiet: number, gap: number): boolean {
  return quiet > 2 * gap;
}

/** Who may not ask, or asks what does not tell, is told the rest. */
function refusedInfo(error: Error): string {
  if (error.name !== 'ReplyError') throw error;
  return '';
}

/** Incarnation → how far its items are, by id. */
function progressOf(told: readonly Buffer[]): ReadonlyMap<string, ItemProgress[]> {
  const progress = new Map<string, ItemProgress[]>();
  for (let i = 0; i < told.length; i += 2) {
    const value = String(told[i + 1]);
    const end = value.indexOf(' ');
    const session = value.slice(0, end);
    const items = progress.get(session) ?? [];
    items.push({ id: Number(String(told[i])), ...progressIn(value.slice(end + 1)) });
    progress.set(session, items);
  }
  for (const items of progress.values()) items.sort((a, b) => a.id - b.id);
  return progress;
}

/** What the finalizer is at (scripts/finalizer.ts), by counters in which it is an item. */
function finalizerState(
  meta: Readonly<Record<string, string | undefined>>,
  counts: Pick<QueueStatus, 'waiting' | 'leased' | 'retrying' | 'done' | 'dead'>,
  place: string,
): FinalizerState | undefined {
  const { final, finally: when, finalafter = 0 } = meta;
  if (final === undefined) return undefined;
  if (place === 'dead') return 'dead';
  if (place === 'waiting') return 'retrying';
  const { waiting, leased, retrying, done, dead } = counts;
  const hasEnded = waiting + leased + retrying === 0;
  const after = done - Number(finalafter);
  const isMade = final !== 'success' && final !== 'always';
  if (isMade && after === 0) return leased > 0 ? 'running' : 'dropped';
  if (isMade && after === 1) return 'done';
  const isSkipped = meta.cancelled !== undefined || (when === 'success' && dead > 0 && hasEnded);
  return isSkipped ? 'skipped' : 'pending';
}
