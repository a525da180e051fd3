import type { QueueStatus } from 'cdk8s-redis-work-queue/worker';
import { oneLine } from '../../worker/log';
import type { Group } from '../dead';
import { ended } from '../queue';
import { count, duration, items, perSecond } from '../text';
import type { Ending } from './ending';
import { idsText, LETTERS_READ } from './failures';

/** Kinds of failures that a summary has room for. */
const KINDS = 50;

/** How a queue has ended, in Markdown. */
export function markdownSummary(
  queue: string,
  { code, what }: Ending,
  status: QueueStatus | undefined,
  failures: readonly Group[],
): string {
  const lines = [`### ${code === 0 ? '✅' : '❌'} ${plain(queue)}: ${plain(what)}`, ''];
  if (status) {
    const { waiting, leased, retrying, done, dead, dropped, clock } = status;
    const counts = { done, dead, dropped, waiting, running: leased, retrying };
    lines.push(
      `| ${Object.keys(counts).join(' | ')} |`,
      `|${'--:|'.repeat(Object.keys(counts).length)}`,
      `| ${Object.values(counts).map(count).join(' | ')} |`,
      '',
    );
    const seconds = clock / 1_000;
    if (seconds > 0) {
      const all = ended(status);
      lines.push(`${items(all)} in ${duration(seconds)} with workers, ${perSecond(all / seconds)}.`, '');
    }
  }
  if (failures.length > 0) {
    lines.push('| dead letters | reason | failure | ids |', '|--:|---|---|---|');
    for (const group of failures.slice(0, KINDS)) {
      lines.push(`| ${count(group.count)} | ${group.reason} | ${plain(group.kind)} | ${idsText(group)} |`);
    }
    lines.push('');
    if (failures.length > KINDS) lines.push(`And ${count(failures.length - KINDS)} more kinds.`, '');
    if (status && status.dead > LETTERS_READ) lines.push(`By the first ${count(LETTERS_READ)} dead letters.`, '');
  }
  lines.push(`Exit code ${code}.`, '');
  return lines.join('\n');
}

/** Text that Markdown takes as it is. */
function plain(text: string): string {
  return oneLine(text).replace(/[!-/:-@[-`{-~]/g, '\\$&');
}
