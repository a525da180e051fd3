import type { DeadLetterHeader, Outcome } from '../worker/attempt';
import { decoderOf, type Queue } from '../worker/definition';
import type { DeadLetter, ItemResult } from '../worker/work-queue';
import type { TestClock } from './test-clock';

/** An item that was claimed at least once. */
export interface StoredItem {
  readonly id: number;
  readonly payload: Buffer;
  /** Attempts that it is charged with. */
  attempts: number;
  /** Of those, how many ended in a crash of the worker. */
  crashes: number;
  /** How often its handler has put it off. */
  later: number;
  /** When it is due again, in ms since 1970; below zero: at once, lowest first. */
  due: number;
  /** What the last attempt left for the next one, in JSON. */
  checkpoint?: string;
}

/** Before everything that is due by the clock, in the order of ids. */
const FRONT = Number.MIN_SAFE_INTEGER;

/** Where the items of a queue stand, and what becomes of them: the part of Redis. */
export class QueueState<Output> {
  /** Workers that are at it, told when something changes. */
  readonly workers = new Set<{ readonly waitsForClock: boolean; wake(): void }>();
  /** Deliveries so far; the next one has a greater token. */
  deliveries = 0;

  private readonly list: Buffer[] = [];
  private readonly retries: StoredItem[] = [];
  private readonly suspects: StoredItem[] = [];
  private readonly letters: { readonly item: StoredItem; readonly header: DeadLetterHeader }[] = [];
  private readonly kept: { readonly item: StoredItem; readonly json: string }[] = [];
  private claimed = 0;
  /** Until then nothing is handed out, in ms since 1970. */
  private slow = FRONT;
  private doneCount = 0;
  private droppedCount = 0;
  private wasCancelled = false;

  constructor(
    readonly definition: Queue<never, Output>,
    readonly clock: TestClock,
  ) {}

  /** Adds a payload at the end of the list. */
  push(payload: Buffer): void {
    this.list.push(payload);
  }

  /** Nothing is handed out any more, and what waits is dropped, as is what comes back. Returns how many are dropped so far. */
  cancel(): number {
    if (this.left === 0 && !this.wasCancelled) return 0;
    this.wasCancelled = true;
    const waiting = this.list.length + this.retries.length + this.suspects.length;
    this.claimed += this.list.length;
    for (const place of [this.list, this.retries, this.suspects]) place.length = 0;
    this.droppedCount += waiting;
    this.wakeAll();
    return this.droppedCount;
  }

  /** Whether the queue was cancelled. */
  get cancelled(): boolean {
    return this.wasCancelled;
  }

  /** Items that were dropped when the queue was cancelled. */
  get dropped(): number {
    return this.droppedCount;
  }

  /** Items that are neither done nor dead nor dropped. */
  get left(): number {
    return this.list.length + this.claimed - this.doneCount - this.droppedCount - this.letters.length;
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
  async results<Result>(): Promise<ItemResult<Output, Result>[]> {
    const result = async ({ item: { id, payload }, json }: (typeof this.kept)[number]) => {
      return { id, result: JSON.parse(json) as Result, payload, item: await this.itemOf(payload) };
    };
    return Promise.all(this.kept.map(result));
  }

  /** The next item for a worker; `alone`: nothing else may run beside it. */
  take(handsEmpty: boolean): { readonly item: StoredItem; readonly alone: boolean } | undefined {
    if (this.wasCancelled) return undefined;
    if (this.slow > this.clock.now) return undefined;
    if (this.isDue(this.suspects[0])) {
      if (!handsEmpty) return undefined;
      return { item: this.suspects.shift() as StoredItem, alone: true };
    }
    if (this.isDue(this.retries[0])) {
      return { item: this.retries.shift() as StoredItem, alone: false };
    }
    const payload = this.list.shift();
    if (!payload) return undefined;
    return { item: { id: ++this.claimed, payload, attempts: 0, crashes: 0, later: 0, due: 0 }, alone: false };
  }

  /** When something may be handed out that may not now, if any is there. */
  get nextDue(): number | undefined {
    const { now } = this.clock;
    const due = [this.retries[0], this.suspects[0]].flatMap((item) => (item ? [Math.max(item.due, this.slow)] : []));
    const later = (this.list.length > 0 ? [this.slow, ...due] : due).filter((at) => at > now);
    return later.length > 0 ? Math.min(...later) : undefined;
  }

  /** Nobody is handed anything for so many ms from now on. */
  slowDown(ms: number): void {
    this.slow = Math.max(this.slow, this.clock.now + Math.ceil(ms));
  }

  /** Books how an attempt ended; nothing: well. */
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
    } else if (outcome.kind === 'later') {
      item.later++;
      item.due = this.clock.now + outcome.delay;
      this.queueAgain(alone ? this.suspects : this.retries, item);
    } else {
      item.due = FRONT + item.id;
      this.queueAgain(alone ? this.suspects : this.retries, item);
    }
    this.wakeAll();
  }

  /** Charges an item with a crash; what it ran alone with in its last attempt is given up. */
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

  /** Lets each worker look for something to do. */
  wakeAll(): void {
    for (const worker of [...this.workers]) worker.wake();
  }

  private isDue(item: StoredItem | undefined): boolean {
    return item !== undefined && item.due <= this.clock.now;
  }

  private queueAgain(place: StoredItem[], item: StoredItem): void {
    if (this.wasCancelled) {
      this.droppedCount++;
      return;
    }
    place.push(item);
    place.sort((a, b) => a.due - b.due || a.id - b.id);
  }

  private async itemOf(payload: Buffer): Promise<Output | undefined> {
    const decoded = await decoderOf(this.definition)(payload);
    return 'item' in decoded ? decoded.item : undefined;
  }
}
