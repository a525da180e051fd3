import { DataLostError, NeverFilledError } from '../errors';
import type { Log } from '../log';
import type { WaitReason } from '../redis';
import type { WorkerSettings } from '../settings';

/** How often a waiting worker logs that it waits, in ms. */
const SAY_EVERY = 30_000;

/** What an idle worker logs, and how long it waits for a queue to be filled. */
export class Waiting {
  private seenItem = false;
  private since: number | undefined;
  private said: number | undefined;
  /** Why an endless worker waits, which it says once. */
  private saidOnce: WaitReason | undefined;

  constructor(
    private readonly queue: string,
    private readonly settings: WorkerSettings,
    private readonly log: Log,
  ) {}

  /** The worker got items. */
  over(): void {
    this.seenItem = true;
    this.since = undefined;
    this.saidOnce = undefined;
  }

  /**
   * The worker got no items, for this reason. Returns for how many ms at most it may wait for others.
   *
   * @throws DataLostError the batch was in Redis before this worker started, and is not there now
   * @throws NeverFilledError nobody filled the queue within the start timeout
   */
  goesOn(why: WaitReason): number {
    if (why === 'empty' || why === 'missing') {
      this.sayOnce(why);
      return Number.POSITIVE_INFINITY;
    }
    const { startTimeout, settle, gated, batch } = this.settings;
    const filled = why !== 'filling' && (why !== 'unfilled' || this.seenItem);
    const now = performance.now();
    this.since = filled ? undefined : (this.since ?? now);
    const waited = this.since === undefined ? 0 : now - this.since;
    const filledWithin = !filled && startTimeout > 0 ? startTimeout : Number.POSITIVE_INFINITY;
    const thereWithin = why === 'filling' && gated ? Math.min(settle, filledWithin) : Number.POSITIVE_INFINITY;
    if (waited >= thereWithin) {
      throw new DataLostError(
        `data lost: batch ${batch} was sealed before this worker started, and is not in Redis any more`,
      );
    }
    if (waited >= filledWithin) {
      throw new NeverFilledError(
        `the queue ${this.queue} was not filled within ${startTimeout / 1_000} s; fill it (rpush ${this.queue} ITEM, or WorkQueue.fill) before the Job starts, or raise startTimeout`,
      );
    }
    // Near the end, workers wait briefly for one another: not worth a line. A queue that is not filled or is paused is.
    this.say(why, filled && why !== 'paused', now);
    return Math.min(filledWithin, thereWithin) - waited;
  }

  /** Whoever waits for ever does not fill the log: not after each item of a stream, and once where none comes. */
  private sayOnce(why: WaitReason): void {
    const now = performance.now();
    this.since ??= now;
    const isBrief = why === 'empty' && this.seenItem && now - this.since < SAY_EVERY;
    if (isBrief || this.saidOnce === why) return;
    this.saidOnce = why;
    this.log[why === 'missing' ? 'warn' : 'info'](`Waiting: ${REASONS[why](this.queue, this.settings.batch)}`);
  }

  private say(why: WaitReason, isBrief: boolean, now: number): void {
    this.said ??= isBrief ? now : now - SAY_EVERY;
    if (now - this.said < SAY_EVERY) return;
    this.said = now;
    this.log.info(`Waiting: ${REASONS[why](this.queue, this.settings.batch)}`);
  }
}

const REASONS: Record<WaitReason, (queue: string, batch: string) => string> = {
  filling: (queue, batch) => `batch ${batch} is not in the queue ${queue} yet, or is not sealed`,
  unfilled: (queue) => `the queue ${queue} is not filled yet (rpush ${queue} ITEM)`,
  others: () => 'other workers have the last items',
  retries: () => 'some items are due for a retry later',
  settling: () => 'the queue is empty but not sealed, so more items may come',
  finalizer: () => 'all items have ended, and the finalizer comes before the end, in a worker that has one',
  paused: (queue) => `the queue ${queue} is paused`,
  rate: () => 'the rate of the queue allows no more items yet',
  slowed: () => 'a handler asked to slow down, and nothing is handed out until then',
  empty: (queue) => `the queue ${queue} is empty, and more may come`,
  missing: (queue) =>
    `the queue ${queue} is empty, and items are missing: data was lost. What comes is done as ever; rwq status counts what is left, and rwq purge begins anew`,
  cancelled: (queue) => `the queue ${queue} was cancelled`,
  failed: (queue) => `the queue ${queue} has a dead letter, and the run ends with the first one`,
};
