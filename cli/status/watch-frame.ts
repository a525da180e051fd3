import type { DeadLetter, QueueStatus } from 'cdk8s-redis-work-queue/worker';
import { oneLine } from '../../worker/log';
import { ended, left, type QueueProgress, total } from '../queue';
import { type Colours, table } from '../screen';
import { count, countOf, duration, type LiveText, payloadLine, perSecond, progressBar, sparkline } from '../text';
import { headline, hints, memoryText, workerRows } from './status-text';

/** What the live view shows. */
export interface View {
  readonly queue: string;
  readonly status: QueueStatus;
  readonly progress: QueueProgress;
  /** Items per second between two looks, oldest first. */
  readonly history: readonly number[];
  /** The newest first. */
  readonly failures: readonly DeadLetter<Uint8Array>[];
  /** Why the numbers are old, if they are. */
  readonly trouble: string;
}

/** The live view as text that fits into the given terminal. */
export function watchFrame(
  view: View,
  { columns, rows, cut, widthOf }: Pick<LiveText, 'columns' | 'rows' | 'cut' | 'widthOf'>,
  { bold, cyan, dim, green, red, yellow }: Colours,
): string {
  const { status, progress } = view;
  // The last column stays free: some terminals break the line there.
  const width = columns - 1;
  const lines: string[] = [bold(cut(headline(view.queue, status), width))];

  const all = total(status);
  const fraction = all > 0 ? ended(status) / all : 0;
  const time =
    progress.timeLeft === null ? 'time left unknown' : left(status) === 0 ? '' : `${duration(progress.timeLeft)} left`;
  const words = [`${Math.floor(fraction * 100)} %`, `${count(ended(status))} of ${count(all)}`, time]
    .filter(Boolean)
    .join('   ');
  const room = Math.min(60, width - widthOf(words) - 2);
  lines.push(room >= 8 ? `${green(progressBar(fraction, room))}  ${words}` : cut(words, width));
  lines.push('');
  lines.push(
    ...wrap(counts(progress, status), width).map((line) =>
      line
        .map(([name, value]) => {
          const text = `${name} ${value}`;
          return name === 'dead' && progress.dead > 0 ? red(text) : text;
        })
        .join('   '),
    ),
  );

  const rate = perSecond(progress.rate);
  const chart = sparkline(view.history, Math.max(0, Math.min(60, width - widthOf(rate) - 24)));
  const peak = perSecond(Math.max(0, ...view.history.slice(-chart.length)));
  lines.push('', cut(rate, width) + (chart.length > 3 ? `  ${cyan(chart)}  ${dim(`peak ${peak}`)}` : ''));

  const notes = view.trouble ? [view.trouble] : hints(view.queue, status).filter((hint) => !hint.startsWith('`'));
  const failures = failureLines(view.failures, width, cut);
  const fixed = lines.length + (failures.length > 0 ? failures.length + 2 : 0) + notes.length * 2 + 3;
  if (status.workers.length > 0) {
    const fitting = Math.max(1, rows - fixed - 1);
    const shown = status.workers.length > fitting ? Math.max(1, fitting - 1) : fitting;
    const workers = table(workerRows(status.workers.slice(0, shown)).slice(1), widthOf).split('\n');
    lines.push('', dim(countOf(status.workerCount, 'worker')));
    lines.push(...workers.map((line) => cut(line, width)));
    if (shown < status.workerCount) lines.push(dim(`  and ${count(status.workerCount - shown)} more`));
  }
  if (failures.length > 0) lines.push('', dim('Newest dead letters'), ...failures);
  for (const note of notes) lines.push('', yellow(cut(oneLine(note), width)));
  return lines.slice(0, Math.max(1, rows - 1)).join('\n');
}

function counts({ waiting, leased, retrying, done, dead }: QueueProgress, status: QueueStatus): [string, string][] {
  const { dropped, finalizer } = status;
  const values = { waiting, leased, retrying, done, dead, ...(dropped > 0 && { dropped }) };
  const shown = Object.entries(values).map(([name, value]): [string, string] => [name, count(value)]);
  const memory = memoryText(status);
  return [
    ...shown,
    ...(finalizer ? [['finalizer', finalizer] as [string, string]] : []),
    ...(memory ? [['memory', memory] as [string, string]] : []),
  ];
}

/** Words in as many lines as they need. */
function wrap(words: [string, string][], width: number): [string, string][][] {
  const lines: [string, string][][] = [];
  let used = Number.POSITIVE_INFINITY;
  for (const word of words) {
    const needed = word[0].length + 1 + word[1].length + 3;
    if (used + needed - 3 > width) {
      lines.push([]);
      used = 0;
    }
    lines.at(-1)?.push(word);
    used += needed;
  }
  return lines;
}

function failureLines(
  letters: readonly DeadLetter<Uint8Array>[],
  width: number,
  cut: (text: string, columns: number) => string,
): string[] {
  return letters.map(({ id, reason, attempts, at, error, payload }) => {
    const ago = duration(Math.max(0, Math.round((Date.now() - at.getTime()) / 1_000)));
    const item = cut(payloadLine(payload.subarray(0, 256), payload.length), 24);
    const text = `  #${id}  ${ago} ago  ${item}  ${reason}, attempt ${attempts}: ${oneLine(error)}`;
    return cut(text, width);
  });
}
