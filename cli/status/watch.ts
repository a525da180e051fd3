import { setTimeout as sleep } from 'node:timers/promises';
import type { DeadLetter, QueueStatus, WorkQueue } from 'cdk8s-redis-work-queue/worker';
import type { Context } from '../context';
import { isOver, progressOf, type QueueOptions, type QueueProgress, QueueRate, withQueue } from '../queue';
import { duration, type LiveText, openLiveScreen, perSecond } from '../text';
import { statusJson } from './status-json';
import { type View, watchFrame } from './watch-frame';

export interface WatchOptions extends QueueOptions {
  readonly interval?: number;
  readonly json?: boolean;
}

/** Workers and items of theirs that a look asks for. */
const PEEK = 1;
/** Dead letters that are read to find the newest ones. */
const LETTERS_READ = 1_000;
const LETTERS_SHOWN = 5;

/** Shows the progress of a queue until it is sealed and empty, or until Ctrl-C. */
export async function watch(options: WatchOptions, context: Context): Promise<QueueStatus> {
  const { stop, out } = context;
  const isLive = process.stdout.isTTY && !options.json;
  const interval = (options.interval ?? (isLive ? 1 : 10)) * 1_000;
  const rate = new QueueRate();
  const live = isLive ? new LiveView(context) : undefined;
  const log = live ? { info: () => {}, warn: (line: string) => live.trouble(line) } : context.log;
  try {
    const look = async (queue: WorkQueue<Uint8Array>): Promise<QueueStatus> => {
      for (;;) {
        const status = await queue.status({ peek: live || options.json ? PEEK : 0 });
        const progress = progressOf(status, rate.see(status, performance.now() / 1_000));
        if (live) await live.show(queue, status, progress, rate.history);
        else out(options.json ? JSON.stringify(statusJson(status, progress)) : plainLine(progress));
        if (isOver(status)) return status;
        await sleep(interval, undefined, { signal: stop });
      }
    };
    return await withQueue(options, context, look, { log, lasts: true });
  } finally {
    live?.end();
  }
}

/** The screen of `--watch`, from the first look on. */
class LiveView {
  private screen: LiveText | undefined;
  private view: View | undefined;
  private frame = '';
  private readonly redraw = () => {
    if (!this.screen || !this.view) return;
    this.frame = watchFrame(this.view, this.screen, this.context.colours);
    this.screen.draw(this.frame);
  };

  constructor(private readonly context: Context) {}

  async show(
    queue: WorkQueue<Uint8Array>,
    status: QueueStatus,
    progress: QueueProgress,
    history: readonly number[],
  ): Promise<void> {
    const before = this.view;
    const failures = before && before.status.dead === status.dead ? before.failures : await newest(queue, status);
    this.view = { queue: queue.queue.name, status, progress, history, failures, trouble: '' };
    if (!this.screen) {
      this.screen = await openLiveScreen(process.stdout);
      process.stdout.on('resize', this.redraw);
    }
    this.redraw();
  }

  /** Why the numbers are old. */
  trouble(line: string): void {
    if (!this.view) this.context.note(line);
    else this.view = { ...this.view, trouble: line };
    this.redraw();
  }

  end(): void {
    if (!this.screen) return;
    process.stdout.removeListener('resize', this.redraw);
    this.screen.end();
    // What was seen last stays.
    this.context.out(this.frame);
  }
}

function plainLine(progress: ReturnType<typeof progressOf>): string {
  const { waiting, leased, retrying, done, dead, rate, timeLeft, finalizer, memory } = progress;
  const time = new Date().toISOString().slice(0, 19);
  const left = timeLeft === null ? 'unknown' : duration(timeLeft);
  const full = memory ? ` memory=${Math.floor((100 * memory.used) / memory.max)}%` : '';
  const final = finalizer ? ` finalizer=${finalizer}` : '';
  return `${time}Z waiting=${waiting} leased=${leased} retrying=${retrying} done=${done} dead=${dead}${final} rate=${perSecond(rate)} left=${left}${full}`;
}

/** The newest of at most a thousand dead letters. */
async function newest(queue: WorkQueue<Uint8Array>, { dead }: QueueStatus): Promise<DeadLetter<Uint8Array>[]> {
  if (dead === 0) return [];
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
