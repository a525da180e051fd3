import {
  type Backoff,
  Batches,
  type BatchHandler,
  type BatchOptions,
  type Caller,
  callWithItem,
  type EndedAttempt,
  errorOf,
  FINALIZER_LABEL,
  type FinalizerCall,
  type Handler,
  type HookCalls,
  hangError,
  ItemContext,
  lanesOf,
  NO_RESULT,
  type Outcome,
  outcomeOfError,
  outcomeOfHang,
  outcomeOfInvalid,
  outcomeOfResult,
  type Takers,
} from '../attempt';
import { type Decoder, decoderOf, type QueueOf } from '../definition';
import { ItemTimeoutError, unfitIn } from '../errors';
import type { Vitals } from '../lease';
import type { WorkerLog } from '../log';
import type { WorkerSettings } from '../settings';
import { DurationMeter } from './duration-meter';
import { FailureLog } from './failure-log';
import { type Hand, type Lane, newLane } from './hand';

/** An item that has run for so many ms is none of the quick ones, however exactly its start is known. */
const LONG = 100;

/** Options of a worker that do not come from the environment. */
export interface HandlingOptions {
  readonly backoff?: Backoff;
  /** Keep what the handler returns, as JSON. */
  readonly results?: boolean;
  /** Bytes of JSON that a result may have. */
  readonly maxResultSize?: number;
  /** The handler takes several items at once. */
  readonly batch?: BatchOptions;
  /** What runs once all items have ended. */
  readonly finalizer?: FinalizerCall;
  /** What is called beside the handler. */
  readonly hooks?: HookCalls;
  /** Who asks for items, where the handler hands them on. @default - all lanes do, always */
  readonly takers?: Takers;
  readonly log: WorkerLog;
}

/** What runs in one call, all of one hand. */
export interface HungCall {
  readonly lanes: readonly Lane[];
  /** In the same order. */
  readonly attempts: readonly EndedAttempt[];
  readonly hand: Hand | undefined;
}

/** What one worker did, in items. */
export interface Tally {
  started: number;
  done: number;
  failed: number;
  dead: number;
  /** Items whose end counted for nothing, because another worker had them by then. */
  stale: number;
}

/** The lanes of a worker: what runs in each, and what becomes of an item when its handler ends. */
export class Lanes<T> {
  readonly tally: Tally = { started: 0, done: 0, failed: 0, dead: 0, stale: 0 };
  /** Items that ended, one way or another, while they were this worker's. */
  finished = 0;
  readonly durations = new DurationMeter();

  private readonly all: Lane[];
  private readonly free: Lane[];
  private readonly decode: Decoder<T>;
  private readonly batches: Batches<T, Lane> | undefined;
  private readonly failures: FailureLog;
  private readonly hooks: HookCalls | undefined;
  private readonly caller: Caller;
  private calls = 0;

  /**
   * `wentOn` is called when an item went on in a turn of its own, and not within {@link Lanes.start}; `slowDown` when a handler
   * asks that nobody is handed anything for so many ms; `unfit` when it could do no item at all.
   */
  constructor(
    private readonly queue: QueueOf<T>,
    private readonly handler: Handler<T> | BatchHandler<T>,
    private readonly settings: WorkerSettings,
    private readonly options: HandlingOptions,
    private readonly vitals: Vitals,
    private readonly wentOn: () => void,
    private readonly slowDown: (ms: number) => void,
    private readonly unfit: (why: Error) => void,
  ) {
    const { concurrency, maxAttempts, worker } = settings;
    const { batch, results = false, log } = options;
    this.failures = new FailureLog(log);
    this.hooks = options.hooks;
    this.all = Array.from({ length: lanesOf(concurrency, batch) }, (_, index) => newLane(index));
    this.free = [...this.all].reverse();
    this.decode = decoderOf(queue);
    this.caller = { queue: queue.name, worker };
    if (batch) {
      const gathering = { ...batch, calls: concurrency, maxAttempts, results, caller: this.caller, log };
      this.batches = new Batches(handler as BatchHandler<T>, gathering, {
        waits: ({ index }) => vitals.ended(index),
        begin: (lanes, call) => this.begin(lanes, call),
        now: () => performance.now(),
        after,
      });
    }
  }

  /** Lanes in which something may be started. */
  get idle(): number {
    const { takers } = this.options;
    return takers ? Math.min(this.free.length, takers.waiting) : this.free.length;
  }

  /** Lanes in which something runs, or for which somebody waits who would take something. */
  get used(): number {
    const { takers } = this.options;
    return takers ? Math.max(1, this.all.length - this.free.length + this.idle) : this.all.length;
  }

  get allIdle(): boolean {
    return this.free.length === this.all.length;
  }

  /** Whether a handler still runs on an item of an incarnation that is over. */
  get anyStale(): boolean {
    return this.all.some((lane) => lane.hand?.over);
  }

  /** Items of this hand that run. */
  running(hand: Hand): number[] {
    return this.all.filter((lane) => lane.hand === hand).map((lane) => lane.id);
  }

  /** Starts the next item of the hand in an idle lane, at about that time or at exactly that; true where it has ended already. */
  start(hand: Hand, startedAt: number, isTimed: boolean): boolean {
    const lane = this.free.pop() as Lane;
    const { payload, id, attempt, postponed, token, resumed } = hand.take(lane);
    this.vitals.started(lane.index, id, attempt);
    lane.startedAt = this.hooks ? performance.now() : startedAt;
    lane.isTimed = isTimed || this.hooks !== undefined;
    const context = new ItemContext({
      id,
      attempt,
      postponed,
      epoch: hand.incarnation.epoch,
      delivery: token,
      log: this.options.log,
      resumed,
      notes: hand.notes,
      slowDown: this.slowDown,
      label: labelOf(lane),
      queue: this.queue,
    });
    lane.context = context;
    if (lane.isFinalizer) return this.run(lane, () => this.options.finalizer?.run(context));
    this.tally.started++;

    const decoded = this.decode(payload);
    if (!(decoded instanceof Promise)) return this.handle(lane, decoded, context);
    decoded.then((ready) => {
      // While a schema takes its time, the item may be aborted.
      if (context.abortReason !== undefined) this.finishBadly(lane, context.abortReason);
      else this.handle(lane, ready, context);
      this.wentOn();
    });
    return false;
  }

  /** Aborts the signals of what runs, or of what runs of one hand. */
  abort(reason: Error, hand?: Hand): void {
    for (const lane of this.all) {
      if (hand === undefined || lane.hand === hand) lane.context?.abort(reason);
    }
    this.batches?.dropAborted();
  }

  /** The worker has to end: what waits for others to run with begins. */
  hurry(): void {
    this.batches?.hurry();
  }

  /** Calls no more batch handlers. */
  close(): void {
    this.batches?.close();
    this.failures.end();
  }

  /** Aborts the signals of what has run for longer than it may. */
  abortOverdue(): void {
    const { itemTimeout } = this.settings;
    if (itemTimeout === 0) return;
    for (const { index, context } of this.all) {
      if (context && this.vitals.ranFor(index) > itemTimeout) {
        context.abort(new ItemTimeoutError(`the item took longer than ${itemTimeout} ms`));
      }
    }
  }

  /** What runs in the call of a lane, if that is still at this item: the attempts and their hand. */
  inCallOf(index: number, id: number): HungCall | undefined {
    const lane = this.all[index];
    const item = this.vitals.item(index);
    if (!lane?.context || !item || lane.id !== id) return undefined;
    const lanes = this.vitals.inCallOf(item).map((each) => this.all[each.lane] as Lane);
    const inHand = lanes.filter(({ hand }) => hand === lane.hand);
    const attempts = inHand.map((each) => this.endedAttempt(each));
    return { lanes: inHand, attempts, hand: lane.hand };
  }

  /** The items of these lanes run from now on, in one call. */
  private begin(lanes: readonly Lane[], call: () => unknown): unknown {
    this.calls++;
    for (const { index, id, attempt } of lanes) this.vitals.started(index, id, attempt, this.calls);
    if (this.hooks) for (const lane of lanes) this.tellStarted(this.hooks, lane);
    return call();
  }

  /** Whether the handler is through with it; else it will be. */
  private handle(lane: Lane, decoded: { item: T } | { invalid: string }, context: ItemContext): boolean {
    if ('invalid' in decoded) {
      this.finish(lane, outcomeOfInvalid(decoded.invalid, this.endedAttempt(lane)));
      return true;
    }
    const { batches, hooks } = this;
    if (hooks) {
      lane.item = decoded.item;
      if (!batches) this.tellStarted(hooks, lane);
    }
    return this.run(lane, () =>
      batches
        ? batches.take(decoded.item, context, lane)
        : callWithItem(this.handler as Handler<T>, decoded.item, context, this.caller),
    );
  }

  private run(lane: Lane, call: () => unknown): boolean {
    try {
      const result = call();
      if (typeof (result as PromiseLike<unknown> | undefined)?.then === 'function') {
        // What only looks like a promise may answer twice.
        Promise.resolve(result as PromiseLike<unknown>).then(
          (value) => {
            this.finishWell(lane, value);
            this.wentOn();
          },
          (error) => {
            this.finishBadly(lane, error);
            this.wentOn();
          },
        );
        return false;
      }
      this.finishWell(lane, result);
    } catch (error) {
      this.finishBadly(lane, error);
    }
    return true;
  }

  private finishWell(lane: Lane, value: unknown): void {
    const { results, maxResultSize } = this.options;
    const isKept = results && !lane.isFinalizer && value !== NO_RESULT;
    this.finish(lane, isKept ? outcomeOfResult(value, this.endedAttempt(lane), maxResultSize) : undefined);
  }

  private finishBadly(lane: Lane, error: unknown): void {
    this.finish(lane, outcomeOfError(error, this.endedAttempt(lane)), error);
    const why = unfitIn(error);
    if (why) this.unfit(why);
  }

  private endedAttempt(lane: Lane): EndedAttempt {
    const { id, attempt, postponed, context } = lane;
    const { maxAttempts, worker } = this.settings;
    const { backoff } = this.options;
    const { abortReason } = context ?? {};
    const [at, duration, label] = [Date.now(), performance.now() - lane.startedAt, labelOf(lane)];
    return { id, attempt, postponed, label, maxAttempts, backoff, abortReason, at, duration, worker };
  }

  /** @param thrown what the handler threw, if it did */
  private finish(lane: Lane, outcome: Outcome | undefined, thrown?: unknown): void {
    const { hand, item } = lane;
    const ended = outcome && this.endedAttempt(lane);
    lane.item = undefined;
    const isLong = this.vitals.ranFor(lane.index) >= LONG;
    this.vitals.ended(lane.index);
    const added = lane.context?.followUps;
    lane.context?.end();
    lane.context = undefined;
    lane.hand = undefined;
    this.free.push(lane);
    if (hand === undefined || hand.over) {
      this.tally.stale++;
      return;
    }
    this.finished++;
    if (!lane.isFinalizer) {
      this.count(outcome);
      this.measure(lane, outcome, isLong);
    }
    hand.finish(lane, outcome, outcome === undefined || outcome.kind === 'results' ? added : undefined);
    if (outcome && ended) this.failures.say(outcome, ended, thrown);
    if (this.hooks && !lane.isFinalizer) this.tellEnded(this.hooks, lane, item, outcome, thrown);
  }

  /** The handler of these did not return: hooks hear of it, as nothing ends any more. */
  tellHung({ lanes, attempts }: HungCall): void {
    for (const [i, lane] of lanes.entries()) {
      const ended = attempts[i];
      if (!this.hooks || !ended || lane.isFinalizer) continue;
      const outcome = outcomeOfHang(this.settings.itemTimeout, ended);
      this.tellEnded(this.hooks, lane, lane.item, outcome, hangError(this.settings.itemTimeout));
    }
  }

  private tellStarted(hooks: HookCalls, { id, attempt, item }: Lane): void {
    hooks.started({ id, attempt, item: item });
  }

  private tellEnded(
    hooks: HookCalls,
    { id, attempt, startedAt }: Pick<Lane, 'id' | 'attempt' | 'startedAt'>,
    item: unknown,
    outcome: Outcome | undefined,
    thrown: unknown,
  ): void {
    const duration = performance.now() - startedAt;
    if (outcome === undefined || outcome.kind === 'results') hooks.done({ id, attempt, item, duration });
    else if (outcome.kind === 'retry' || outcome.kind === 'dead') {
      const error = thrown ?? errorOf(outcome);
      hooks.error({ id, attempt, item, error, duration, willRetry: outcome.kind === 'retry' });
    }
  }

  private count(outcome: Outcome | undefined): void {
    if (outcome === undefined || outcome.kind === 'results') this.tally.done++;
    else if (outcome.kind === 'retry') this.tally.failed++;
    else if (outcome.kind === 'dead') this.tally.dead++;
  }

  private measure({ startedAt, isTimed }: Lane, outcome: Outcome | undefined, isLong: boolean): void {
    const ms = isTimed || isLong ? performance.now() - startedAt : undefined;
    if (ms !== undefined && !isLong) this.durations.learn(ms);
    if (outcome === undefined || outcome.kind === 'results') this.durations.ended('done', ms);
    else if (outcome.kind === 'retry' || outcome.kind === 'dead') this.durations.ended('failed', ms);
  }
}

function labelOf({ isFinalizer }: Lane): string | undefined {
  return isFinalizer ? FINALIZER_LABEL : undefined;
}

/** Calls back in so many ms; 0: at the end of this turn of the event loop. */
function after(ms: number, act: () => void): () => void {
  if (ms > 0) {
    const timer = setTimeout(act, ms);
    return () => clearTimeout(timer);
  }
  const immediate = setImmediate(act);
  return () => clearImmediate(immediate);
}
