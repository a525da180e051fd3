import { EXIT } from '../contract';
import type { Ending, Tally } from '../drain';
import { oneLine } from '../log';
import { counted } from '../quantities';

/** The last line of a worker: how it ended, what it did, how the queue stands. */
export function summaryOf(
  what: string,
  exitCode: number,
  tally: Tally,
  seconds: number,
  counts?: Ending['counts'],
  /** Whether all items were handed out. */
  isAll = exitCode === EXIT.drained || exitCode === EXIT.deadLetters,
): string {
  const own = [`${tally.done} done`, counted(tally.failed, 'failed attempt'), counted(tally.dead, 'dead letter')];
  if (tally.stale > 0) own.push(`${tally.stale} not counted, because another worker had them`);
  // An ending before the queue was drained knows what was handed out, not what still waits.
  const queue = counts
    ? `; queue: ${counted(counts.claimed, 'item')}${isAll ? '' : ' handed out'}, ${counts.done} done, ${counts.dead} dead${counts.dropped > 0 ? `, ${counts.dropped} dropped` : ''}${counts.finalizer ? `, finalizer ${counts.finalizer}` : ''}`
    : '';
  return `${oneLine(what)} (exit ${exitCode}); this worker: ${own.join(', ')} in ${seconds.toFixed(1)} s${queue}`;
}
