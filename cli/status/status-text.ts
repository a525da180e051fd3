import type { QueueStatus, WorkerStatus } from 'cdk8s-redis-work-queue/worker';
import { oneLine } from '../../worker/log';
import { left, lost, memoryOf, total } from '../queue';
import { count, duration, items, mebibytesOf, payloadLine } from '../text';

/** What kind of queue this is, on one line. */
export function headline(queue: string, status: QueueStatus): string {
  const parts = [items(total(status)), status.sealed ? 'sealed' : 'not sealed'];
  if (status.added > 0) parts.push(`${count(status.added)} of them added by items`);
  if (status.batch) parts.push(`batch ${oneLine(status.batch)}`);
  if (status.paused) parts.push('PAUSED');
  if (status.slowedFor > 0) parts.push(`SLOWED DOWN for ${duration(status.slowedFor / 1_000)}`);
  if (status.cancelled) parts.push('CANCELLED');
  return `${oneLine(queue)}: ${parts.join(', ')}`;
}

/** From this part of its memory on, Redis counts as nearly full: the workers warn of it as well. */
const NEARLY_FULL = 0.9;

/** How much of its memory Redis has filled, where that has a limit. */
export function memoryText(status: QueueStatus): string | undefined {
  const memory = memoryOf(status);
  return memory && `${mebibytesOf(memory.used, memory.max)} (${percent(memory)} %)`;
}

function percent({ used, max }: { readonly used: number; readonly max: number }): number {
  return Math.floor((100 * used) / max);
}

/** What a reader of these numbers should know. */
export function hints(queue: string, status: QueueStatus): string[] {
  const found: string[] = [];
  const remaining = left(status);
  const missing = lost(status);
  if (total(status) === 0 && !status.sealed) found.push(`Nothing was ever in ${oneLine(queue)}, or it was purged.`);
  if (status.paused && !status.cancelled) found.push('Paused: workers get no more items until `rwq resume`.');
  if (status.slowedFor > 0 && !status.cancelled)
    found.push('A handler has called slowDown: nothing is handed out for that time. `rwq resume` ends it.');
  if (status.cancelled) found.push('Cancelled: nothing is handed out any more. `rwq purge` makes room for a new fill.');
  else if (remaining > 0 && status.workers.length === 0)
    found.push(`No worker is running for the ${items(remaining)} left.`);
  if (missing > 0) {
    found.push(
      `Data lost: ${items(missing)} of the ${count(status.total ?? 0)} that were sealed ${missing === 1 ? 'is' : 'are'} missing.`,
    );
  }
  const memory = memoryOf(status);
  if (memory && memory.used >= NEARLY_FULL * memory.max) {
    found.push(`Redis has filled ${percent(memory)} % of its memory: at 100 % fills and follow-up items have to wait.`);
  }
  if (status.finalizer === 'skipped') found.push('The finalizer does not run, because items are dead.');
  if (status.finalizer === 'dead') found.push('The finalizer is a dead letter: `rwq dead list` says why.');
  if (status.dead > 0) found.push('`rwq dead list` says why items are dead.');
  return found;
}

/** The rows of workers, under a head. How far items are has a column where any handler says it. */
export function workerRows(workers: readonly WorkerStatus[]): string[][] {
  const tells = workers.some(({ progress }) => progress.length > 0);
  const rows = workers
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, session, leased, leaseLeft, progress, items: [first] }) => [
      oneLine(name || session),
      count(leased),
      leaseLeft > 0 ? duration(leaseLeft / 1_000) : 'over',
      ...(tells ? [progressCell(progress)] : []),
      first ? payloadLine(first.start, first.length) : '',
    ]);
  return [['WORKER', 'HOLDS', 'LEASE', ...(tells ? ['PROGRESS'] : []), 'WORKS ON'], ...rows];
}

/** Columns that a worker's progress takes. */
const PROGRESS = 40;

/** How far the item is that was first in the queue. */
function progressCell([first, ...others]: WorkerStatus['progress']): string {
  if (!first) return '';
  const { id, fraction, text } = first;
  const more = others.length > 0 ? ` (+${others.length})` : '';
  const line = oneLine(`#${id} ${Math.floor(fraction * 100)} % ${text}`).trimEnd();
  const room = PROGRESS - more.length;
  return (line.length > room ? `${line.slice(0, room - 1)}…` : line) + more;
}
