import type { ItemContext, Takers, WorkerEnd } from '../worker/attempt';
import { LeaseLostError, RetryLater } from '../worker/errors';
import { type End, endOf, STOPPING } from './end';
import { ItemInHand, type Past, pastOf, type Verb } from './item-in-hand';
import { RequestError } from './request-error';

/** Somebody who has asked for an item, and waits. One of the two is called, once. */
export interface Taker {
  give(item: ItemInHand): void;
  tell(end: End): void;
}

/** So many takes are remembered once they are none any more, so that a repeated call is told what became of them. */
const REMEMBERED = 10_000;

/** What a settle has done. */
export type Settling = 'settled' | 'repeated';

/** Who waits for an item, what is in the program's hands, and what has become of the rest. */
export class Takes implements Takers {
  readonly lost: Promise<Error>;
  /** Calls that were told that the worker has ended, or is about to. */
  told = 0;
  private lose!: (error: Error) => void;
  private readonly takers = new Set<Taker>();
  private readonly inHand = new Map<string, ItemInHand>();
  /** Whoever asked for these was gone before they were written: the next takes get them. */
  private readonly returned: ItemInHand[] = [];
  private readonly past = new Map<string, Past>();
  private call: () => void = () => {};
  private end: End | undefined;
  private slow: ItemContext['slowDown'] | undefined;

  /**
   * @param farewell resolves when the program was told of the end, or will not listen any more
   */
  constructor(private readonly farewell: (end: End) => Promise<void>) {
    this.lost = new Promise((resolve) => {
      this.lose = resolve;
    });
  }

  // ---- the worker's side

  get waiting(): number {
    return this.takers.size;
  }

  onWaiting(call: () => void): void {
    this.call = call;
  }

  /** The handler of the worker: hands an item to whoever has waited longest. */
  readonly hand = (payload: Uint8Array, context: ItemContext): Promise<unknown> => {
    const item = new ItemInHand(payload, context);
    this.inHand.set(item.take, item);
    this.slow = context.slowDown;
    context.signal.addEventListener('abort', () => this.aborted(item), { once: true });
    this.deliver(item);
    return item.outcome;
  };

  async ended(end: WorkerEnd): Promise<void> {
    this.end = endOf(end);
    for (const item of this.inHand.values()) this.remember(item.take, { state: 'ended', message: this.end.message });
    this.inHand.clear();
    this.returned.length = 0;
    this.tellAll(this.end);
    await this.farewell(this.end);
  }

  // ---- the program's side

  /** How many items the program holds, or is about to. */
  get held(): number {
    return this.inHand.size;
  }

  /** Whether nothing is handed out any more. */
  get isOver(): boolean {
    return this.end !== undefined;
  }

  /** Somebody asks for an item. */
  take(taker: Taker): void {
    if (this.end) {
      this.told++;
      taker.tell(this.end);
      return;
    }
    const item = this.returned.shift();
    if (item) {
      taker.give(item);
      return;
    }
    this.takers.add(taker);
    this.call();
  }

  /** Does not wait any more. False where it was given something, or told. */
  leave(taker: Taker): boolean {
    return this.takers.delete(taker);
  }

  /** Whoever was given it was gone before the answer was written. */
  giveBack(item: ItemInHand): void {
    if (this.inHand.get(item.take) !== item) return;
    this.inHand.delete(item.take);
    this.remember(item.take, { state: 'lost', message: 'whoever asked for it was gone: another take has the item' });
    item.rename();
    if (this.end) {
      this.putBack(item);
      return;
    }
    this.inHand.set(item.take, item);
    this.deliver(item);
  }

  /**
   * The item of a take, to settle it.
   *
   * @throws RequestError 404: there is none; 409: it was settled otherwise, or was taken away
   * @returns 'repeated' where it was settled in this way before
   */
  settle(take: string, verb: Verb, act: (item: ItemInHand) => void): Settling {
    const item = this.inHand.get(take);
    if (!item) {
      const past = this.past.get(take);
      if (past?.state === verb) return 'repeated';
      throw refusal(take, past);
    }
    act(item);
    this.inHand.delete(take);
    this.remember(take, { state: verb, message: WAS_SETTLED[verb] });
    return 'settled';
  }

  /**
   * The item of a take, to say something of it before it is settled.
   *
   * @throws RequestError 404: there is none; 409: it was settled or taken away, or should be given up
   */
  get(take: string): ItemInHand {
    const item = this.getEvenIfStopping(take);
    if (item.toldToStop) throw refusal(take, item.toldToStop);
    return item;
  }

  /**
   * The item of a take, also where it should be given up: what the program leaves then is what the next attempt goes on from.
   *
   * @throws RequestError 404: there is none; 409: it was settled or taken away
   */
  getEvenIfStopping(take: string): ItemInHand {
    const item = this.inHand.get(take);
    if (!item) throw refusal(take, this.past.get(take));
    return item;
  }

  /**
   * Nobody is handed anything for so many ms.
   *
   * @throws RequestError 409: it is not connected to the queue yet, or not any more
   */
  slowDown(ms: number): void {
    if (!this.slow || this.end) {
      const why = this.end
        ? this.end.message
        : 'no item of this queue was handed out here yet, so nothing has to slow down';
      throw new RequestError(409, why);
    }
    this.slow(ms);
  }

  // ---- the end

  /** The process was asked to stop: nobody gets anything more; what the program holds may be settled. */
  stop(): void {
    if (this.end) return;
    this.end = STOPPING;
    for (const item of this.returned.splice(0)) this.putBack(item);
    this.tellAll(STOPPING);
  }

  /** The program is gone, or is as good as gone. */
  programLost(error: Error): void {
    if (this.end) return;
    this.end = endOf({ code: 1, what: error.message, kind: undefined });
    // They were never in its hands, so they are not charged.
    for (const item of this.returned.splice(0)) this.putBack(item);
    // The worker books that first.
    setImmediate(() => this.lose(error));
  }

  private tellAll(end: End): void {
    const takers = [...this.takers];
    this.takers.clear();
    this.told += takers.length;
    for (const taker of takers) taker.tell(end);
  }

  private deliver(item: ItemInHand): void {
    const [taker] = this.takers;
    if (!taker) {
      this.returned.push(item);
      return;
    }
    this.takers.delete(taker);
    taker.give(item);
  }

  /** Nobody has it: back to the queue, uncharged. */
  private putBack(item: ItemInHand): void {
    this.inHand.delete(item.take);
    item.fail(new RetryLater(0, 'nobody has taken it'));
  }

  private aborted(item: ItemInHand): void {
    const { reason } = item.context.signal;
    if (!(reason instanceof LeaseLostError) || this.inHand.get(item.take) !== item) return;
    this.inHand.delete(item.take);
    this.remember(item.take, pastOf(reason));
    const index = this.returned.indexOf(item);
    if (index >= 0) this.returned.splice(index, 1);
    item.fail(reason);
  }

  private remember(take: string, past: Past): void {
    this.past.set(take, past);
    if (this.past.size <= REMEMBERED) return;
    const [oldest] = this.past.keys();
    this.past.delete(oldest as string);
  }
}

const WAS_SETTLED: Readonly<Record<Verb, string>> = {
  done: 'the item was settled before, as done',
  fail: 'the item was settled before, as failed',
  later: 'the item was settled before, as put off',
};

function refusal(take: string, past: Past | undefined): RequestError {
  if (past) return new RequestError(409, past.message, { state: past.state });
  return new RequestError(
    404,
    `${JSON.stringify(take.length > 60 ? `${take.slice(0, 60)}…` : take)} is no take of this agent; use the "take" that POST /take answered (the first line with ?as=text)`,
  );
}
