import { setTimeout as sleep } from 'node:timers/promises';
import type { QueueStatus } from 'cdk8s-redis-work-queue/worker';
import type { Context } from '../context';
import { UsageError } from '../failures';
import { ended, left, progressOf, type QueueOptions, rateOf, total, verdictOf, withQueue } from '../queue';
import { table } from '../screen';
import { count, duration, measure, perSecond, progressBar } from '../text';
import { statusJson } from './status-json';
import { headline, hints, memoryText, workerRows } from './status-text';
import { watch } from './watch';

export interface StatusOptions extends QueueOptions {
  readonly json?: boolean;
  readonly watch?: boolean;
  /** Seconds between two looks of `watch`. */
  readonly interval?: number;
  /** Seconds between the two looks that the rate is measured by. */
  readonly sample: number;
  readonly exitCode?: boolean;
}

export async function status(options: StatusOptions, context: Context): Promise<number> {
  if (options.interval !== undefined && !options.watch) {
    throw new UsageError('--interval goes with --watch; give --watch as well, or leave it out.');
  }
  const last = options.watch ? await watch(options, context) : await once(options, context);
  return options.exitCode ? verdictOf(last) : 0;
}

/** Items that each worker is shown with. */
const PEEK = 1;

function once(options: StatusOptions, context: Context): Promise<QueueStatus> {
  return withQueue(options, context, async (queue) => {
    const { stop } = context;
    const first = await queue.status({ peek: PEEK });
    let last = first;
    let seconds = 0;
    if (options.sample > 0 && left(first) > 0 && first.workers.length > 0) {
      const from = performance.now();
      await sleep(options.sample * 1_000, undefined, { signal: stop });
      last = await queue.status({ peek: PEEK });
      seconds = (performance.now() - from) / 1_000;
    }
    const rate = rateOf(last, { items: ended(last) - ended(first), seconds });
    if (options.json) context.out(JSON.stringify(statusJson(last, progressOf(last, rate))));
    else await print(queue.queue.name, last, rate, context);
    return last;
  });
}

/** More workers than these are only counted. */
const ROWS = 40;

async function print(queue: string, status: QueueStatus, rate: number, { out, colours }: Context): Promise<void> {
  const { bold, dim, green, red, yellow } = colours;
  const { cut, widthOf } = await measure();
  const columns = process.stdout.columns || 100;
  const numbers = progressOf(status, rate);
  const all = total(status);
  out(bold(cut(headline(queue, status), columns)));
  if (all > 0) {
    const fraction = ended(status) / all;
    const room = Math.min(40, columns - 30);
    out(`${room >= 8 ? `${green(progressBar(fraction, room))}  ` : ''}${Math.floor(fraction * 100)} %`);
  }
  const values: [string, string][] = (['waiting', 'leased', 'retrying', 'done', 'dead'] as const).map((name) => {
    const value = numbers[name].toLocaleString('en-US');
    return [name, name === 'dead' && numbers.dead > 0 ? red(value) : value];
  });
  if (status.dropped > 0) values.push(['dropped', status.dropped.toLocaleString('en-US')]);
  if (status.finalizer) values.push(['finalizer', status.finalizer]);
  const memory = memoryText(status);
  if (memory) values.push(['memory', memory]);
  values.push(['rate', perSecond(numbers.rate)]);
  values.push(['time left', numbers.timeLeft === null ? 'unknown' : duration(numbers.timeLeft)]);
  out(`\n${table(values)}`);
  if (status.workers.length > 0) {
    const shown = status.workers.slice(0, ROWS);
    const rows = workerRows(shown);
    const [head = '', ...lines] = table(rows, widthOf)
      .split('\n')
      .map((line) => cut(line, columns));
    const others = status.workerCount - shown.length;
    if (others > 0) lines.push(dim(`and ${count(others)} more`));
    out(`\n${[dim(head), ...lines].join('\n')}`);
  }
  for (const hint of hints(queue, status)) out(`\n${yellow(hint)}`);
}
