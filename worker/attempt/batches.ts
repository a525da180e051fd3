import { isUnrecoverable } from '../errors';
import { type Log, overLog, type WorkerLog } from '../log';
import { BatchContext } from './batch-context';
import type { BatchOptions } from './batch-options';
import { type BatchHandler, type Caller, callWithItems } from './handler';
import type { ItemContext } from './item-context';

/** How the items of a worker are gathered, and what becomes of them. */
export interface Gathering extends BatchOptions {
  /** Calls at once. */
  readonly calls: number;
  readonly maxAttempts: number;
  /** What the handler returns is kept. */
  readonly results: boolean;
  readonly caller: Caller;
  readonly log: Log;
}

/** The worker around the calls. `Place` is where an item runs in it. */
export interface Surroundings<Place> {
  /** The item at this place does not run yet: it waits for its call. */
  waits(place: Place): void;
  /** Makes a call, in which the items at these places run from now on. */
  begin(places: readonly Place[], call: () => unknown): unknown;
  /** In ms. */
  now(): number;
  /** Calls back in so many ms; 0: at the end of this turn. Returns what cancels it. */
  after(ms: number, act: () => void): () => void;
}

interface Waiting<T, Place> {
  readonly item: T;
  readonly context: ItemContext;
  readonly place: Place;
  readonly since: number;
  resolve(returned: unknown): void;
  reject(error: unknown): void;
}

/**
 * A layer over a handler that takes several items at once: it is given one item after the other, gathers them, calls the
 * handler, and tells of each item what became of it.
 *
 * An item in its last attempt gets a call of its own, so that whatever breaks a call again and again is found out, and
 * nothing becomes a dead letter for another one's sake.
 */
export class Batches<T, Place> {
  private readonly alone: Waiting<T, Place>[] = [];
  private gathered: Waiting<T, Place>[] = [];
  private calls = 0;
  /** What is gathered has waited for long enough. */
  private due = false;
  private cancelWait: (() => void) | undefined;
  private hurried = false;
  private readonly log: WorkerLog;

  constructor(
    private readonly handler: BatchHandler<T>,
    private readonly options: Gathering,
    private readonly around: Surroundings<Place>,
  ) {
    this.log = overLog(options.log);
  }

  /** Hands over an item; what becomes of it is what becomes of the promise. */
  take(item: T, context: ItemContext, place: Place): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const isLast = context.attempt >= this.options.maxAttempts;
      const waiting = { item, context, place, since: this.around.now(), resolve, reject };
      (isLast ? this.alone : this.gathered).push(waiting);
      this.around.waits(place);
      this.callWhatIsReady();
    });
  }

  /** The worker has to end: nothing waits for others any more. */
  hurry(): void {
    this.hurried = true;
    this.callWhatIsReady();
  }

  /** Ends what was aborted before its call began. */
  dropAborted(): void {
    const stays = (waiting: Waiting<T, Place>) => waiting.context.abortReason === undefined;
    const dropped = [...this.alone, ...this.gathered].filter((waiting) => !stays(waiting));
    this.alone.splice(0, this.alone.length, ...this.alone.filter(stays));
    this.gathered = this.gathered.filter(stays);
    for (const { reject, context } of dropped) reject(context.abortReason);
  }

  /** Begins no more calls. */
  close(): void {
    this.cancelWait?.();
    this.alone.length = this.gathered.length = 0;
  }

  private callWhatIsReady(): void {
    while (this.calls < this.options.calls) {
      const ready = this.next();
      if (ready.length === 0) break;
      this.call(ready);
    }
    const [first] = this.gathered;
    if (!first || this.due || this.hurried || this.cancelWait) return;
    const { wait = 0 } = this.options;
    // Without a wait it is the end of a turn, whenever that is.
    const left = wait === 0 ? 0 : Math.max(1, first.since + wait - this.around.now());
    this.cancelWait = this.around.after(left, () => {
      this.cancelWait = undefined;
      this.due = true;
      this.callWhatIsReady();
    });
  }

  /** The items of the next call, if there is one to make. */
  private next(): Waiting<T, Place>[] {
    const lone = this.alone.shift();
    if (lone) return [lone];
    const { size } = this.options;
    if (this.gathered.length < size && !this.due && !this.hurried) return [];
    this.cancelWait?.();
    this.cancelWait = undefined;
    this.due = false;
    return this.gathered.splice(0, size);
  }

  private call(batch: readonly Waiting<T, Place>[]): void {
    this.calls++;
    const context = new BatchContext(
      batch.map((waiting) => waiting.context),
      this.log,
    );
    const items = batch.map(({ item }) => item);
    const places = batch.map(({ place }) => place);
    // What only looks like a promise may answer twice.
    const call = new Promise<unknown>((resolve) => {
      resolve(this.around.begin(places, () => callWithItems(this.handler, items, context, this.options.caller)));
    });
    call.then(
      (returned) => {
        const problem = this.options.results ? problemOf(returned, batch.length) : undefined;
        if (problem) this.fail(batch, context, problem);
        else
          this.end(batch, context, ({ resolve }, index) =>
            resolve(Array.isArray(returned) ? returned[index] : undefined),
          );
      },
      (error) => this.fail(batch, context, batch.length > 1 && isUnrecoverable(error) ? unknownItem(error) : error),
    );
  }

  private fail(batch: readonly Waiting<T, Place>[], context: BatchContext, error: unknown): void {
    this.end(batch, context, ({ reject }) => reject(error));
  }

  private end(
    batch: readonly Waiting<T, Place>[],
    context: BatchContext,
    endOne: (waiting: Waiting<T, Place>, index: number) => void,
  ): void {
    context.over = true;
    this.calls--;
    batch.forEach((waiting, index) => {
      if (context.failures.has(index)) waiting.reject(context.failures.get(index));
      else endOne(waiting, index);
    });
    // Those that have ended first make room for others, which may come along.
    queueMicrotask(() => this.callWhatIsReady());
  }
}

/** What is wrong with what a call returned, where there has to be one for each item. */
function problemOf(returned: unknown, items: number): Error | undefined {
  if (Array.isArray(returned) && returned.length === items) return undefined;
  const given = Array.isArray(returned)
    ? `an array of ${returned.length}`
    : returned === null
      ? 'null'
      : typeof returned;
  const why = `the handler returned ${given} for ${items === 1 ? '1 item' : `${items} items`}, and results are kept: return an array with one result for each item, in their order`;
  return withoutFrames(new TypeError(why));
}

/** A call of several items gave up for good, which some of them may not deserve. */
function unknownItem(error: unknown): Error {
  const why = 'a call with several items does not say which of them is unrecoverable; fail(index, error) does';
  return withoutFrames(new Error(why, { cause: error }));
}

/** Its frames would be ours. */
function withoutFrames(error: Error): Error {
  return Object.assign(error, { stack: '' });
}
