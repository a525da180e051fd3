import { ok, strictEqual } from 'node:assert';
import { DrainState, type When } from '../../worker/drain/drain-state';
import { DurationMeter } from '../../worker/drain/duration-meter';
import { type Hand, type Lane, newLane } from '../../worker/drain/hand';
import { GivingBack } from '../../worker/lease/giving-back';
import { type HandSeen, SharedHand } from '../../worker/lease/shared-hand';
import { Vitals } from '../../worker/lease/vitals';
import type { Answer, Exchange, Incarnation } from '../../worker/redis';
import type { RedisModel } from './redis-model';

/** Nobody says whether it had a processor. */
const MAIN_THREAD = { time: () => undefined, isRunnable: () => false };

interface ExchangeUnderWay {
  readonly hand: Hand;
  readonly number: number;
  readonly ask: Omit<Exchange, 'leaving'>;
  answer?: Answer;
  /** The answer has arrived, and its payloads are being read. */
  heard?: true;
}

interface RenewalUnderWay {
  readonly incarnation: string;
  readonly seen: HandSeen;
  /** The thread still waits for the answer. */
  awaited: boolean;
  carriedOut?: boolean;
}

/**
 * The real state of a drain and the real halves of giving back, between a Redis on paper, lanes that finish when they
 * are told to, and a network that takes its time.
 */
export class WorkerUnderTest {
  readonly shared = new SharedHand();
  readonly vitals: Vitals;
  readonly state: DrainState;
  /** How it ended. */
  ending: 'drained' | 'spare' | 'left' | undefined;
  exchange: ExchangeUnderWay | undefined;
  private slowsDown = false;
  renewals: RenewalUnderWay[] = [];
  /** None while the one that died has no successor. */
  private thread: GivingBack | undefined;
  /** It was told to stop before Redis knew it, and ends as soon as a timer can say so. */
  private endsSoon = false;
  private threadKnows: string | undefined;
  /** Items that have ended. */
  private ended = 0;
  /** Incarnations on their way to the thread. */
  private readonly messages: string[] = [];
  private readonly lanes: Lane[];
  private readonly lookAhead = { items: 0, learn() {}, forget() {} };

  constructor(
    readonly redis: RedisModel,
    concurrency: number,
  ) {
    this.vitals = new Vitals(concurrency);
    this.lanes = Array.from({ length: concurrency }, (_, index) => newLane(index));
    const all = () => this.lanes;
    const ended = () => this.ended;
    const running = {
      get idle() {
        return all().filter((lane) => lane.hand === undefined).length;
      },
      get allIdle() {
        return all().every((lane) => lane.hand === undefined);
      },
      get anyStale() {
        return all().some((lane) => lane.hand?.over);
      },
      get finished() {
        return ended();
      },
      running: (hand: Hand) =>
        all()
          .filter((lane) => lane.hand === hand)
          .map((lane) => lane.id),
      durations: new DurationMeter(),
    };
    this.state = new DrainState(this.shared, running, this.lookAhead, concurrency, () => this.vitals.watched);
    this.renewThread();
  }

  // ---- the main thread

  enter(): void {
    if (this.state.hand || this.exchange || this.state.hasEnded) return;
    const id = this.redis.enter();
    this.state.enter({ id, epoch: 'epoch', number: 0 } as Incarnation);
    this.messages.push(id);
    this.act('now');
  }

  /** Starts up to so many items, with a handler that may end at once. */
  start(count: number, endsAtOnce = false): void {
    for (let started = 0; started < count && this.state.hand && this.state.hasReady; started++) {
      const lane = this.lanes.find(({ hand }) => hand === undefined);
      const { hand } = this.state;
      if (!lane || !this.state.claimStart(hand)) break;
      const position = hand.next;
      const { id } = hand.take(lane);
      lane.startedAt = this.vitals.awake;
      this.vitals.started(lane.index, id, 1);
      const { worker } = this.redis;
      ok((this.exchange?.ask.want ?? 0) >= 0, `item ${id} is started by a worker that is about to leave`);
      ok(
        !this.redis.isLoner(id) || this.lanes.every((other) => other === lane || other.hand === undefined),
        `item ${id} does not run alone`,
      );
      if (worker?.id === hand.incarnation.id) {
        strictEqual(worker.ids[position - worker.head], id, `item ${id} is started and was given back`);
      }
      if (endsAtOnce) this.finish(lane.index);
    }
    this.act(this.state.next());
  }

  /** What runs in a lane comes to its end. */
  finish(index: number): void {
    const lane = this.lanes[index % this.lanes.length] as Lane;
    const { hand } = lane;
    if (!hand) return;
    this.vitals.ended(lane.index);
    lane.hand = undefined;
    this.ended++;
    if (!hand.over) hand.finish(lane);
    this.act(this.state.next());
  }

  /** The turn of the event loop ends. */
  turn(): void {
    if (this.state.isPutOff) this.act('now');
  }

  beat(): void {
    this.vitals.beat();
    this.act(this.state.nextAtBeat(this.vitals.awake, { settle: true, renew: false }));
  }

  /** The doorbell. */
  wake(): void {
    this.act(this.state.wake());
  }

  /** What runs asks that nobody is handed anything for some time. */
  slowDown(): void {
    const { hand } = this.state;
    if (this.state.hasEnded || !hand || !this.lanes.some((lane) => lane.hand === hand)) return;
    this.slowsDown = true;
    this.act(this.state.slowDown(1_000));
    ok(this.state.hand?.ready === 0 || this.state.isStopping, 'what is not started goes back');
    ok(this.exchange || this.state.isPutOff, 'nobody is about to tell Redis');
  }

  stop(): void {
    if (this.state.isStopping || this.state.hasEnded) return;
    this.state.stop();
    this.act(this.state.phase === 'leaving' ? 'now' : this.state.next());
    this.endsSoon ||= !this.state.hand;
  }

  leave(): void {
    if (this.state.hasEnded) return;
    this.state.leave();
    this.act('now');
    this.endsSoon ||= !this.state.hand;
  }

  /** The timer of a worker that nobody has to say goodbye to. */
  timer(): void {
    if (this.endsSoon && !this.state.hasEnded) this.end('left');
  }

  lookAheadOf(items: number): void {
    this.lookAhead.items = items;
  }

  /** The answer of Redis arrives; `later`: its payloads are still to be read, and may be gone by then. */
  hear(later: boolean): void {
    const { exchange, state } = this;
    const answer = exchange?.answer;
    if (!exchange || !answer || state.hasEnded) return;
    const { hand } = exchange;
    if (!exchange.heard) state.answered(this.vitals.awake);
    if (answer.kind === 'work' && later && !exchange.heard) {
      exchange.heard = true;
      return;
    }
    if (answer.kind === 'work') {
      if (this.threadKnows !== hand.incarnation.id) this.messages.push(hand.incarnation.id);
      const ids = answer.payloads.map(Number);
      const { worker } = this.redis;
      const there = worker?.id === hand.incarnation.id && ids.every((id) => worker.ids.includes(id));
      state.take(hand, answer, exchange.heard && !there ? undefined : answer);
    } else {
      const then = state.heed(hand, answer);
      if (then.do === 'end') this.end(then.kind);
      ok(answer.kind !== 'spare' || this.ending === 'spare', 'it is told to leave, and goes on');
    }
    const dropped = this.shared.isReleased && !state.hasEnded && answer.kind === 'work';
    this.exchange = undefined;
    state.settled();
    this.start(this.lanes.length);
    this.act(state.nextAfterAnswer());
    ok(!dropped || this.exchange || state.isPutOff, 'a claim was dropped, and nobody is about to tell Redis');
  }

  private act(when: When): void {
    const { hand } = this.state;
    if (when !== 'now' || !hand || !this.state.mayExchange) return;
    const ask = this.state.begin(hand, this.vitals.awake);
    hand.incarnation.number++;
    this.exchange = { hand, number: hand.incarnation.number, ask };
  }

  private end(kind: 'drained' | 'spare' | 'left'): void {
    this.state.finish();
    this.ending = kind;
  }

  // ---- the network

  /** Redis carries out the exchange under way, which may be a copy of one that it has carried out. */
  carryExchange(): void {
    if (!this.exchange) return;
    const { hand, number, ask } = this.exchange;
    const answer = this.redis.exchange(hand.incarnation.id, number, ask);
    this.exchange.answer ??= answer;
  }

  /** Redis carries out a renewal, which the thread may have given up. */
  carryRenewal(index: number): void {
    const renewal = this.renewals[index % this.renewals.length];
    if (!renewal || renewal.carriedOut !== undefined) return;
    renewal.carriedOut = this.redis.renew(renewal.incarnation, renewal.seen.next, renewal.seen.sent);
    if (!renewal.awaited) this.renewals.splice(this.renewals.indexOf(renewal), 1);
  }

  // ---- the lease thread

  tick(ms: number): void {
    this.vitals.awake += ms;
    const incarnation = this.threadKnows;
    const seen = this.thread?.toTell(ms, !this.renewals.some(({ awaited }) => awaited));
    if (seen && incarnation !== undefined) this.renewals.push({ incarnation, seen, awaited: true });
  }

  /** The thread learns of an incarnation. */
  message(): void {
    if (this.thread) this.threadKnows = this.messages.shift() ?? this.threadKnows;
  }

  /** The answer to a renewal arrives. */
  hearRenewal(): void {
    const renewal = this.renewals.find(({ awaited, carriedOut }) => awaited && carriedOut !== undefined);
    if (!renewal) return;
    this.renewals.splice(this.renewals.indexOf(renewal), 1);
    if (renewal.carriedOut) this.thread?.confirm(renewal.seen);
  }

  /** The thread waits no longer for an answer; Redis may still carry it out. */
  giveUpRenewal(): void {
    const renewal = this.renewals.find(({ awaited }) => awaited);
    if (!renewal) return;
    renewal.awaited = false;
    if (renewal.carriedOut !== undefined) this.renewals.splice(this.renewals.indexOf(renewal), 1);
  }

  /** The thread dies. */
  loseThread(): void {
    this.giveUpRenewal();
    this.thread = undefined;
    this.vitals.watched = false;
  }

  /** Another one takes its place. */
  renewThread(): void {
    this.loseThread();
    this.threadKnows = this.messages.pop() ?? this.threadKnows;
    this.messages.length = 0;
    this.thread = new GivingBack(new SharedHand(this.shared.buffer), this.vitals, MAIN_THREAD);
    this.vitals.watched = true;
  }

  // ---- what holds

  check(): void {
    const { hand } = this.state;
    const { worker } = this.redis;
    if (!hand || worker?.id !== hand.incarnation.id) return;
    const held = (position: number) => worker.ids[position - worker.head];
    for (const lane of this.lanes) {
      if (lane.hand !== hand) continue;
      ok(
        worker.running.has(lane.id) || held(lane.position) === lane.id,
        `item ${lane.id} runs here and was given back`,
      );
    }
    if (this.exchange || this.state.hasEnded) return;
    ok(!this.shared.look().claiming, 'nothing is on its way');
    const end = worker.head + worker.ids.length;
    const startable = this.state.isStopping ? hand.next : hand.end;
    ok(
      end <= startable || this.shared.isReleased,
      `nobody will start or give back what is held from ${startable} to ${end}`,
    );
  }

  /** With a main thread that does nothing any more, what it has not started goes back. */
  checkBlocked(): void {
    if (!this.thread) this.renewThread();
    if (!this.vitals.anyRuns || this.threadKnows !== this.redis.worker?.id || !this.state.hand) return;
    for (let tick = 0; tick < 200; tick++) {
      this.tick(20);
      this.carryExchange();
      this.message();
      for (const index of this.renewals.keys()) this.carryRenewal(index);
      this.hearRenewal();
    }
    const { worker } = this.redis;
    const { hand } = this.state;
    if (worker?.id !== hand.incarnation.id) return;
    ok(worker.head + worker.ids.length <= hand.next, 'a main thread that is blocked keeps what it has not started');
  }

  /** Where all goes on, it comes to its end. */
  checkEnds(): void {
    for (let round = 0; round < 300 && !this.state.hasEnded; round++) {
      this.enter();
      this.tick(20);
      this.message();
      this.carryExchange();
      for (const index of this.renewals.keys()) this.carryRenewal(index);
      this.hearRenewal();
      this.hear(false);
      this.start(this.lanes.length);
      for (const { index } of this.lanes) this.finish(index);
      this.turn();
      this.beat();
      this.wake();
      this.timer();
      this.redis.finishElsewhere();
      this.check();
    }
    ok(this.ending, `it stands still, ${this.state.phase}`);
    if (this.ending === 'drained') {
      strictEqual(this.redis.done.size, this.redis.items);
      ok(!this.slowsDown || this.redis.slowed, 'Redis was never told that a handler asks to slow down');
    }
    if (this.ending === 'spare') strictEqual(this.redis.list.length, 0);
    const { worker } = this.redis;
    // Where Redis comes to know it too late, its lease runs out, over nothing.
    const holds = worker && (!this.endsSoon || worker.ids.length + worker.running.size > 0);
    ok(!holds, 'it has ended and still holds something');
  }
}
