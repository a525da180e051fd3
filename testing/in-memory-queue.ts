import type { DeadLetterHeader, Outcome } from '../worker/attempt';
import { decoderOf, type Queue } from '../worker/definition';
import type { DeadLetter, ItemResult } from '../worker/work-queue';
import { type InMemoryHandler, InMemoryWorker, type InMemoryWorkerOptions } from './in-memory-worker';
import type { InMemoryRun } from './run-report';
import { TestClock } from './test-clock';

/** What an {@link InMemoryQueue} begins with. */
export interface InMemoryQueueOptions<Input> {
  /** Items to fill in, checked by the schema. @default none */
  readonly items?: Iterable<Input>;
  /** Payloads to fill in after them, as they are and unchecked, as `rpush` would. @default none */
  readonly payloads?: Iterable<string | Uint8Array>;
  /** The clock that retries, timeouts and the ends of workers go by. @default a new one */
  readonly clock?: TestClock;
}

/** An item that was claimed at least once. */
export interface StoredItem {
  readonly id: number;
  readonly payload: Buffer;
  /** Attempts that it is charged with. */
  attempts: number;
  /** Of those, how many ended in a crash of the worker. */
  crashes: number;
  /** When it is due again, in ms since 1970; below zero: at once, lowest first. */
  due: number;
}

/** Before everything that is due by the clock, in the order of ids. */
const FRONT = Number.MIN_SAFE_INTEGER;

/**
 * A queue without Redis, which is sealed: workers end when it is drained. What a worker leaves behind, the next one
 * goes on with.
 *
 * @example
 * const queue = new InMemoryQueue(thumbnails, { items: [{ url: 'https://…', width: 200 }] });
 * const first = await queue.run(handler, { terminateAfter: 5_000 }); // SIGTERM after five seconds
 * const second = await queue.run(handler);
 */
export class InMemoryQueue<Input, Output = Input> {
  readonly clock: TestClock;
  /** @internal Workers that are at it, told when something changes. */
  readonly workers = new Set<{ readonly waitsForClock: boolean; wake(): void }>();
  /** @internal Deliveries so far; the next one has a greater token. */
  deliveries = 0;

  private readonly list: Buffer[] = [];
  private readonly retries: StoredItem[] = [];
  private readonly suspects: StoredItem[] = [];
  private readonly letters: { readonly item: StoredItem; readonly header: DeadLetterHeader }[] = [];
  private readonly kept: { readonly item: StoredItem; readonly json: string }[] = [];
  private claimed = 0;
  private doneCount = 0;

  /** @throws InvalidItemError an item does not fit the schema */
  constructor(
    readonly definition: Queue<Input, Output>,
    options: InMemoryQueueOptions<NoInfer<Input>> = {},
  ) {
    this.clock = options.clock ?? new TestClock();
    this.fill(options.items ?? []);
    this.push(options.payloads ?? []);
  }

  /**
   * Adds items.
   *
   * @throws InvalidItemError an item does not fit the schema; those before it are in
   */
  fill(items: Iterable<Input>): void {
    for (const item of items) this.list.push(Buffer.from(this.definition.encode(item)));
    this.wakeAll();
  }

  /** Adds payloads as they are, as `rpush` would. */
  push(payloads: Iterable<string | Uint8Array>): void {
    for (const payload of payloads) this.list.push(Buffer.from(payload as Uint8Array));
    this.wakeAll();
  }

  /** Items that are neither done nor dead. */
  get left(): number {
    return this.list.length + this.claimed - this.doneCount - this.letters.length;
  }

  /** Items that are done. */
  get done(): number {
    return this.doneCount;
  }

  /** Items that are given up. */
  get dead(): number {
    return this.letters.length;
  }

  /** The dead letters, in the order in which they were given up. */
  async deadLetters(): Promise<DeadLetter<Output>[]> {
    const letter = async ({ item: { id, payload }, header }: (typeof this.letters)[number]) => {
      const { reason, attempts, at, error, stack } = header;
      return { id, reason, attempts, at: new Date(at), error, stack, payload, item: await this.itemOf(payload) };
    };
    return Promise.all(this.letters.map(letter));
  }

  /** What handlers returned, where results are kept, in the order in which they did. */
  async results(): Promise<ItemResult<Output>[]> {
    const result = async ({ item: { id, payload }, json }: (typeof this.kept)[number]) => {
      return { id, result: JSON.parse(json) as unknown, payload, item: await this.itemOf(payload) };
    };
    return Promise.all(this.kept.map(result));
  }

  /** Starts a worker, which works as the clock is moved: `await queue.clock.advance(0)` lets it begin. */
  start<Returned>(
    handler: InMemoryHandler<Output, Returned>,
    options: InMemoryWorkerOptions = {},
  ): InMemoryWorker<Output, Returned> {
    return new InMemoryWorker(this, handler, options);
  }

  /** Works until the queue is drained or the worker is ended, and moves the clock over every wait at once. */
  run<Returned>(
    handler: InMemoryHandler<Output, Returned>,
    options: InMemoryWorkerOptions = {},
  ): Promise<InMemoryRun<Output, Awaited<Returned>>> {
    return this.start(handler, options).runToEnd();
  }

  /** @internal The next item for a worker; `alone`: nothing else may run beside it. */
  take(handsEmpty: boolean): { readonly item: StoredItem; readonly alone: boolean } | undefined {
    if (this.suspects.length > 0) {
      if (!handsEmpty) return undefined;
      return { item: this.suspects.shift() as StoredItem, alone: true };
    }
    if (this.retries[0] && this.retries[0].due <= this.clock.now) {
      return { item: this.retries.shift() as StoredItem, alone: false };
    }
    const payload = this.list.shift();
    if (!payload) return undefined;
    return { item: { id: ++this.claimed, payload, attempts: 0, crashes: 0, due: 0 }, alone: false };
  }

  /** @internal When the next retry is due. */
  get nextDue(): number | undefined {
    return this.retries[0]?.due;
  }

  /** @internal Books how an attempt ended; nothing: well. */
  settle(item: StoredItem, outcome: Outcome | undefined, alone: boolean): void {
    if (outcome === undefined || outcome.kind === 'results') {
      if (outcome) this.kept.push({ item, json: outcome.json });
      this.doneCount++;
    } else if (outcome.kind === 'dead') {
      this.letters.push({ item, header: outcome.header });
    } else if (outcome.kind === 'retry') {
      item.attempts++;
      item.due = this.clock.now + outcome.delay;
      this.queueAgain(this.retries, item);
    } else {
      item.due = FRONT + item.id;
      this.queueAgain(alone ? this.suspects : this.retries, item);
    }
    this.wakeAll();
  }

  /** @internal Charges an item with a crash; what it ran alone with in its last attempt is given up. */
  chargeCrash(item: StoredItem, alone: boolean, maxAttempts: number): void {
    item.attempts++;
    item.crashes++;
    if (alone && item.attempts >= maxAttempts) {
      const { attempts, crashes } = item;
      const error = `its worker crashed ${crashes} times, the last time while it ran alone`;
      this.letters.push({ item, header: { reason: 'crash', attempts, at: this.clock.now, error } });
    } else {
      item.due = FRONT + item.id;
      this.queueAgain(item.attempts >= maxAttempts - 1 ? this.suspects : this.retries, item);
    }
    this.wakeAll();
  }

  private queueAgain(place: StoredItem[], item: StoredItem): void {
    place.push(item);
    place.sort((a, b) => a.due - b.due || a.id - b.id);
  }

  private async itemOf(payload: Buffer): Promise<Output | undefined> {
    const decoded = await decoderOf(this.definition)(payload);
    return 'item' in decoded ? decoded.item : undefined;
  }

  private wakeAll(): void {
    for (const worker of [...this.workers]) worker.wake();
  }
}
