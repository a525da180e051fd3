import { setTimeout as sleep } from 'node:timers/promises';
import type { DeadLetter, QueueStatus, WorkQueue } from 'cdk8s-redis-work-queue/worker';
import type { Context } from './context';
import { openLiveText } from './live-text';
import { type QueueOptions, withQueue } from './open-queue';
import { duration, perSecond } from './quantities';
import { ended, isOver, progressOf, rateOf } from './queue-progress';
import { RateMeter } from './rate-meter';
import { watchFrame } from './watch-frame';

export interface WatchOptions extends QueueOptions {
  readonly interval?: number;
  readonly json?: boolean;
}

/** Workers and items of theirs that a look asks for. */
const PEEK = 1;
/** Dead letters that are read to find the newest ones. */
const LETTERS_READ = 1_000;
const LETTERS_SHOWN = 5;

/** Shows how a queue gets on until it is sealed and empty, or until Ctrl-C. */
export async function watch(options: WatchOptions, context: Context): Promise<QueueStatus> {
  const { stop } = context;
  const live = process.stdout.isTTY && !options.json ? await openLiveText(process.stdout) : undefined;
  const interval = (options.interval ?? (live ? 1 : 10)) * 1_000;
  const meter = new RateMeter();
  let trouble = '';
  const log = live
    ? {
        info: () => {},
        warn: (line: string) => {
          trouble = line;
          redraw();
        },
      }
    : context.log;
  let redraw = () => {};
  const onResize = () => redraw();
  process.stdout.on('resize', onResize);
  try {
    return await withQueue(
      options,
      context,
      async (queue) => {
        let failures: DeadLetter<Uint8Array>[] = [];
        let deadBefore = 0;
        for (;;) {
          const status = await queue.status({ peek: live ? PEEK : 0 });
          trouble = '';
          const now = performance.now() / 1_000;
          meter.add(ended(status), now);
          const seen = meter.window;
          const progress = progressOf(status, rateOf(status, seen));
          if (live) {
            if (status.dead !== deadBefore) failures = status.dead === 0 ? [] : await newest(queue);
            deadBefore = status.dead;
            const view = { queue: queue.queue.name, status, progress, history: meter.history, interval, failures };
            redraw = () => live.draw(watchFrame({ ...view, trouble }, live, context.colours));
            redraw();
          } else if (options.json) {
            context.out(JSON.stringify(progress));
          } else {
            context.out(plainLine(progress));
          }
          if (isOver(status)) return status;
          await sleep(interval, undefined, { signal: stop });
        }
      },
      log,
    );
  } finally {
    process.stdout.removeListener('resize', onResize);
    live?.done();
  }
}

function plainLine({ waiting, leased, retrying, done, dead, rate, timeLeft }: ReturnType<typeof progressOf>): string {
  const time = new Date().toISOString().slice(0, 19);
  const left = timeLeft === null ? 'unknown' : duration(timeLeft);
  return `${time}Z waiting=${waiting} leased=${leased} retrying=${retrying} done=${done} dead=${dead} rate=${perSecond(rate)} left=${left}`;
}

/** The newest of at most a thousand dead letters. */
async function newest(queue: WorkQueue<Uint8Array>): Promise<DeadLetter<Uint8Array>[]> {
  let letters: DeadLetter<Uint8Array>[] = [];
  let read = 0;
  for await (const letter of queue.deadLetters()) {
    letters.push(letter);
    if (letters.length > 10 * LETTERS_SHOWN) letters = latest(letters);
    if (++read === LETTERS_READ) break;
  }
  return latest(letters);
}

function latest(letters: DeadLetter<Uint8Array>[]): DeadLetter<Uint8Array>[] {
  return letters.sort((a, b) => b.at.getTime() - a.at.getTime()).slice(0, LETTERS_SHOWN);
}
