import { DataLostError, NeverFilledError } from '../errors';
import type { Log } from '../log';
import type { WaitReason } from '../redis';
import type { WorkerSettings } from '../settings';

/** A worker that waits says so this often, in ms. */
const SAY_EVERY = 30_000;

/** What a worker that has nothing to do says of it, and how long it waits for a queue that nobody fills. */
export class Waiting {
  private seenItem = false;
  private since: number | undefined;
  private said: number | undefined;

  constructor(
    private readonly queue: string,
    private readonly settings: WorkerSettings,
    private readonly log: Log,
  ) {}

  /** There was work. */
  over(): void {
    this.seenItem = true;
    this.since = undefined;
  }

  /**
   * There is none, for this reason.
   *
   * @throws DataLostError the batch was there before this worker started, and is not there now
   * @throws NeverFilledError nobody filled the queue within the start timeout
   */
  goesOn(why: WaitReason): void {
    const { startTimeout, settle, gated, batch } = this.settings;
    const filled = why !== 'filling' && (why !== 'unfilled' || this.seenItem);
    const now = performance.now();
    this.since = filled ? undefined : (this.since ?? now);
    const waited = this.since === undefined ? 0 : now - this.since;
    if (why === 'filling' && gated && waited >= Math.min(settle, startTimeout || settle)) {
      throw new DataLostError(
        `data lost: batch ${batch} was sealed before this worker started, and Redis knows nothing of it now`,
      );
    }
    if (!filled && startTimeout > 0 && waited >= startTimeout) {
      throw new NeverFilledError(
        `the queue ${this.queue} was not filled within ${startTimeout / 1_000} s; fill it (rpush ${this.queue} ITEM, or WorkQueue.fill) before the Job starts, or raise startTimeout`,
      );
    }
    // Towards the end all wait a little for one another, which nobody needs to read; that nobody fills the queue is worth a line.
    this.said ??= filled && why !== 'paused' ? now : now - SAY_EVERY;
    if (now - this.said < SAY_EVERY) return;
    this.said = now;
    this.log.info(`Waiting: ${REASONS[why](this.queue, batch)}`);
  }
}

const REASONS: Record<WaitReason, (queue: string, batch: string) => string> = {
  filling: (queue, batch) => `batch ${batch} is not in the queue ${queue} yet, or not sealed`,
  unfilled: (queue) => `the queue ${queue} was not filled yet (rpush ${queue} ITEM)`,
  others: () => 'other workers are at the last items',
  retries: () => 'some items are tried again later',
  settling: () => 'the queue is empty; waiting whether more items come, because nobody sealed it',
  paused: (queue) => `the queue ${queue} is paused`,
};
