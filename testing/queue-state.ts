import {
  type AttemptEnding,
  type DeadLetter,
  type DeadLetterHeader,
  DurationCounts,
  type Durations,
  durationsIn,
  type FailedAttempt,
  type FinalizerWhen,
  type FollowUps,
  letterOf,
  type Outcome,
  placeOf,
} from '../worker/attempt';
import { decoderOf, type Queue } from '../worker/definition';
import type { ItemResult } from '../worker/work-queue';
import { type InMemoryRate, Pace } from './pace';
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
  /** How its last attempts failed. */
  history: readonly FailedAttempt[];
  /** When it is due again, in ms since 1970; below zero: at once, lowest first. */
  due: number;
  /** What the last attempt left for the next one, in JSON. */
  checkpoint?: string;
}

/** What runs once all items have ended; to the queue, it is none of them. */
interface StoredFinalizer {
  readonly item: StoredItem;
  state: 'retrying' | 'running' | 'done' | 'dead';
  /** Items that were done when it was made. */
  readonly doneBefore: number;
}

/** What a worker takes. */
export interface Taken {
  readonly item: StoredItem;
  /** Nothing else may run beside it. */
  readonly alone: boolean;
  readonly isFinalizer?: boolean;
}

/** Before everything that is due by the clock, in the order of ids. */
const FRONT = Number.MIN_SAFE_INTEGER;

/** Where the items of a queue stand, and what becomes of them: the part of Redis. */
export class QueueState<Output> {
  /** Workers that are at it, told when something changes. */
  readonly workers = new Set<{ readonly waitsForClock: boolean; wake(): void }>();
  /** Deliveries so far; the next one has a greater token. */
  deliveries = 0;
  /** When something may be handed out. */
  readonly pace: Pace;

  /** How long attempts took. */
  private readonly attempts = new Map<string, number>();
  private readonly list: Buffer[] = [];
  private readonly retries: StoredItem[] = [];
  private readonly suspects: StoredItem[] = [];
  private readonly letters: { readonly item: StoredItem; readonly header: DeadLetterHeader }[] = [];
  private readonly kept: { readonly item: StoredItem; readonly json: string }[] = [];
  private readonly seen = new Set<string>();
  private claimed = 0;
  private doneCount = 0;
  private droppedCount = 0;
  private wasCancelled = false;
  private finalWish: FinalizerWhen | undefined;
  private final: StoredFinalizer | undefined;
  /** Finalizers that were made. */
  private finals = 0;

  constructor(
    readonly definition: Queue<never, Output>,
    readonly clock: TestClock,
  ) {
    this.pace = new Pace(clock);
  }

  /** Adds a payload at the end of the list; one with a key that is known is left out. */
  push(payload: Buffer, hash?: Uint8Array): void {
    if (this.isNew(hash)) this.list.push(payload);
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
    return this.list.length + this.claimed - this.finals - this.doneCount - this.droppedCount - this.dead;
  }

  /** Items that were handed out. */
  get handedOut(): number {
    return this.claimed - this.finals;
  }

  /** Whether nothing is left, and the finalizer has run where one has to. */
  get isDrained(): boolean {
    return this.left === 0 && !this.isFinalizerOwed;
  }

  /** What became of the finalizer. */
  get finalizer(): StoredFinalizer['state'] | undefined {
    return this.final?.state;
  }

  /** A worker comes that can run the finalizer, and wants it to. */
  wish(when: FinalizerWhen): void {
    this.finalWish = when;
  }

  private get isFinalizerOwed(): boolean {
    const { final } = this;
    if (!this.finalWish || (this.finalWish === 'success' && this.dead > 0) || final?.state === 'dead') return false;
    return final?.state !== 'done' || this.doneCount > final.doneBefore;
  }

  /** Items that are done. */
  get done(): number {
    return this.doneCount;
  }

  /** Items that are given up. */
  get dead(): number {
    return this.letters.length - (this.final?.state === 'dead' ? 1 : 0);
  }

  /** The dead letters, in the order in which they were given up. */
  async deadLetters(): Promise<DeadLetter<Output>[]> {
    const letter = async ({ item: { id, payload }, header }: (typeof this.letters)[number]) => {
      return { ...letterOf(id, header), payload, item: await this.itemOf(payload) };
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

  /** An attempt has ended, well or badly, after so many ms. */
  took(ending: AttemptEnding, ms: number): void {
    const counts = new DurationCounts();
    counts.add(ending, placeOf(ms), ms);
    for (const [field, count] of counts.take()) this.attempts.set(field, (this.attempts.get(field) ?? 0) + count);
  }

  /** How long attempts took, by the clock. */
  durations(): Durations {
    return durationsIn(this.attempts);
  }

  /** The next item for a worker, which may be able to run the finalizer. */
  take(handsEmpty: boolean, canFinalize: boolean, rate?: InMemoryRate): Taken | undefined {
    if (this.wasCancelled) return undefined;
    const taken = this.pace.next(rate) > this.clock.now ? undefined : this.takeItem(handsEmpty);
    if (taken) this.pace.take(rate);
    // Nothing holds the finalizer back.
    return taken ?? (handsEmpty && canFinalize ? this.takeFinalizer() : undefined);
  }

  private takeItem(handsEmpty: boolean): Taken | undefined {
    if (this.isDue(this.suspects[0])) {
      if (!handsEmpty) return undefined;
      return { item: this.suspects.shift() as StoredItem, alone: true };
    }
    if (this.isDue(this.retries[0])) {
      return { item: this.retries.shift() as StoredItem, alone: false };
    }
    const payload = this.list.shift();
    if (!payload) return undefined;
    return { item: this.claim(payload, 0), alone: false };
  }

  private takeFinalizer(): Taken | undefined {
    const { final } = this;
    if (this.left > 0 || !this.isFinalizerOwed || final?.state === 'running') return undefined;
    if (final?.state !== 'retrying') {
      const item = this.claim(Buffer.alloc(0), FRONT);
      this.final = { item, state: 'running', doneBefore: this.doneCount };
      this.finals++;
      return { item, alone: true, isFinalizer: true };
    }
    if (!this.isDue(final.item)) return undefined;
    final.state = 'running';
    return { item: final.item, alone: true, isFinalizer: true };
  }

  private claim(payload: Buffer, due: number): StoredItem {
    return { id: ++this.claimed, payload, attempts: 0, crashes: 0, later: 0, history: [], due };
  }

  /** When something may be handed out that may not now, if any is there. */
  nextDue(rate?: InMemoryRate): number | undefined {
    const { now } = this.clock;
    const free = this.pace.next(rate);
    const due = [this.retries[0], this.suspects[0]].flatMap((item) => (item ? [Math.max(item.due, free)] : []));
    if (this.list.length > 0) due.push(free);
    if (this.final?.state === 'retrying') due.push(this.final.item.due);
    const later = due.filter((at) => at > now);
    return later.length > 0 ? Math.min(...later) : undefined;
  }

  /** Books how an attempt ended; nothing: well. */
  settle(item: StoredItem, outcome: Outcome | undefined, alone: boolean, added?: FollowUps): void {
    if (outcome === undefined || outcome.kind === 'results') {
      if (added) this.add(added);
      if (outcome) this.kept.push({ item, json: outcome.json });
      if (!this.isFinalizer(item, 'done')) this.doneCount++;
    } else if (outcome.kind === 'dead') {
      this.isFinalizer(item, 'dead');
      this.bury(item, outcome.header);
    } else if (outcome.kind === 'retry') {
      item.attempts++;
      remember(item, outcome.failed);
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
      this.isFinalizer(item, 'dead');
      this.bury(item, { reason: 'crash', attempts, at: this.clock.now, error });
    } else {
      remember(item, { attempt: item.attempts, at: this.clock.now, error: 'its worker crashed' });
      item.due = FRONT + item.id;
      this.queueAgain(item.attempts >= maxAttempts - 1 ? this.suspects : this.retries, item);
    }
    this.wakeAll();
  }

  /** Lets each worker look for something to do. */
  wakeAll(): void {
    for (const worker of [...this.workers]) worker.wake();
  }

  private bury(item: StoredItem, header: DeadLetterHeader): void {
    this.letters.push({ item, header: { ...header, history: item.history } });
  }

  private add({ items }: FollowUps): void {
    const fresh = items.filter(({ hash }) => this.isNew(hash));
    if (this.wasCancelled) {
      this.claimed += fresh.length;
      this.droppedCount += fresh.length;
      return;
    }
    const payloads = (ahead: boolean) =>
      fresh.filter(({ front }) => front === ahead).map(({ payload }) => Buffer.from(payload as Uint8Array));
    this.list.push(...payloads(false));
    this.list.unshift(...payloads(true));
  }

  private isNew(hash: Uint8Array | undefined): boolean {
    if (hash === undefined) return true;
    const key = Buffer.from(hash).toString('latin1');
    if (this.seen.has(key)) return false;
    this.seen.add(key);
    return true;
  }

  private isDue(item: StoredItem | undefined): boolean {
    return item !== undefined && item.due <= this.clock.now;
  }

  private isFinalizer(item: StoredItem, now: StoredFinalizer['state']): boolean {
    if (!this.final || this.final.item !== item) return false;
    this.final.state = now;
    return true;
  }

  private queueAgain(place: StoredItem[], item: StoredItem): void {
    // It is handed out by itself, once nothing else is left.
    if (this.isFinalizer(item, 'retrying')) return;
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

/** Adds how an attempt failed, and keeps the last four. */
function remember(item: StoredItem, failed: FailedAttempt): void {
  item.history = [...item.history, failed].slice(-4);
}
