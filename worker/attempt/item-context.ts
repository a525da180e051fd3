import type { QueueOf } from '../definition';
import { delayProblem } from '../errors';
import { type ItemLog, itemLog, type WorkerLog } from '../log';
import { type AddOptions, FollowUps } from './follow-ups';
import { jsonWithin } from './json-within';
import { logOf } from './log-of';
import type { Notes } from './notes';
import { progressLine } from './progress-line';

/** The most that a checkpoint may be, in bytes of its JSON. */
export const CHECKPOINT_BYTES = 65_536;

/** One delivery of an item to a handler. */
export interface Delivery {
  readonly id: number;
  readonly attempt: number;
  /** How often its handler has put it off. */
  readonly postponed: number;
  readonly epoch: string;
  /** Number of the delivery, greater than those of all before. */
  readonly delivery: number;
  /** Where its lines go. */
  readonly log: WorkerLog;
  /** JSON that an earlier attempt left. */
  readonly resumed: string | undefined;
  /** Takes what the handler notes. */
  readonly notes: Pick<Notes, 'leave' | 'show' | 'hurry'>;
  readonly slowDown: (ms: number) => void;
  /** What its log lines begin with, where it is no item. @default - its number */
  readonly label?: string | undefined;
  /** Where follow-up items go. */
  readonly queue: QueueOf<unknown>;
}

/**
 * What a handler is told of the item beside its payload.
 *
 * @typeParam Checkpoint what it leaves for the next attempt, and resumes from
 * @typeParam Input what is filled into the queue, and added to it
 */
// biome-ignore lint/suspicious/noExplicitAny: what JSON gave, as JSON.parse has it; a queue that says nothing of its items
export class ItemContext<Checkpoint = any, Input = any> {
  private controller: AbortController | undefined;
  private abortedWith: unknown;
  private aborted = false;
  private over = false;
  private added: FollowUps | undefined;
  private said: ItemLog | undefined;
  /** @internal Hears of it, too, when the signal is aborted. */
  onAbort: ((reason: unknown) => void) | undefined;

  /** @internal */
  constructor(private readonly of: Delivery) {}

  /** Number of the item in its queue; the same in every attempt. */
  get id(): number {
    return this.of.id;
  }

  /** Which attempt this is, from 1. */
  get attempt(): number {
    return this.of.attempt;
  }

  /** How often its handler has put this item off before, by throwing `RetryLater`. */
  get postponed(): number {
    return this.of.postponed;
  }

  /**
   * Aborted when the item is past `itemTimeout`, when another worker has it now, or when the worker has to stop. Pass it
   * on to whatever takes long; its `reason` says which of the three it was.
   */
  get signal(): AbortSignal {
    if (!this.controller) {
      this.controller = new AbortController();
      if (this.aborted) this.controller.abort(this.abortedWith);
    }
    return this.controller.signal;
  }

  /**
   * Fencing token of this delivery. It never repeats, and a later delivery of any item has a greater one (compare them as
   * strings): let an outside store refuse what comes with a smaller token than it has seen.
   */
  get token(): string {
    return `${String(this.of.delivery).padStart(16, '0')}-${this.of.epoch}`;
  }

  /**
   * What an earlier attempt at this item left by {@link ItemContext.checkpoint}, whatever ended it: an error, an abort, a crash.
   * Undefined where none left anything.
   *
   * @example
   * const { page } = resumed ?? { page: 1 };
   */
  get resumed(): Checkpoint | undefined {
    const { resumed } = this.of;
    return resumed === undefined ? undefined : JSON.parse(resumed);
  }

  /**
   * Leaves a value for the next attempt at this item, should this one not come to its end: JSON of at most 64 KiB, in place of
   * the last one. Call it as often as you like; Redis is told at most once a second, and when the attempt fails or is
   * aborted. A process that dies loses what it left in its last second. What an item left is removed when it is done or dead.
   *
   * @throws TypeError the value has no JSON, or more than 64 KiB
   *
   * @example
   * for (let { page } = resumed ?? { page: 1 }; page <= pages; page++) {
   *   await copy(page);
   *   checkpoint({ page: page + 1 });
   * }
   */
  get checkpoint(): (value: Checkpoint) => void {
    return (value) => {
      const json = jsonWithin(CHECKPOINT_BYTES, 'checkpoint', value, 'leave its address');
      if (!this.over) this.of.notes.leave(this.of.id, json);
    };
  }

  /**
   * Says how far the handler is, from 0 to 1, and in words of at most 200 characters, for `rwq status` and
   * `WorkQueue.status`. Call it as often as you like; Redis is told at most once a second. It is gone when the attempt ends.
   *
   * @throws TypeError the fraction is not a number from 0 to 1
   *
   * @example
   * progress(page / pages, `page ${page} of ${pages}`);
   */
  get progress(): (fraction: number, text?: string) => void {
    return (fraction, text) => {
      const line = progressLine(fraction, text);
      if (!this.over) this.of.notes.show(this.of.id, line);
    };
  }

  /**
   * Adds follow-up items to the queue: they enter it in the same step that books this item as done, never without it, and never
   * twice. Of an attempt that fails, nothing is added. The queue is drained when they are done as well. One item adds at most
   * 1,000 items, of 512 KiB in all.
   *
   * Where Redis is full (`maxmemory`), this item stays in hand until there is room, and all else goes on.
   *
   * @throws InvalidItemError an item does not fit the schema
   * @throws RangeError more items or bytes than one item may add
   * @throws TypeError the items are no list, or a key is no text
   * @example
   * add(links, { key: (url) => url });
   */
  get add(): (items: Iterable<Input>, options?: AddOptions<Input>) => void {
    return (items, options) => {
      if (this.over)
        throw new Error('add was called after the attempt had ended: await what adds items in the handler');
      this.added ??= new FollowUps(this.of.queue);
      this.added.add(items, options);
    };
  }

  /**
   * Writes to the worker's log: `log(text, fields)`, and `log.debug`, `log.info`, `log.warn` and `log.error`. Each line tells
   * which item it is of.
   *
   * @example
   * log('resized', { width });
   * log.warn('no EXIF data');
   */
  get log(): ItemLog {
    this.said ??= itemLog(logOf(this.of.log, this.of));
    return this.said;
  }

  /**
   * Nobody is handed anything of this queue for so many ms, from when Redis hears of it, at once: what a 429 asks for. What
   * runs goes on; what this worker holds and has not started goes back. Called again, it never shortens the time. Does
   * nothing to this item: throw {@link RetryLater} as well, where it is to come again.
   *
   * @throws RangeError not a time from 0 ms to 365 days
   * @example
   * if (response.status === 429) {
   *   slowDown(30_000);
   *   throw new RetryLater(30_000);
   * }
   */
  get slowDown(): (ms: number) => void {
    return (ms) => {
      const problem = delayProblem(ms);
      if (problem) throw new RangeError(`slowDown was given ${problem}`);
      this.of.slowDown(ms);
    };
  }

  /** @internal */
  abort(reason: unknown): void {
    if (this.aborted) return;
    this.aborted = true;
    this.abortedWith = reason;
    this.of.notes.hurry(this.of.id);
    this.controller?.abort(reason);
    this.onAbort?.(reason);
  }

  /** @internal The attempt has ended: whatever its handler still does, it leaves nothing more. */
  end(): void {
    this.over = true;
  }

  /** @internal What enters the queue once it is done. */
  get followUps(): FollowUps | undefined {
    return this.added && this.added.items.length > 0 ? this.added : undefined;
  }

  /** @internal Why it was aborted, if it was. */
  get abortReason(): unknown {
    return this.abortedWith;
  }
}
