import { LAST_POSITION, type SharedHand } from '../lease';
import type { Answer, Claimed, Exchange, Incarnation } from '../redis';
import type { DurationMeter } from './duration-meter';
import { Hand } from './hand';
import type { Lanes } from './lanes';
import { type LookAhead, MOST_AHEAD } from './look-ahead';

/** Items that one call claims at most; a larger batch saves little and keeps others waiting. */
export const BATCH = 1_000;

/** Where a drain is on its way; see {@link DrainState}. */
export type Phase = 'entering' | 'working' | 'stopping' | 'leaving' | 'ended';

/** What the lanes say of what runs. */
export type Running = Pick<Lanes<unknown>, 'idle' | 'allIdle' | 'anyStale' | 'finished' | 'running'> & {
  readonly durations: Pick<DurationMeter, 'tell' | 'answered'>;
};

/** When to exchange: now; at the end of this turn, so that it says what else ends in it; or not yet. */
export type When = 'now' | 'soon' | 'later';

/** What an answer without work asks for. */
export type Then =
  /** Nothing that is not due anyway. */
  | { readonly do: 'go on' }
  /** Wait for the doorbell, or for so many ms; undefined: as long as is usual. */
  | { readonly do: 'rest'; readonly due: number | undefined }
  /** The incarnation is over, and a fresh one takes its place. */
  | { readonly do: 'enter' }
  | { readonly do: 'end'; readonly kind: 'drained' | 'spare' | 'left' };

/**
 * The state of a drain, and what follows from it. It knows no clock, no timer and no Redis: {@link Drain} tells it what
 * happened and does what it says.
 *
 * Three things make up the state: the phase, the exchange, and the hand.
 *
 * ## The phase
 *
 * *entering*: Redis does not know this worker (yet). Nothing is in hand.
 * - `enter` → working.
 * - `stop` → leaving: there is nothing to finish.
 *
 * *working*: claims, starts, settles.
 * - the answer 'stale': everything in hand is somebody else's → entering.
 * - the answer 'left': the positions of the incarnation are used up, and it has left → entering.
 * - the answers 'drained' and 'spare' → ended.
 * - `stop` → stopping; or leaving, where nothing runs.
 *
 * *stopping*: starts and claims nothing; what is not started goes back at once, what runs may finish.
 * - nothing runs any more: the next exchange leaves; the answers 'left', 'drained', 'spare' and 'stale' → ended.
 * - `leave`, as time is up → leaving.
 *
 * *leaving*: as stopping, but the next exchange leaves, whatever still runs.
 * - the answers 'left', 'drained', 'spare' and 'stale' → ended.
 *
 * *ended*: nothing happens any more. From each phase, `finish` leads here: a crash, a hung handler, an error, no time left.
 *
 * ## The exchange
 *
 * *none* → soon or under way, as soon as one is due ({@link isDue}).
 *
 * *soon*: at the end of this turn of the event loop → under way.
 *
 * *under way*: there is no other. It carries what has ended and what goes back, and claims what there is room for.
 * - the answer 'work': its items are taken into the hand → none. They are not where the hand was released meanwhile, or
 *   they cannot be started: then they go back with the next exchange, which is due at once.
 * - the answers 'held' and 'wait', where it had room → resting.
 * - any other answer → none.
 *
 * *resting*: there is nothing to claim. Something that ends here makes an exchange due; so do the doorbell and the time
 * after which it is asked again (`wake`) → soon or under way.
 *
 * ## The hand
 *
 * Items are in it from 'work' until they are started; then the lanes have them. The lease thread may take them out at any
 * moment. {@link SharedHand} says how, and why each item is either started or given back, and none is forgotten.
 *
 * *held*: what is ready may be started.
 * - the lease thread takes it away, `stop`, or a claim that cannot be used → released.
 *
 * *released*: nothing is started, and what is still on its way is dropped. An exchange is due.
 * - an exchange begins, and tells Redis from which position on all goes back → held, with nothing ready.
 */
export class DrainState {
  phase: Phase = 'entering';
  hand: Hand | undefined;
  /** When the last exchange began. */
  exchangedAt = 0;
  private exchange: 'none' | 'soon' | 'under way' | 'resting' = 'none';
  /** The exchange under way has room for what it did not get. */
  private restless = false;
  /** How long the last answer took, in ms. */
  private roundTrip = 0;
  /** Items that had ended when the last exchange began. */
  private finishedBefore = 0;
  /** An item that has to run alone was not taken, because of a handler of an earlier incarnation. */
  private aloneRefused = false;
  /** For so many ms a handler asks that nobody is handed anything: yet to be told, and told by the exchange under way. */
  private slow = { toTell: 0, told: 0 };

  constructor(
    private readonly shared: SharedHand,
    private readonly lanes: Running,
    private readonly lookAhead: Pick<LookAhead, 'items' | 'learn' | 'forget'>,
    private readonly concurrency: number,
    /** Whether somebody takes away what the main thread does not get to. */
    private readonly isWatched: () => boolean,
  ) {}

  get hasEnded(): boolean {
    return this.phase === 'ended';
  }

  /** Whether it was told to stop. */
  get isStopping(): boolean {
    return this.phase === 'stopping' || this.phase === 'leaving';
  }

  /** Whether there is nothing to claim, and it waits. */
  get isResting(): boolean {
    return this.exchange === 'resting' && !this.isStopping && !this.hasEnded;
  }

  /** Whether it waits because there was nothing, though it had room. */
  get restsInVain(): boolean {
    return this.isResting && this.restless;
  }

  /** Whether an exchange is under way, or about to be. */
  get isAsking(): boolean {
    return (this.exchange === 'under way' || this.exchange === 'soon') && !this.hasEnded;
  }

  /** Whether one was put off to the end of this turn, and has not begun meanwhile. */
  get isPutOff(): boolean {
    return this.exchange === 'soon';
  }

  // ---- the phase

  /** Redis knows a fresh incarnation. */
  enter(incarnation: Incarnation): void {
    this.hand = new Hand(incarnation, 2 * (BATCH + MOST_AHEAD) + 4 * this.concurrency);
    this.lookAhead.forget();
    this.shared.reset();
    if (this.phase === 'entering') this.phase = 'working';
  }

  /** Nothing more is started or claimed. */
  stop(): void {
    if (this.phase !== 'working') {
      if (this.phase === 'entering') this.phase = 'leaving';
      return;
    }
    this.phase = this.lanes.allIdle ? 'leaving' : 'stopping';
    this.release();
  }

  /** Whatever still runs goes back. */
  leave(): void {
    this.stop();
    if (!this.hasEnded) this.phase = 'leaving';
  }

  finish(): void {
    this.phase = 'ended';
  }

  // ---- the hand

  /** Whether an item may be started in an idle lane. */
  get hasReady(): boolean {
    return this.phase === 'working' && this.hand !== undefined && this.hand.ready > 0 && !this.hand.full;
  }

  /** Whether items are so quick that a look at the clock for each would show. */
  get isQuick(): boolean {
    return this.lookAhead.items >= 64;
  }

  /** Whether the next item of the hand is ours to start; from now on it has to be. */
  claimStart(hand: Hand): boolean {
    if (this.shared.start(hand.next)) return true;
    hand.dropReady();
    return false;
  }

  /** A handler asks that nobody is handed anything for so many ms: what is not started goes back, and Redis hears of it. */
  slowDown(ms: number): When {
    if (this.hasEnded) return 'later';
    this.slow.toTell = Math.max(this.slow.toTell, ms);
    if (this.phase === 'working') this.release();
    return this.hand && this.exchange !== 'under way' ? this.soon() : 'later';
  }

  private release(): void {
    this.shared.release();
    this.hand?.dropReady();
  }

  // ---- the exchange

  /** Something has ended: when to exchange. */
  next(): When {
    const { hand } = this;
    if (!hand || this.exchange === 'under way' || !this.isDue(hand)) return 'later';
    // With work at hand, ask at once, so that Redis is at it meanwhile; without, see first what else ends in this turn.
    if (hand.ready > 0) return 'now';
    return this.soon();
  }

  /** After an exchange: whether another one is due; not for the sake of asking, where that was in vain just now. */
  nextAfterAnswer(): When {
    // What ended while the exchange was under way is told as soon as what ends later.
    const isInVain = this.exchange === 'resting' && this.lanes.finished === this.finishedBefore;
    return isInVain && this.slow.toTell === 0 ? 'later' : this.next();
  }

  /** Now and then: whether an exchange is due, also where nothing ends. `quiet`: nobody has said anything for a while. */
  nextAtBeat(now: number, quiet: { readonly settle: boolean; readonly renew: boolean }): When {
    const { hand } = this;
    if (!hand || this.hasEnded || this.exchange === 'under way') return 'later';
    if (this.shared.isReleased || (hand.unsettled && quiet.settle) || hand.notes.isDue(now)) return 'now';
    if (this.exchange !== 'resting' && this.isDue(hand)) return 'now';
    return quiet.renew ? 'now' : 'later';
  }

  /** The doorbell, or the time to ask again. */
  wake(): When {
    return this.exchange === 'resting' ? this.soon() : 'later';
  }

  private soon(): When {
    if (this.hasEnded || this.exchange === 'soon') return 'later';
    this.exchange = 'soon';
    return 'soon';
  }

  private isDue(hand: Hand): boolean {
    if (this.hasEnded) return false;
    if (hand.behind || this.shared.isReleased || this.slow.toTell > 0 || this.phase === 'leaving') return true;
    if (this.phase === 'stopping') return hand.unsettled || this.lanes.allIdle;
    if (hand.ready > this.lookAhead.items >> 1) return hand.full;
    return this.room > 0 || this.onlyStale(hand);
  }

  /** Whether handlers of earlier incarnations alone keep the lanes busy: the queue may be drained without them. */
  private onlyStale(hand: Hand): boolean {
    return hand.head === hand.end && this.lanes.running(hand).length === 0;
  }

  /** Items that may be at hand and not started. */
  private get room(): number {
    // Nobody would take from a main thread that blocks what it has not started.
    if (!this.isWatched()) return Math.min(this.lanes.idle, 1);
    return this.lanes.idle + this.lookAhead.items;
  }

  /** Whether one may begin. */
  get mayExchange(): boolean {
    return this.hand !== undefined && !this.hasEnded && this.exchange !== 'under way';
  }

  /** An exchange begins: what it says. */
  begin(hand: Hand, now: number): Omit<Exchange, 'leaving'> {
    const { lanes, shared } = this;
    this.exchange = 'under way';
    const back = shared.beginExchange(hand.incarnation.number + 1);
    if (back) {
      hand.dropReady();
      this.lookAhead.forget();
    }
    this.lookAhead.learn(lanes.finished, now, this.roundTrip);
    this.exchangedAt = now;
    this.finishedBefore = lanes.finished;

    const { isStopping } = this;
    this.slow = { toTell: 0, told: this.slow.toTell };
    const retire = hand.end > LAST_POSITION;
    const isDry = this.phase === 'leaving' || (lanes.allIdle && hand.ready === 0);
    const { advance, outcomes } = hand.settle(now, isStopping, this.slow.told, lanes.durations.tell(now, isDry));
    this.aloneRefused &&= lanes.anyStale;
    // Who leaves gives everything back: all that is finished is told before, and nothing can be started meanwhile.
    const isThrough = (isStopping || retire) && lanes.allIdle && hand.ready === 0;
    const leave = !hand.behind && (this.phase === 'leaving' || isThrough);
    const none = isStopping || retire || this.aloneRefused;
    const { idle } = lanes;
    const want = leave ? -1 : none ? 0 : Math.max(0, Math.min(BATCH, this.room - hand.ready));
    this.restless = want > 0 || retire || this.aloneRefused;
    if (want < 1) shared.endClaim();
    const need = Math.max(0, idle - hand.ready);
    return { advance, outcomes, want, need, ...(back && { backFrom: hand.next }) };
  }

  /** The answer to it has arrived. */
  answered(now: number): void {
    this.roundTrip = now - this.exchangedAt;
  }

  /** The answer 'work'; its items may be gone. */
  take(hand: Hand, { alone }: Claimed, claimed: Claimed | undefined): void {
    this.lanes.durations.answered('work');
    this.aloneRefused = alone && this.lanes.anyStale;
    // `stop` has released what was on its way.
    if (claimed && !this.aloneRefused && !this.shared.isReleased) {
      hand.adopt(claimed);
      this.shared.offer(hand.end);
    } else this.release();
    this.shared.endClaim();
  }

  /** An answer without work. */
  heed(hand: Hand, answer: Exclude<Answer, Claimed>): Then {
    this.shared.endClaim();
    this.lanes.durations.answered(answer.kind === 'stale' ? 'stale' : 'other');
    switch (answer.kind) {
      case 'held':
        return this.restless && !hand.behind ? this.rest(answer.due) : { do: 'go on' };
      case 'wait':
        return this.rest(answer.due);
      case 'stale':
      case 'left':
        // Nothing that was told with it has counted.
        if (answer.kind === 'stale') this.slow.toTell = Math.max(this.slow.toTell, this.slow.told);
        return this.isStopping ? this.end('left') : this.enterAgain(hand);
      case 'drained':
      case 'spare':
        return this.end(answer.kind);
    }
  }

  /** The exchange is over, and its answer was taken or heeded. */
  settled(): void {
    if (this.exchange === 'under way') this.exchange = 'none';
  }

  private rest(due: number | undefined): Then {
    if (this.isStopping) return { do: 'go on' };
    this.exchange = 'resting';
    return { do: 'rest', due };
  }

  private enterAgain(hand: Hand): Then {
    hand.over = true;
    this.hand = undefined;
    this.phase = 'entering';
    return { do: 'enter' };
  }

  private end(kind: 'drained' | 'spare' | 'left'): Then {
    this.finish();
    return { do: 'end', kind };
  }
}
