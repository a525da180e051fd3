import { type Handler, hangCharge } from '../attempt';
import { queueKeys } from '../contract';
import type { QueueOf } from '../definition';
import { LeaseLostError, StoppedError } from '../errors';
import { finishWithin, stopPlan } from '../exit';
import {
  type FromLeaseThread,
  INT,
  LAST_POSITION,
  Lease,
  makeSharedHand,
  RELEASED,
  type SharedHand,
  TIME,
} from '../lease';
import { type Answer, type Claimed, Connection, type Counts, checkStore, Doorbell, IDLE, Incarnation } from '../redis';
import { SCRIPTS } from '../scripts';
import type { WorkerSettings } from '../settings';
import { Hand } from './hand';
import { type HandlingOptions, Lanes, type Tally } from './lanes';
import { LookAhead } from './look-ahead';
import { Waiting } from './waiting';

/** How a drain ended. */
export interface Ending {
  /** `drained`: every item of the queue is done or dead. `left`: this worker was told to stop before. `hung`: a handler did not return. */
  readonly kind: 'drained' | 'left' | 'hung';
  readonly counts: Counts | undefined;
}

/** Items that one call claims at most; a larger batch saves nothing and keeps others waiting. */
const BATCH = 512;
/** How often the main thread shows that it is alive, and looks for what is due, in ms. */
const BEAT = 50;
/** A turn of the event loop is given back to the loop after this time, in ms. */
const TURN = 15;
/** A worker with nothing at hand takes leave of Redis for so long, in ms. */
const GOODBYE = 5_000;
/** Longest time that a timer takes, in ms. */
const LONGEST = 2_147_483_647;

/**
 * The loop of a worker: claim, run side by side, settle, until the queue is drained.
 *
 * One exchange is under way at a time. It is sent while there is still work at hand, so that Redis and the handler work
 * at the same time.
 */
export class Drain<T> {
  private readonly connection: Connection;
  private readonly doorbell: Doorbell;
  private readonly waiting: Waiting;
  private readonly shared: SharedHand;
  private readonly lease: Lease;
  private readonly lanes: Lanes<T>;
  private readonly lookAhead: LookAhead;
  private hand: Hand | undefined;
  private bytes: boolean;

  private exchanging = false;
  /** The answer to what is under way was claimed for nothing: the rest was given back meanwhile. */
  private dropClaim = false;
  private giveBackFrom: number | undefined;
  /** The last answer gave nothing; there is no use in asking before something happens. */
  private resting = false;
  private scheduled = false;
  private starting = false;
  /** An item that has to run alone was not taken, because of a handler of an earlier incarnation. */
  private aloneRefused = false;
  private ringing = false;
  private stopping = false;
  private leaving: number | undefined;
  /** Why nobody keeps the lease from now on. */
  private unleased: Error | undefined;
  private ended = false;
  private lastExchange = 0;
  /** How long the last answer took, in ms. */
  private roundTrip = 0;
  private turnStarted = 0;
  private turnItems = 0;
  private beat: NodeJS.Timeout | undefined;
  private readonly timers = new Set<NodeJS.Timeout>();
  private end!: (ending: Ending) => void;
  private fail!: (error: unknown) => void;
  private readonly outcome: Promise<Ending>;

  constructor(
    private readonly queue: QueueOf<T>,
    handler: Handler<T>,
    private readonly settings: WorkerSettings,
    private readonly options: HandlingOptions,
  ) {
    const { concurrency, store, storeTimeout, worker, lease } = settings;
    const deadline = Math.max(250, Math.min(5_000, storeTimeout));
    const connectionOptions = { name: clientName(worker), deadline, patience: storeTimeout, log: options.log };
    this.connection = new Connection(store, connectionOptions);
    this.doorbell = new Doorbell(store, queue.name, connectionOptions);
    this.waiting = new Waiting(queue.name, settings, options.log);
    this.shared = makeSharedHand(concurrency);
    this.lease = new Lease(
      this.shared,
      {
        lanes: concurrency,
        queue: queue.name,
        name: clientName(worker),
        store,
        lease,
        itemTimeout: settings.itemTimeout,
        maxAttempts: settings.maxAttempts,
        backoff: options.backoff,
        terminationLog: settings.terminationLog,
      },
      {
        message: (message) => this.heardFromLease(message),
        died: (why) => options.log.warn(`the thread that keeps the lease ended (${why}): starting it again`),
        failed: (error) => {
          if (this.stopping) return;
          this.unleased = error;
          this.halt();
        },
      },
    );
    this.lanes = new Lanes(queue, handler, settings, options, this.shared, () => this.afterFinish());
    this.lookAhead = new LookAhead(concurrency);
    this.bytes = queue.payload === 'bytes';
    this.outcome = new Promise((resolve, reject) => {
      this.end = resolve;
      this.fail = reject;
    });
  }

  get tally(): Tally {
    return this.lanes.tally;
  }

  /**
   * Works until the queue is drained, or until it is stopped.
   *
   * @throws WorkQueueError each kind with its exit code
   */
  async run(): Promise<Ending> {
    try {
      this.lease.start();
      const checked = this.connection.insist(() => checkStore(this.connection, this.options.log));
      const entered = Promise.all([Incarnation.enter(this.connection, this.queue.name, this.settings), checked]);
      // Told to stop, it does not wait for Redis.
      const first = await Promise.race([entered.then(([incarnation]) => incarnation), this.ending()]);
      if (!(first instanceof Incarnation)) return first;
      this.options.log.info(`Worker with sessionID: ${first.id}`);
      this.options.log.info(`Initial queue state: empty=${first.foundEmpty ? 'True' : 'False'}`);
      this.begin(first);
      this.beat = setInterval(() => this.everyBeat(), BEAT);
      this.trade();
      return await this.ending();
    } finally {
      this.ended = true;
      clearInterval(this.beat);
      for (const timer of this.timers) clearTimeout(timer);
      this.connection.close();
      this.doorbell.close();
      await this.lease.end();
    }
  }

  /**
   * No new items; those that run may finish for so long, in ms. Then their signals are aborted, and what has not ended
   * shortly after goes back to the queue.
   */
  stop(within: number): void {
    if (this.stopping || this.ended) return;
    this.stopping = true;
    this.sayLeaving();
    this.giveBackReady();
    if (!this.hand || this.lanes.allIdle) this.leave(Math.min(within, GOODBYE));
    const { abortIn, leaveIn } = stopPlan(within);
    this.after(abortIn, () => this.lanes.abort(new StoppedError('the process has to end')));
    this.after(leaveIn, () => this.leave(1_000));
    this.schedule();
  }

  /** Gives everything back at once and ends. */
  halt(): void {
    this.stopping = true;
    this.sayLeaving();
    this.lanes.abort(new StoppedError('the process ends now'));
    this.leave(1_000);
  }

  /** The process is about to die: what was started is charged with the crash, the rest goes back. */
  async crash(): Promise<void> {
    const { hand } = this;
    if (!hand || this.ended) return;
    this.ended = true;
    await this.abandon(hand.incarnation, { crash: this.lanes.running(hand) });
  }

  private async ending(): Promise<Ending> {
    const ending = await this.outcome;
    if (ending.kind === 'left' && this.unleased) throw this.unleased;
    return ending;
  }

  private begin(incarnation: Incarnation): void {
    this.hand = new Hand(incarnation, 2 * (BATCH + 1_000) + 4 * this.settings.concurrency);
    this.lookAhead.forget();
    this.giveBackFrom = undefined;
    this.dropClaim = false;
    Atomics.store(this.shared.ints, INT.next, 0);
    Atomics.store(this.shared.ints, INT.end, 0);
    Atomics.store(this.shared.ints, INT.sent, 0);
    this.shared.times[TIME.renewed] = this.shared.times[TIME.awake] ?? 0;
    this.shared.times[TIME.answer] = 0;
  }

  // ---- running items

  private startReady(): void {
    const { hand, lanes } = this;
    // A handler that ends at once comes here again; the loop that started it goes on with its lane.
    if (!hand || this.ended || this.starting) return;
    this.starting = true;
    try {
      while (lanes.idle > 0 && hand.next < hand.end) {
        if (this.turnIsOver()) return;
        if (!this.claimStart(hand)) return;
        const isCoarse = this.turnItems > 0 && this.lookAhead.items >= 64;
        const endedAtOnce = lanes.start(hand, isCoarse ? this.lastExchange : performance.now());
        if (endedAtOnce && (hand.ready === 0 || this.exchangeIsDue())) this.afterFinish();
      }
    } finally {
      this.starting = false;
    }
  }

  /** Atomically with the lease thread: start the next item, unless it was given back. */
  private claimStart(hand: Hand): boolean {
    if (this.stopping || hand.full) return false;
    const { next } = hand;
    if (Atomics.compareExchange(this.shared.ints, INT.next, next, next + 1) === next) return true;
    this.noticeRelease(hand);
    return false;
  }

  /** Lets the event loop turn now and then, also when handlers never wait for anything. */
  private turnIsOver(): boolean {
    if (++this.turnItems < 64) return false;
    this.turnItems = 0;
    const now = performance.now();
    if (this.turnStarted === 0) {
      this.turnStarted = now;
      setImmediate(() => {
        this.turnStarted = 0;
      });
    }
    if (now - this.turnStarted < TURN) return false;
    setImmediate(() => {
      this.startReady();
      this.afterFinish();
    });
    return true;
  }

  private afterFinish(): void {
    const { hand } = this;
    if (!hand || this.ended) return;
    if (hand.next < hand.end) this.startReady();
    if (!this.exchanging && this.exchangeIsDue()) {
      // With work at hand, ask at once, so that Redis is at it meanwhile; without, see first what else ends in this turn.
      if (hand.ready > 0) this.trade();
      else this.schedule();
    }
  }

  // ---- exchanges

  private exchangeIsDue(): boolean {
    const { hand } = this;
    if (!hand || this.exchanging) return false;
    if (hand.behind) return true;
    if (this.stopping) {
      const back = this.giveBackFrom !== undefined;
      return back || hand.unsettled || this.leaving !== undefined || this.lanes.allIdle;
    }
    if (hand.ready > this.lookAhead.items >> 1) return hand.full;
    return this.room(this.lanes.idle) > 0 || this.onlyStale(hand);
  }

  /** Whether handlers of earlier incarnations alone keep the lanes busy: the queue may be drained without them. */
  private onlyStale(hand: Hand): boolean {
    return hand.head === hand.end && this.lanes.running(hand).length === 0;
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      this.trade();
    });
  }

  private trade(): void {
    if (this.exchanging || this.ended || !this.hand) return;
    this.exchanging = true;
    this.exchange(this.hand).then(
      () => {
        this.exchanging = false;
        if (this.ended) return;
        this.startReady();
        if (!this.exchanging && !this.resting && this.exchangeIsDue()) {
          if (this.hand && this.hand.ready > 0) this.trade();
          else this.schedule();
        }
      },
      (error) => {
        this.ended = true;
        this.fail(error);
      },
    );
  }

  private async exchange(hand: Hand): Promise<void> {
    const { ints, times } = this.shared;
    const now = performance.now();
    if ((Atomics.load(ints, INT.next) & RELEASED) !== 0) this.noticeRelease(hand);
    this.lookAhead.learn(this.lanes.finished, now, this.roundTrip);
    this.lastExchange = now;
    this.resting = false;

    const { idle, allIdle } = this.lanes;
    const retire = hand.end > LAST_POSITION;
    const { advance, outcomes } = hand.settle(this.stopping ? Number.POSITIVE_INFINITY : now);
    // Who leaves gives everything back, so all that is finished is told before.
    const leave = !hand.behind && (this.leaving !== undefined || ((this.stopping || retire) && allIdle));
    const { ready } = hand;
    this.aloneRefused &&= this.lanes.anyStale;
    const none = this.stopping || retire || this.aloneRefused;
    const want = leave ? -1 : none ? 0 : Math.max(0, Math.min(BATCH, this.room(idle) - ready));
    const need = Math.max(0, idle - ready);
    const backFrom = this.giveBackFrom;
    this.giveBackFrom = undefined;
    this.dropClaim = false;
    const awake = times[TIME.awake] as number;
    Atomics.store(ints, INT.sent, hand.incarnation.number + 1);
    Atomics.store(ints, INT.claiming, want > 0 ? 1 : 0);

    const leaving = Atomics.load(ints, INT.leaving) === 1;
    const ask = { advance, outcomes, want, need, leaving, ...(backFrom !== undefined && { backFrom }) };
    const answer = await hand.incarnation.exchange(ask, this.bytes, this.leaving);
    this.roundTrip = performance.now() - now;
    times[TIME.answer] = hand.incarnation.answer;
    times[TIME.renewed] = Math.max(times[TIME.renewed] as number, awake);
    if (answer.kind === 'work' && !this.ended) await this.take(hand, answer);
    // Not before: until it may be started, what was claimed is on its way.
    Atomics.store(ints, INT.claiming, 0);
    if (answer.kind !== 'work' && !this.ended) await this.heed(hand, answer, want > 0 || retire || this.aloneRefused);
  }

  /** Items that may be at hand and not started, for so many idle lanes. */
  private room(idle: number): number {
    // Nobody would take from a main thread that blocks what it has not started.
    if (!this.lease.isWatched) return Math.min(idle, 1);
    return idle + this.lookAhead.items;
  }

  private async take(hand: Hand, answer: Claimed): Promise<void> {
    const { ints } = this.shared;
    this.lease.keep(hand.incarnation);
    this.waiting.over();
    const claimed = this.bytes ? answer : await this.withBytes(hand, answer);
    if ((Atomics.load(ints, INT.next) & RELEASED) !== 0) this.noticeRelease(hand);
    this.aloneRefused = answer.alone && this.lanes.anyStale;
    if (this.dropClaim || this.stopping || !claimed || this.aloneRefused) {
      this.giveBackFrom = Math.min(this.giveBackFrom ?? answer.first, answer.first);
      if (!this.stopping) this.schedule();
      return;
    }
    hand.adopt(claimed);
    Atomics.store(ints, INT.end, hand.end);
  }

  /** An answer that gives no work; a worker without rest asks again after a while, though it holds something. */
  private async heed(hand: Hand, answer: Exclude<Answer, Claimed>, restless: boolean): Promise<void> {
    switch (answer.kind) {
      case 'held':
        if (restless && !hand.behind) this.rest(answer.due);
        return;
      case 'wait':
        if (this.stopping) return;
        this.waiting.goesOn(answer.why);
        this.rest(Math.min(answer.due ?? IDLE, answer.gap / 2));
        return;
      case 'stale':
        await this.beginAnew(hand);
        return;
      case 'drained':
        this.end({ kind: 'drained', counts: answer.counts });
        return;
      case 'left':
        if (this.stopping || this.leaving !== undefined) this.end({ kind: 'left', counts: answer.counts });
        else await this.enterAgain(hand);
        return;
    }
  }

  /** A claim whose payloads are bytes, where text may have lost some; nothing, where it is not there any more. */
  private async withBytes(hand: Hand, claimed: Claimed): Promise<Claimed | undefined> {
    if (!(claimed.payloads as string[]).some((payload) => payload.includes('\uFFFD'))) return claimed;
    // Not UTF-8, or an honest replacement character: from here on, look at the bytes.
    this.bytes = true;
    const key = queueKeys(this.queue.name).held + hand.incarnation.id;
    const { length } = claimed.payloads;
    const ask = () => this.connection.bytes('LRANGE', key, -length, -1);
    const payloads = (await this.connection.insist(ask)) as Buffer[];
    return payloads.length === length ? { ...claimed, payloads } : undefined;
  }

  /** Redis knows nothing of this incarnation any more: what it holds belongs to others. */
  private async beginAnew(hand: Hand): Promise<void> {
    this.lanes.abort(new LeaseLostError('the lease was lost; another worker has this item'), hand);
    if (this.stopping) {
      this.end({ kind: 'left', counts: undefined });
      return;
    }
    this.options.log.warn('the lease was lost: what was in hand went to others, going on with fresh work');
    await this.enterAgain(hand);
  }

  private async enterAgain(hand: Hand): Promise<void> {
    hand.over = true;
    this.hand = undefined;
    const incarnation = await Incarnation.enter(
      this.connection,
      this.queue.name,
      this.settings,
      hand.incarnation.epoch,
    );
    if (this.ended) return;
    this.options.log.info(`Worker with sessionID: ${incarnation.id}`);
    this.begin(incarnation);
    this.lease.keep(incarnation);
    this.resting = false;
  }

  /** The lease thread gave back what was ready. */
  private noticeRelease(hand: Hand): void {
    const { ints } = this.shared;
    hand.dropReady();
    this.giveBackFrom = hand.next;
    this.dropClaim = this.exchanging;
    this.lookAhead.forget();
    Atomics.store(ints, INT.end, hand.end);
    Atomics.store(ints, INT.next, hand.next);
  }

  private giveBackReady(): void {
    const { hand } = this;
    if (!hand) return;
    const { ints } = this.shared;
    const word = Atomics.or(ints, INT.next, RELEASED);
    if ((word & RELEASED) === 0 || hand.ready > 0 || this.exchanging) this.noticeRelease(hand);
  }

  /** Tells Redis that what happens to this process from now on is no crash; not only when Redis has answered what it is at. */
  private sayLeaving(): void {
    Atomics.store(this.shared.ints, INT.leaving, 1);
    if (!this.hand) return;
    const { incarnation } = this.hand;
    this.lease.keep(incarnation);
    if (this.lease.isWatched) return;
    const renewal = [incarnation.id, incarnation.epoch, '', incarnation.number, 1];
    this.connection.run(SCRIPTS.renew, this.queue.name, renewal).catch(() => undefined);
  }

  private leave(patience: number): void {
    if (this.ended || this.leaving !== undefined) return;
    this.leaving = patience;
    const end = () => this.end({ kind: 'left', counts: undefined });
    this.trade();
    this.after(this.hand ? patience + 500 : 0, end);
  }

  private async abandon(incarnation: Incarnation, charge: object): Promise<void> {
    const args = [incarnation.id, incarnation.epoch, JSON.stringify(charge), incarnation.answer];
    await this.connection.run(SCRIPTS.abandon, this.queue.name, args).catch(() => undefined);
  }

  // ---- waiting

  /** Asks again when something is due, when somebody rings, or after a while. */
  private rest(due: number | undefined): void {
    if (this.stopping) return;
    this.resting = true;
    if (this.ringing) return;
    this.ringing = true;
    const wait = Math.max(5, Math.ceil(Math.min(due ?? IDLE, IDLE, this.settings.lease / 4)));
    this.doorbell.wait(wait).then(() => {
      this.ringing = false;
      if (this.resting) this.schedule();
    });
  }

  private everyBeat(): void {
    Atomics.add(this.shared.ints, INT.beat, 1);
    const { hand } = this;
    if (!hand || this.ended) return;
    this.lanes.abortOverdue();
    // The lease thread heard a signal that nobody listens for here.
    if (Atomics.load(this.shared.ints, INT.leaving) === 1) this.stop(finishWithin(this.settings.grace));
    if (this.exchanging) return;
    if ((Atomics.load(this.shared.ints, INT.next) & RELEASED) !== 0) {
      // Told once more, in case the lease thread was not heard.
      this.noticeRelease(hand);
      this.trade();
      return;
    }
    const quietFor = performance.now() - this.lastExchange;
    if (hand.unsettled && quietFor >= BEAT) this.trade();
    else if (!this.resting && this.exchangeIsDue()) this.trade();
    // Nobody else renews the lease.
    else if (!this.lease.isWatched && quietFor >= this.settings.lease / 4) this.trade();
  }

  private heardFromLease(message: FromLeaseThread): void {
    const { hand } = this;
    if (!hand || this.ended) return;
    if ('lost' in message) {
      // The next exchange would say the same; handlers should know now.
      if (message.lost === hand.incarnation.id) this.trade();
      return;
    }
    const hung = this.lanes.attemptIn(message.hung, message.id);
    // It may have returned meanwhile, and the lane be at another item.
    if (!hung) return;
    const { itemTimeout } = this.settings;
    this.ended = true;
    this.options.log.warn(
      `[${message.id}] did not return after its timeout of ${itemTimeout / 1_000} s: ending the process`,
    );
    const charge = hung.hand === hand ? hangCharge(itemTimeout, hung.attempt) : {};
    this.abandon(hand.incarnation, charge).then(() => this.end({ kind: 'hung', counts: undefined }));
  }

  private after(ms: number, act: () => void): void {
    const timer = setTimeout(
      () => {
        this.timers.delete(timer);
        act();
      },
      Math.min(ms, LONGEST),
    );
    this.timers.add(timer);
  }
}

function clientName(worker: string): string {
  return worker.replace(/[^!-~]+/g, '-');
}
