import { appendFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { QueueStatus, WorkQueue } from 'cdk8s-redis-work-queue/worker';
import { DEFAULTS } from '../../worker/contract';
import { oneLine } from '../../worker/log';
import type { Context } from '../context';
import type { Group } from '../dead';
import { CLI_EXIT } from '../exit-codes';
import { exitCodeOf, messageOf } from '../failures';
import { progressOf, type QueueOptions, QueueRate, withQueue } from '../queue';
import { colours, table } from '../screen';
import { statusJson } from '../status';
import { count, duration, type LiveText, openLiveLine } from '../text';
import { type Ending, EndingWatch } from './ending';
import { failuresOf, idsText } from './failures';
import { progressLine, progressWords } from './progress-line';
import { markdownSummary } from './summary';

/** Times in seconds. */
export interface WaitOptions extends Omit<QueueOptions, 'timeout'> {
  readonly batchId?: string;
  /** How long to wait in all; undefined: until it ends. */
  readonly timeout?: number;
  readonly startTimeout?: number;
  readonly settle?: number;
  readonly tolerateDeadLetters?: boolean;
  readonly failFast?: boolean;
  /** File that a summary in Markdown is added to. */
  readonly summary?: string;
  readonly json?: boolean;
}

/** Between two looks, in ms. */
const LOOK = 1_000;
/** Between two lines where there is no terminal, in seconds. */
const LINE = 60;
/** How long to try to reach Redis, in seconds. */
const PATIENCE = 10;
/** How long a Redis that was there may be away, in seconds: as long as the workers wait for it. */
const AWAY = DEFAULTS.storeTimeout / 1_000;

/** Waits until a queue has ended, and ends as its Job does. */
export async function wait(options: WaitOptions, context: Context): Promise<number> {
  const live = process.stderr.isTTY && !options.json ? await openLiveLine(process.stderr) : undefined;
  const shown = new Shown(live, options.json ? undefined : context);
  try {
    // Redis may be away for a while, which is no end.
    const log = { info: () => {}, warn: (line: string) => (live ? {} : context.note(line)) };
    return await withQueue(
      { ...options, timeout: PATIENCE },
      context,
      async (queue) => {
        const { ending, status } = await endingOf(queue, options, shown, context);
        const failures = status ? await failuresOf(queue, status).catch(() => []) : [];
        shown.end();
        report(queue.queue.name, ending, status, failures, options, context);
        await summarize(queue.queue.name, ending, status, failures, options, context);
        return ending.code;
      },
      { log, lasts: true },
    );
  } finally {
    shown.end();
  }
}

async function endingOf(
  queue: WorkQueue<Uint8Array>,
  options: WaitOptions,
  shown: Shown,
  { stop }: Context,
): Promise<{ readonly ending: Ending; readonly status: QueueStatus | undefined }> {
  const watch = new EndingWatch({
    ...options,
    settle: options.settle ?? DEFAULTS.settle / 1_000,
    startTimeout: options.startTimeout ?? DEFAULTS.startTimeout / 1_000,
  });
  const now = () => performance.now() / 1_000;
  const from = now();
  const isTimeUp = () => options.timeout !== undefined && now() - from >= options.timeout;
  let seen: number | undefined;
  for (;;) {
    try {
      const before = watch.batchId;
      const status = await queue.status();
      const former = before !== undefined && status.batch !== before ? await queue.formerItems(before) : undefined;
      const ending = watch.see({ status, former, at: now() });
      if (ending) return { ending, status: watch.seen };
      seen = now();
      shown.show(queue.queue.name, watch.seen === status ? status : undefined);
    } catch (error) {
      const isAway = exitCodeOf(error) === CLI_EXIT.storeUnreachable;
      if (!isAway || seen === undefined || now() - seen > AWAY) throw error;
      shown.away(messageOf(error));
    }
    if (isTimeUp()) return { ending: watch.timedOut(now() - from), status: watch.seen };
    await sleep(LOOK, undefined, { signal: stop });
  }
}

const NOTHING = 'nothing was filled in so far';

/** What is shown while it waits: a bar on a terminal, else a line a minute. */
class Shown {
  private readonly rate = new QueueRate(LINE);
  private readonly colours = colours(process.stderr);
  private lastLine: number | undefined;
  private isOver = false;

  constructor(
    private readonly live: LiveText | undefined,
    private readonly context: Context | undefined,
  ) {}

  /** @param status undefined where nothing is there so far */
  show(queue: string, status: QueueStatus | undefined): void {
    const now = performance.now() / 1_000;
    const rate = status ? this.rate.see(status, now) : 0;
    if (this.live) {
      const { live } = this;
      const line = status
        ? progressLine(queue, status, rate, live, this.colours)
        : live.cut(`${oneLine(queue)}  ${NOTHING}`, live.columns - 1);
      live.draw(line);
    } else if (this.lastLine === undefined || now - this.lastLine >= LINE) {
      this.lastLine = now;
      this.context?.note(`${oneLine(queue)}: ${status ? progressWords(status, rate) : NOTHING}`);
    }
  }

  away(line: string): void {
    if (this.live) this.live.draw(this.live.cut(line, this.live.columns - 1));
  }

  end(): void {
    if (!this.isOver) this.live?.end();
    this.isOver = true;
  }
}

function report(
  queue: string,
  { code, what }: Ending,
  status: QueueStatus | undefined,
  failures: readonly Group[],
  options: WaitOptions,
  { out, colours: { green, red } }: Context,
): void {
  if (options.json) {
    const known = status && statusJson(status, progressOf(status, 0));
    out(JSON.stringify({ queue, exitCode: code, what, failures, status: known ?? null }));
    return;
  }
  out((code === 0 ? green : red)(`${oneLine(queue)}: ${oneLine(what)} (exit ${code}).`));
  if (status) {
    const { done, dead, dropped, clock } = status;
    const parts = [`${count(done)} done`, `${count(dead)} dead`, ...(dropped > 0 ? [`${count(dropped)} dropped`] : [])];
    out(`${parts.join(', ')}, in ${duration(clock / 1_000)} with workers.`);
  }
  if (failures.length === 0) return;
  out('');
  out(
    table(
      failures.map((group) => [
        `${count(group.count)} ×`,
        oneLine(group.kind),
        `${group.reason}; ids ${idsText(group)}`,
      ]),
    ),
  );
}

/** Adds the summary to its file, which in GitHub Actions is that of the step. */
async function summarize(
  queue: string,
  ending: Ending,
  status: QueueStatus | undefined,
  failures: readonly Group[],
  { summary: file = process.env.GITHUB_STEP_SUMMARY || undefined }: WaitOptions,
  { note }: Context,
): Promise<void> {
  if (file === undefined) return;
  try {
    await appendFile(file, `${markdownSummary(queue, ending, status, failures)}\n`);
  } catch (error) {
    // How the queue ended is what the exit code says.
    note(`The summary could not be written: ${messageOf(error)}`);
  }
}
