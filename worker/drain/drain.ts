import { type BatchHandler, countAdded, type Handler, hangCharge, lanesOf, logOf } from '../attempt';
import { queueKeys } from '../contract';
import type { QueueOf } from '../definition';
import { HandlerHungError, LeaseLostError, overReason, StoppedError, StoreUnreachableError } from '../errors';
import { finishWithin, stopPlan } from '../exit';
import { type FromLeaseThread, Lease, SharedHand, Vitals } from '../lease';
import {
  type Answer,
  type Claimed,
  Connection,
  type Counts,
  checkStore,
  Doorbell,
  Incarnation,
  type Over,
} from '../redis';
import { SCRIPTS } from '../scripts';
import type { WorkerSettings } from '../settings';
import { DrainState, type When } from './drain-state';
import type { Hand } from './hand';
import { Keeping } from './keeping';
import { type HandlingOptions, Lanes, type Tally } from './lanes';
import { LookAhead } from './look-ahead';
import { MemoryWatch } from './memory-watch';
import { progressReport } from './progress-report';
import { Rest } from './rest';
import { Turn } from './turn';
import { Waiting } from './waiting';

/** How a drain ended. */
export interface Ending {
  /**
   * `drained`: every item of the queue is done or dead. `spare`: nothing is left to claim, and this worker may leave the last
   * items to others. `left`: it was told to stop before. `cancelled`: the queue was. `failed`: there is a dead
   * letter, and the run is to end with the first one.
   */
  readonly kind: 'drained' | 'spare' | 'left' | Over;
  readonly counts: Counts | undefined;
}

export interface DrainOptions extends HandlingOptions {
  /** Whether the process is this worker alone: it ends with it, and signals that ask it to stop are for the worker. */
  readonly ownsProcess: boolean;
}

/** How often the main thread shows that it is alive, and looks for what is due, in ms. */
const BEAT = 50;
/** A worker with nothing at hand takes leave of Redis for so long, in ms. */
const GOODBYE = 5_000;
/** A worker that has to go at once takes leave of Redis for so long, in ms. */
const SHORT_GOODBYE = 1_000;
/** After so many ms, Redis is asked again whether it has room for what items add. */
const ROOM_PAUSE = 1_000;
/** Incarnations that are remembered once they were given up. */
const EARLIER = 8;
/** Longest time that a timer takes, in ms. */
const LONGEST = 2_147_483_647;

/**
 * The loop of a worker: claim, run side by side, settle, until the queue is drained.
 *
 * {@link DrainState} decides; this is what it decides about: connections, timers, lanes and the lease.
 */
export class Drain<T> {
  private readonly connection: Connection;
  private readonly rest: Rest;
  private readonly waiting: Waiting;
  private readonly keeping: Keeping;
  private readonly memory: MemoryWatch;
  private readonly vitals: Vitals;
  private readonly lease: Lease;
  private readonly lanes: Lanes<T>;
  private readonly state: DrainState;
  private readonly turn = new Turn();
  private readonly timers = new Set<NodeJS.Timeout>();
  private readonly outcome: Promise<Ending>;
  private end!: (ending: Ending) => void;
  private fail!: (error: unknown) => void;

  /** Payloads are read as bytes. */
  private bytes: boolean;
  /** In {@link startReady}. */
  private starting = false;
  /** How long Redis is asked to let this worker leave, in ms. */
  private patience: number | undefined;
  /** Incarnations that were given up, the last ones of them: a Redis that goes back in time may bring them back. */
  private earlier: string[] = [];
  /** Redis had no room, the last time, for what items add. */
  private isFull = false;
  /** Why this worker cannot go on. */
  private unable: Error | undefined;
  /** Why this worker is to stop, though the queue is not drained. */
  private over: Over | undefined;

  constructor(
    private readonly queue: QueueOf<T>,
    handler: Handler<T> | BatchHandler<T>,
    private readonly settings: WorkerSettings,
    private readonly options: DrainOptions,
  ) {
    const { concurrency, store, storeTimeout, worker, lease, itemTimeout, maxAttempts, terminationLog } = settings;
    const { log, backoff, batch, ownsProcess } = options;
    const lanes = lanesOf(concurrency, batch);
    const name = clientName(worker);
    const deadline = Math.max(250, Math.min(5_000, storeTimeout));
    this.connection = new Connection(store, { name, deadline, patience: storeTimeout, log });
    this.waiting = new Waiting(queue.name, settings, log);
    this.keeping = new Keeping(this.connection, queue.name, settings.keep, log);
    this.memory = new MemoryWatch(this.connection, log);
    const hand = new SharedHand();
    this.vitals = new Vitals(lanes);
    const slowDown = (ms: number) => this.act(this.state.slowDown(ms));
    const unable = (why: Error) => {
      if (this.state.isStopping) return;
      this.unable = why;
      this.halt();
    };
    this.lanes = new Lanes(queue, handler, settings, options, this.vitals, () => this.goOn(), slowDown, unable);
    this.lease = new Lease(
      hand,
      this.vitals,
      {
        ...{ lanes, queue: queue.name, name, store, lease, itemTimeout, maxAttempts, backoff },
        ...{ terminationLog, ownsProcess, worker },
      },
      {
        message: (message) => this.heardFromLease(message),
        died: (why) => log.warn(`the thread that keeps the lease ended (${why}): starting it again`),
        failed: unable,
      },
    );
    this.state = new DrainState(
      hand,
      this.lanes,
      new LookAhead(() => this.lanes.used),
      lanes,
      () => this.lease.isWatched,
    );
    const doorbell = new Doorbell(store, queue.name, { name, deadline, patience: storeTimeout, log });
    const { takers } = options;
    const isOfUse = () => !takers || this.lanes.idle > 0;
    this.rest = new Rest(doorbell, this.state, () => this.act(this.state.wake()), Math.random, isOfUse);
    this.bytes = queue.payload === 'bytes';
    takers?.onWaiting(() => this.goOnFor());
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
    let beat: NodeJS.Timeout | undefined;
    try {
      this.vitals.resting = true;
      this.lease.start();
      // Told to stop, it does not wait for Redis.
      const first = await Promise.race([this.enter(), this.ending()]);
      if (!(first instanceof Incarnation)) return first;
      this.entered(first);
      this.keeping.begin(first);
      this.options.log.info(`Initial queue state: empty=${first.foundEmpty ? 'True' : 'False'}`);
      beat = setInterval(() => this.everyBeat(), BEAT);
      this.trade();
      return await this.ending();
    } finally {
      this.state.finish();
      clearInterval(beat);
      for (const timer of this.timers) clearTimeout(timer);
      this.lanes.close();
      this.connection.close();
      this.rest.close();
      await this.lease.end();
    }
  }

  /** Looks at Redis and registers with it, in one round trip. */
  private async enter(): Promise<Incarnation> {
    const { connection, queue } = this;
    const { log } = this.options;
    const checked = connection.insist(() => checkStore(connection, queue.name, log));
    const [incarnation, info] = await Promise.all([
      Incarnation.enter(connection, queue.name, this.entry).catch(async (error) => {
        // What this Redis lacks says more than what it answers then.
        await checked;
        throw error;
      }),
      checked,
    ]);
    if (info) {
      log.info(`Store: ${info.facts}`);
      this.memory.begin(info.memory, performance.now());
    }
    return incarnation;
  }

  /**
   * No new items; those that run may finish for so long, in ms. Then their signals are aborted, and what has not ended
   * shortly after goes back to the queue. Called again, the shorter time counts.
   */
  stop(within: number): void {
    if (this.state.hasEnded) return;
    if (!this.state.isStopping) {
      this.state.stop();
      this.lanes.hurry();
      this.sayLeaving();
    }
    if (this.state.phase === 'leaving') this.leave(Math.min(within, GOODBYE));
    const { abortIn, leaveIn } = stopPlan(within);
    this.after(abortIn, () => this.lanes.abort(new StoppedError('the worker has to stop')));
    this.after(leaveIn, () => this.leave(SHORT_GOODBYE));
    this.act(this.state.next());
  }

  /** The run is over: what runs is told so, and may end within the time that a pod has. */
  private stopFor(over: Over): void {
    if (this.over || this.state.hasEnded) return;
    this.over = over;
    const reason = overReason(over, this.queue.name);
    this.options.log.warn(`${reason.message}: no new items, and running items are aborted`);
    this.lanes.abort(reason);
    this.stop(finishWithin(this.settings.grace));
  }

  /** Gives everything back at once and ends. */
  halt(): void {
    this.state.stop();
    this.sayLeaving();
    this.lanes.abort(new StoppedError('the process ends now'));
    this.leave(SHORT_GOODBYE);
  }

  /** The process is about to die: what was started is charged with the crash, the rest goes back. */
  async crash(): Promise<void> {
    const { hand } = this.state;
    if (!hand || this.state.hasEnded) return;
    this.state.finish();
    const abandoned = this.abandon(hand.incarnation, { crash: this.lanes.running(hand) });
    this.lanes.close();
    await abandoned;
  }

  private async ending(): Promise<Ending> {
    const ending = await this.outcome;
    if (ending.kind !== 'left') return ending;
    if (this.over) return { ...ending, kind: this.over };
    if (this.unable) throw this.unable;
    return ending;
  }

  // ---- running items

  private startReady(): void {
    const { lanes, state } = this;
    // A handler that ends at once comes here again; the loop that started it goes on with its lane.
    if (this.starting) return;
    this.starting = true;
    try {
      while (lanes.idle > 0 && state.hand && state.hasReady) {
        if (this.turn.isOver()) {
          setImmediate(() => this.goOn());
          return;
        }
        const { hand } = state;
        if (!state.claimStart(hand)) return;
        const isTimed = !(this.turn.isYoung && state.isQuick);
        const endedAtOnce = lanes.start(hand, isTimed ? performance.now() : state.exchangedAt, isTimed);
        if (endedAtOnce) this.act(state.next());
      }
    } finally {
      this.starting = false;
    }
  }

  /** Something has ended, or may be started. */
  private goOn(): void {
    this.startReady();
    this.act(this.state.next());
  }

  /** One more waits. Where there was nothing for those before it either, the doorbell says when there is. */
  private goOnFor(): void {
    this.startReady();
    if (!(this.state.restsInVain && this.rest.isListening)) this.act(this.state.next());
  }

  // ---- exchanges

  private act(when: When): void {
    if (when === 'now') this.trade();
    else if (when === 'soon') setImmediate(() => this.state.isPutOff && this.trade());
  }

  private trade(): void {
    const { state } = this;
    if (!state.hand || !state.mayExchange) return;
    this.exchange(state.hand).then(
      () => {
        state.settled();
        this.rest.answered();
        this.startReady();
        this.act(state.nextAfterAnswer());
      },
      (error) => {
        state.finish();
        if (this.over && error instanceof StoreUnreachableError) this.end({ kind: this.over, counts: undefined });
        else this.fail(error);
      },
    );
  }

  private async exchange(hand: Hand): Promise<void> {
    const { state, vitals } = this;
    const { awake, leaving } = vitals;
    vitals.resting = false;
    const ask = state.begin(hand, performance.now());
    const answer = await hand.incarnation.exchange({ ...ask, leaving }, this.bytes, this.patience);
    state.answered(performance.now());
    vitals.answer = hand.incarnation.answer;
    vitals.renew(awake);
    if (state.hasEnded) return;
    if ('more' in answer) {
      const { over, full } = answer.more;
      if (over) this.stopFor(over);
      if (full) this.waitForRoom(hand);
      else if (this.isFull && hand.adds) this.isFull = false;
    }
    if (answer.kind === 'work') await this.take(hand, answer);
    else await this.heed(hand, answer);
  }

  /** Redis has no room for what items add: they stay in hand, and it is asked again after a while. */
  private waitForRoom(hand: Hand): void {
    const refused = hand.refuse();
    if (!this.isFull) {
      this.options.log.warn(
        `Redis is full (maxmemory): ${countAdded(refused)} cannot be added yet; what adds them stays in hand, all else goes on`,
      );
    }
    this.isFull = true;
    this.after(ROOM_PAUSE, () => hand.tellRefused());
  }

  private async take(hand: Hand, answer: Claimed): Promise<void> {
    this.lease.keep(hand.incarnation);
    this.waiting.over();
    this.rest.over();
    this.state.take(hand, answer, this.bytes ? answer : await this.withBytes(hand, answer));
  }

  private async heed(hand: Hand, answer: Exclude<Answer, Claimed>): Promise<void> {
    const { state, vitals } = this;
    const isWaiting = answer.kind === 'wait' && !state.isStopping;
    const left = isWaiting ? this.waiting.goesOn(answer.why) : Number.POSITIVE_INFINITY;
    // Redis knows nothing of this incarnation any more: what it holds belongs to others.
    if (answer.kind === 'stale') {
      this.lanes.abort(new LeaseLostError('the lease was lost; another worker has this item'), hand);
    }
    const then = state.heed(hand, answer);
    if (then.do === 'rest') {
      const { gap, idle } = answer.kind === 'wait' ? answer : { gap: this.settings.lease / 2, idle: 0 };
      vitals.resting = answer.kind === 'wait';
      this.rest.begin({ due: Math.min(then.due ?? left, left), gap, idle });
    } else if (then.do === 'end') {
      if (then.kind !== 'drained') await this.stopListening();
      await this.keeping.end(hand.incarnation);
      this.end({ kind: then.kind, counts: 'counts' in answer ? answer.counts : undefined });
    } else if (then.do === 'enter') {
      if (answer.kind === 'stale') {
        this.options.log.warn(
          'the lease was lost: what was in hand is in the queue again or with others, going on with fresh work',
        );
      }
      await this.enterAgain(hand.incarnation);
    }
  }

  /** Others go on, and a token that came here in these moments is for them. */
  private async stopListening(): Promise<void> {
    if (!this.rest.isListening) return;
    await this.rest.close();
    await this.connection.command('RPUSH', queueKeys(this.queue.name).wake, 1).catch(() => undefined);
  }

  /** What Redis is told of this worker. Where dead letters are tolerated, they keep no finalizer from running. */
  private get entry() {
    const { settings, options } = this;
    const when = options.finalizer && (settings.tolerateDeadLetters ? 'always' : options.finalizer.when);
    return { ...settings, finally: when };
  }

  private async enterAgain({ id, epoch }: Incarnation): Promise<void> {
    this.earlier = [...this.earlier.slice(1 - EARLIER), id];
    const earlier = { epoch, incarnations: this.earlier };
    const incarnation = await Incarnation.enter(this.connection, this.queue.name, this.entry, earlier);
    if (this.state.hasEnded) return;
    this.entered(incarnation);
    this.lease.keep(incarnation);
  }

  private entered(incarnation: Incarnation): void {
    this.options.log.info(`Worker with sessionID: ${incarnation.id}`);
    this.state.enter(incarnation);
    this.vitals.answer = 0;
    this.vitals.renew(this.vitals.awake);
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

  private everyBeat(): void {
    this.vitals.beat();
    if (this.state.hasEnded) return;
    this.lanes.abortOverdue();
    // The lease thread heard a signal that nobody listens for here.
    if (this.vitals.leaving && !this.state.isStopping) this.stop(finishWithin(this.settings.grace));
    const now = performance.now();
    const quietFor = now - this.state.exchangedAt;
    // Those that wait leave it to those that work.
    if (!this.vitals.resting && !this.isFull) this.memory.look(now);
    // Nobody else renews the lease.
    const renew = !this.lease.isWatched && !this.vitals.resting && quietFor >= this.settings.lease / 4;
    this.act(this.state.nextAtBeat(now, { settle: quietFor >= BEAT, renew }));
  }

  // ---- leaving

  /** Tells Redis that what happens to this process from now on is no crash; not only when Redis has answered what it is at. */
  private sayLeaving(): void {
    this.vitals.sayLeaving();
    if (!this.state.hand) return;
    const { incarnation } = this.state.hand;
    this.lease.keep(incarnation);
    if (this.lease.isWatched) return;
    const renewal = [incarnation.id, incarnation.epoch, '', incarnation.number, 1];
    this.connection.run(SCRIPTS.renew, this.queue.name, renewal).catch(() => undefined);
  }

  private leave(patience: number): void {
    if (this.state.hasEnded || this.patience !== undefined) return;
    this.patience = patience;
    this.state.leave();
    this.trade();
    this.after(this.state.hand ? patience + 500 : 0, () => this.end({ kind: 'left', counts: undefined }));
  }

  private heardFromLease(message: FromLeaseThread): void {
    const { hand } = this.state;
    if (!hand || this.state.hasEnded) return;
    if ('told' in message) {
      const report = progressReport(message.told);
      if (report) this.options.log.info(report.line, report.fields);
      return;
    }
    if ('lost' in message) {
      // The next exchange would say the same; handlers should know now.
      if (message.lost === hand.incarnation.id) this.trade();
      return;
    }
    if ('over' in message) {
      if (message.incarnation === hand.incarnation.id) this.stopFor(message.over);
      return;
    }
    const hung = this.lanes.inCallOf(message.hung, message.id);
    // It may have returned meanwhile, and the lane be at another item.
    if (!hung) return;
    this.state.finish();
    const { itemTimeout } = this.settings;
    const what = this.options.ownsProcess ? 'process' : 'worker';
    const { log } = this.options;
    const [{ attempt = 1, label = undefined } = {}, ...others] = hung.attempts;
    const ofItem = logOf(log, { id: message.id, attempt, label });
    const ofCall = others.length === 0 ? ofItem : ofItem.with({}, `${label ?? message.id} and ${others.length} more`);
    this.lanes.tellHung(hung);
    ofCall.error(`did not return after its timeout of ${itemTimeout / 1_000} s: ending the ${what}`);
    const charge = hung.hand === hand ? hangCharge(itemTimeout, hung.attempts) : {};
    this.abandon(hand.incarnation, charge).then(() =>
      this.fail(new HandlerHungError('A handler did not return after its timeout')),
    );
  }

  private async abandon(incarnation: Incarnation, charge: object): Promise<void> {
    const args = [incarnation.id, incarnation.epoch, JSON.stringify(charge), incarnation.answer];
    await this.connection.run(SCRIPTS.abandon, this.queue.name, args).catch(() => undefined);
  }

  private after(ms: number, act: () => void): void {
    const run = () => {
      this.timers.delete(timer);
      act();
    };
    const timer = setTimeout(run, Math.min(ms, LONGEST));
    this.timers.add(timer);
  }
}

function clientName(worker: string): string {
  return worker.replace(/[^!-~]+/g, '-');
}
