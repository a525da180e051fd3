import {
  type AttemptEnding,
  abortable,
  type Backoff,
  type BatchContext,
  Batches,
  type BatchHandler,
  type BatchOptions,
  type Caller,
  callAtEnd,
  callWithItem,
  checkBatch,
  checkMaxResultSize,
  type EndedAttempt,
  FINALIZER_LABEL,
  type Finally,
  HANG_GRACE,
  ItemContext,
  lanesOf,
  lineOfOutcome,
  type Outcome,
  outcomeOfError,
  outcomeOfHang,
  outcomeOfInvalid,
  outcomeOfResult,
  progressIn,
  readFinally,
} from '../worker/attempt';
import { DEFAULTS, EXIT } from '../worker/contract';
import { type Decoded, decoderOf } from '../worker/definition';
import { ItemTimeoutError, LeaseLostError, overReason, StoppedError } from '../worker/errors';
import { finishWithin, stopPlan } from '../worker/exit';
import { type Log, lineSink, textLines, WorkerLog } from '../worker/log';
import type { Finalizer, FinalizerContext } from '../worker/work-queue';
import type { InMemoryRate } from './pace';
import type { QueueState, StoredItem, Taken } from './queue-state';
import type { AttemptEnd, AttemptRecord, DoneItem, InMemoryRun } from './run-report';
import { currentSleeper, type Sleeper } from './test-clock';

/** The handler under test, as `runWorker` takes it. */
// biome-ignore lint/suspicious/noExplicitAny: a queue that says nothing of its items
export type InMemoryHandler<Output, Returned = unknown, Input = any> = (
  item: Output,
  // biome-ignore lint/suspicious/noExplicitAny: what JSON gave
  context: ItemContext<any, Input>,
) => Returned;

/** The handler under test of several items at once, as `runWorker` takes it with `batch`. */
export type InMemoryBatchHandler<Output, Returned = unknown> = (items: Output[], context: BatchContext) => Returned;

/** What a handler of several items returns for each of them. */
export type ReturnedForEach<Returned> = Awaited<Returned> extends readonly (infer One)[] ? One : undefined;

/**
 * How a worker works; times in ms.
 *
 * @typeParam Output the item, as the schema made it
 * @typeParam Returned what the handler returns
 */
export interface InMemoryWorkerOptions<Output = unknown, Returned = unknown> {
  /**
   * Items at once.
   *
   * @default 1
   * @example concurrency: 50
   */
  readonly concurrency?: number;
  /**
   * Attempts an item gets in all.
   *
   * @default 3
   * @example maxAttempts: 5
   */
  readonly maxAttempts?: number;
  /**
   * Time one item may take; 0 is no limit.
   *
   * @default 0
   * @example itemTimeout: 120_000
   */
  readonly itemTimeout?: number;
  /**
   * How many items all workers of the queue together may start in a time, in ms.
   *
   * @default - no limit
   * @example rate: { items: 100, per: 60_000 }
   */
  readonly rate?: InMemoryRate;
  /**
   * The pod's grace period, which begins with SIGTERM.
   *
   * @default 30000
   * @example grace: 10_000
   */
  readonly grace?: number;
  /**
   * SIGTERM comes so long after the start.
   *
   * @default - never
   * @example terminateAfter: 5_000
   */
  readonly terminateAfter?: number;
  /**
   * Delay between attempts.
   *
   * @default - from 1 s on, doubled each time, at most five minutes
   * @example backoff: { base: 5_000, max: 60_000 }
   */
  readonly backoff?: Backoff;
  /**
   * Source of the backoff's jitter, from 0 to 1.
   *
   * @default - always 1: each delay is as long as it can be
   * @example random: () => 0.5
   */
  readonly random?: () => number;
  /**
   * Keep what the handler returns, as JSON.
   *
   * @default false
   * @example results: true
   */
  readonly results?: boolean;
  /**
   * How large a kept result may be, in bytes of its JSON, as the option of `runWorker` says.
   *
   * @default 67_108_864
   * @example maxResultSize: 1_000
   */
  readonly maxResultSize?: number;
  /**
   * Runs once all items have ended, as the option of `runWorker` does.
   *
   * @default - none
   * @example finally: async ({ counts, log }) => log(`${counts.done} done`)
   */
  readonly finally?: Finally<Finalizer<Output, Returned>>;
  /**
   * Dead letters do not fail the run.
   *
   * @default false
   * @example tolerateDeadLetters: true
   */
  readonly tolerateDeadLetters?: boolean;
  /**
   * The first dead letter ends the run, with 80: what runs is aborted and goes back.
   *
   * @default false
   * @example failFast: true
   */
  readonly failFast?: boolean;
  /**
   * The work never ends, as in a `RedisWorkQueueDeployment`: the worker waits for more where the queue would be drained, until
   * it is ended by {@link InMemoryWorker.terminate} or `terminateAfter`, with 143. It has no finalizer.
   *
   * @default false
   * @example endless: true
   */
  readonly endless?: boolean;
  /**
   * Where lines go beside the report.
   *
   * @default - nowhere
   * @example log: { info: console.log, warn: console.warn }
   */
  readonly log?: Log;
}

/** How a worker works whose handler takes several items at once; times in ms. */
export interface InMemoryBatchWorkerOptions<Output = unknown> extends InMemoryWorkerOptions<Output> {
  /**
   * How many items a call gets, and how long they wait for one another. `concurrency` is the number of calls at once.
   *
   * @example batch: { size: 100, wait: 200 }
   */
  readonly batch: BatchOptions;
}

/**
 * Thrown by a handler under test: as if the process had died here. What the worker was at is charged with the crash, and
 * another process goes on, as in Kubernetes.
 */
export class SimulatedCrash extends Error {
  override readonly name = 'SimulatedCrash';
}

/** An attempt whose handler has not returned. */
interface Running {
  readonly item: StoredItem;
  readonly attempt: number;
  readonly alone: boolean;
  readonly isFinalizer: boolean;
  readonly context: ItemContext;
  readonly record: { -readonly [Key in keyof AttemptRecord]: AttemptRecord[Key] };
  /** What runs in the same call, this attempt among it. */
  inCall: readonly Running[];
  /** One for all of a call. */
  sleeper: Sleeper;
  cancelTimeouts(): void;
}

type Settings = Required<
  Omit<InMemoryWorkerOptions, 'log' | 'backoff' | 'terminateAfter' | 'finally' | 'rate' | 'maxResultSize'>
> &
  Pick<InMemoryWorkerOptions, 'rate' | 'maxResultSize'>;

const EPOCH = 'in-memory';

const NO_END_FOR_FINALLY =
  'finally is given beside endless: true, and never runs, because the queue is never drained; remove one of them';

/** A worker of an `InMemoryQueue`. */
export class InMemoryWorker<Output, Returned> {
  /** Resolves when it has ended. */
  readonly ended: Promise<InMemoryRun<Output, Awaited<Returned>>>;
  /** Whether it has ended. */
  over = false;

  private readonly options: Settings;
  private readonly backoff: Backoff | undefined;
  private readonly finalizer: Finalizer<Output, Awaited<Returned>> | undefined;
  private readonly log: WorkerLog;
  private readonly lines: string[] = [];
  private readonly running = new Set<Running>();
  private readonly done: DoneItem<Output, Awaited<Returned>>[] = [];
  private readonly attempts: AttemptRecord[] = [];
  private readonly exitCodes: number[] = [];
  private readonly caller: Caller;
  private readonly startedAt: number;
  private readonly alarms = new Set<() => void>();
  private readonly lanes: number;
  private readonly makeBatches: () => Batches<Output, Running> | undefined;
  /** Those of the process. */
  private batches: Batches<Output, Running> | undefined;
  private cancelRetry = () => {};
  private taking = false;
  private stopping = false;
  private heardOfEnd = false;
  private end!: () => void;

  /** @internal */
  constructor(
    private readonly queue: QueueState<Output>,
    private readonly handler: InMemoryHandler<Output, Returned> | BatchHandler<Output>,
    options: InMemoryWorkerOptions<Output, Awaited<Returned>> & { readonly batch?: BatchOptions },
  ) {
    const { log, backoff, terminateAfter, batch, finally: final, ...settings } = options;
    this.options = settingsOf({ ...settings, ...(terminateAfter !== undefined && { terminateAfter }) });
    if (batch !== undefined) checkBatch(batch);
    if (options.maxResultSize !== undefined) checkMaxResultSize(options.maxResultSize);
    this.lanes = lanesOf(this.options.concurrency, batch);
    this.caller = { queue: queue.definition.name, worker: 'in-memory' };
    this.backoff = backoff;
    if (final !== undefined) {
      if (this.options.endless) throw new TypeError(NO_END_FOR_FINALLY);
      const { run, when } = readFinally('the worker', final);
      this.finalizer = run;
      queue.wish(this.options.tolerateDeadLetters ? 'always' : when);
    }
    this.log = new WorkerLog((entry) => {
      this.lines.push(...textLines(entry));
      if (log) lineSink(log, entry.given !== undefined)(entry);
    });
    this.makeBatches = () => batch && this.batchesOf(handler as BatchHandler<Output>, batch);
    this.batches = this.makeBatches();
    this.startedAt = queue.clock.now;
    this.ended = new Promise<void>((resolve) => {
      this.end = resolve;
    }).then(() => this.report());
    this.queue.workers.add(this);
    this.after(0, () => this.wake());
    if (terminateAfter !== undefined) this.after(terminateAfter, () => this.terminate());
  }

  /** Items that its handler is at. */
  get busy(): number {
    return this.running.size;
  }

  /** @internal Nothing but the clock brings it further. */
  get waitsForClock(): boolean {
    return [...this.running].every(({ sleeper }) => sleeper.sleeps > 0);
  }

  /** Moves the clock over every wait at once, until the queue is drained or this worker is ended. */
  async runToEnd(): Promise<InMemoryRun<Output, Awaited<Returned>>> {
    const nothingElseRuns = () => [...this.queue.workers].every(({ waitsForClock }) => waitsForClock);
    while (!this.over) await this.queue.clock.moveOn(nothingElseRuns);
    return this.ended;
  }

  /** What it came to so far. */
  async report(): Promise<InMemoryRun<Output, Awaited<Returned>>> {
    const { queue } = this;
    return {
      done: [...this.done],
      dead: await queue.deadLetters(),
      results: await queue.results(),
      left: queue.left,
      dropped: queue.dropped,
      attempts: this.attempts.map((attempt) => ({ ...attempt })),
      log: [...this.lines],
      elapsed: queue.clock.now - this.startedAt,
      finalizer: queue.finalizer,
      exitCodes: [...this.exitCodes],
      exitCode: this.exitCodes.at(-1) ?? EXIT.unexpected,
    };
  }

  /**
   * SIGTERM: no new items; those that run may finish within the grace period, then their signals are aborted. A second
   * one ends it at once.
   */
  terminate(): void {
    if (this.over) return;
    if (this.stopping) {
      this.log.warn('SIGTERM again: ending at once, everything in hand goes back to the queue');
      this.abortAll(new StoppedError('the process ends now'));
      this.leave();
      return;
    }
    this.stopping = true;
    this.batches?.hurry();
    const within = finishWithin(this.options.grace);
    this.log.info(`SIGTERM: no new items; running items may finish within ${Math.round(within / 1_000)} s`);
    this.stopWithin(within);
    this.wake();
  }

  /**
   * The process is killed: what it was at is charged with the crash, and another one goes on. After
   * {@link InMemoryWorker.terminate} nothing is charged: a process that was told to stop may be killed at any moment.
   */
  crash(): void {
    if (this.over) return;
    if (!this.stopping) {
      this.crashOnItsOwn();
      return;
    }
    this.log.warn('the process was killed while it stopped');
    this.endProcess(EXIT.unexpected, (running) => this.giveBack(running));
  }

  /** @internal Looks for something to do, and whether there is any left. */
  wake(): void {
    if (this.taking || this.over) return;
    this.taking = true;
    while (!this.stopping && !this.endsBefore && this.running.size < this.lanes) {
      if ([...this.running].some(({ alone }) => alone)) break;
      const taken = this.queue.take(this.running.size === 0, this.finalizer !== undefined, this.options.rate);
      if (!taken) break;
      this.start(taken);
    }
    this.taking = false;
    if (this.endsBefore) this.stopFor(this.endsBefore);
    if (this.running.size === 0 && (this.stopping || (this.queue.isDrained && !this.options.endless))) {
      this.leave();
      return;
    }
    this.cancelRetry();
    const due = this.stopping ? undefined : this.queue.nextDue(this.options.rate);
    if (due !== undefined && due > this.queue.clock.now) {
      this.cancelRetry = this.queue.clock.after(due - this.queue.clock.now, () => this.wake());
    }
  }

  private stopWithin(within: number): void {
    const { abortIn, leaveIn } = stopPlan(within);
    this.after(abortIn, () => this.abortAll(new StoppedError('the worker has to stop')));
    this.after(leaveIn, () => this.leave());
  }

  /** Why the run ends before the queue is drained. */
  private get endsBefore(): 'cancelled' | 'failed' | undefined {
    if (this.queue.cancelled) return 'cancelled';
    return this.options.failFast && this.queue.dead > 0 ? 'failed' : undefined;
  }

  /** What runs is told so, and may end within the time that a pod has. */
  private stopFor(over: 'cancelled' | 'failed'): void {
    if (this.heardOfEnd) return;
    this.heardOfEnd = true;
    const reason = overReason(over, this.queue.definition.name);
    this.log.warn(`${reason.message}: no new items, and running items are aborted`);
    this.abortAll(reason);
    if (!this.stopping) this.stopWithin(finishWithin(this.options.grace));
    this.stopping = true;
  }

  private crashOnItsOwn(): void {
    this.log.warn('the process crashed');
    this.endProcess(EXIT.unexpected, (running) => {
      this.book(running, 'crash', 'the process crashed');
      this.queue.chargeCrash(running.item, running.alone, this.options.maxAttempts);
    });
  }

  private start({ item, alone, isFinalizer = false }: Taken): void {
    const { clock } = this.queue;
    const attempt = item.attempts + 1;
    const context = new ItemContext({
      id: item.id,
      attempt,
      postponed: item.later,
      epoch: EPOCH,
      delivery: ++this.queue.deliveries,
      log: this.log,
      resumed: item.checkpoint,
      notes: {
        leave: (_, checkpoint) => {
          item.checkpoint = checkpoint;
        },
        show: (_, line) => {
          record.progress = progressIn(line);
        },
        hurry: () => {},
      },
      slowDown: (ms) => this.queue.pace.slowDown(ms),
      label: isFinalizer ? FINALIZER_LABEL : undefined,
      queue: this.queue.definition,
    });
    const record: Running['record'] = {
      id: item.id,
      attempt,
      token: context.token,
      startedAt: clock.now - this.startedAt,
      endedAt: undefined,
      end: 'running' as const,
      error: undefined,
      progress: undefined,
    };
    if (!isFinalizer) this.attempts.push(record);
    const running: Running = {
      item,
      attempt,
      alone,
      isFinalizer,
      context,
      record,
      inCall: [],
      sleeper: { sleeps: 0 },
      cancelTimeouts: () => {},
    };
    running.inCall = [running];
    this.running.add(running);
    this.startTimeouts(running);
    if (isFinalizer) {
      this.finalize(running);
      return;
    }
    const decoded = decoderOf(this.queue.definition)(item.payload);
    if ('then' in decoded) decoded.then((ready) => this.handle(running, ready));
    else this.handle(running, decoded);
  }

  private startTimeouts(running: Running): void {
    const { clock } = this.queue;
    const { itemTimeout } = this.options;
    if (itemTimeout === 0) return;
    const late = () => running.context.abort(new ItemTimeoutError(`the item took longer than ${itemTimeout} ms`));
    const cancels = [clock.after(itemTimeout, late), clock.after(itemTimeout + HANG_GRACE, () => this.hang(running))];
    running.cancelTimeouts = () => {
      for (const cancel of cancels) cancel();
    };
  }

  private batchesOf(handler: BatchHandler<Output>, batch: BatchOptions): Batches<Output, Running> {
    const { concurrency, maxAttempts, results } = this.options;
    const { clock } = this.queue;
    return new Batches(
      handler,
      { ...batch, calls: concurrency, maxAttempts, results, caller: this.caller, log: this.log },
      {
        waits: (running) => {
          running.cancelTimeouts();
          running.sleeper = { sleeps: 1 };
        },
        begin: (inCall, call) => {
          const sleeper = { sleeps: 0 };
          for (const running of inCall) {
            Object.assign(running, { inCall, sleeper });
            this.startTimeouts(running);
          }
          return currentSleeper.run(sleeper, call);
        },
        now: () => clock.now,
        after: (ms, act) => clock.after(ms, act),
      },
    );
  }

  private handle(running: Running, decoded: Decoded<Output>): void {
    if ('invalid' in decoded) {
      this.finish(running, outcomeOfInvalid(decoded.invalid, this.endedAttempt(running)));
      return;
    }
    const well = (returned: Awaited<Returned>) => {
      const { results, maxResultSize } = this.options;
      const outcome = results ? outcomeOfResult(returned, this.endedAttempt(running), maxResultSize) : undefined;
      this.finish(running, outcome, { item: decoded.item, returned });
    };
    this.follow(running, () => this.call(decoded.item, running), well);
  }

  private finalize(running: Running): void {
    const { queue, finalizer } = this;
    const { signal, attempt, token, log } = running.context;
    const context: FinalizerContext<Output, Awaited<Returned>> = {
      counts: { claimed: queue.handedOut, done: queue.done, dead: queue.dead, dropped: 0 },
      results: abortable(signal, () => each(() => queue.results())) as FinalizerContext<
        Output,
        Awaited<Returned>
      >['results'],
      deadLetters: abortable(signal, () => each(() => queue.deadLetters())),
      ...{ signal, attempt, token, log },
    };
    log(`all items have ended: attempt ${attempt} begins`);
    const call = () => callAtEnd(finalizer as NonNullable<typeof finalizer>, context, running.context, this.caller);
    this.follow(
      running,
      () => currentSleeper.run(running.sleeper, call),
      () => {
        log('done');
        this.finish(running, undefined);
      },
    );
  }

  /** Calls what runs in an attempt, and books its end. */
  private follow<Value>(running: Running, call: () => Value, well: (value: Awaited<Value>) => void): void {
    const badly = (error: unknown) => {
      if (error instanceof SimulatedCrash && this.running.has(running)) this.crashOnItsOwn();
      else this.finish(running, outcomeOfError(error, this.endedAttempt(running)));
    };
    let returned: Value;
    try {
      returned = call();
      if (typeof (returned as PromiseLike<unknown> | undefined)?.then === 'function') {
        (returned as PromiseLike<Awaited<Value>>).then(well, badly);
        return;
      }
    } catch (error) {
      badly(error);
      return;
    }
    well(returned as Awaited<Value>);
  }

  private call(item: Output, running: Running): Returned {
    if (this.batches) return this.batches.take(item, running.context, running) as Returned;
    const handler = this.handler as InMemoryHandler<Output, Returned>;
    return currentSleeper.run(running.sleeper, () => callWithItem(handler, item, running.context, this.caller));
  }

  private finish(
    running: Running,
    outcome: Outcome | undefined,
    well?: { readonly item: Output; readonly returned: Awaited<Returned> },
  ): void {
    // What has no place any more ended too late: it counts for nothing.
    if (!this.running.has(running)) return;
    const ended = this.endedAttempt(running);
    const line = outcome && lineOfOutcome(outcome, ended);
    if (line) this.log.warn(line);
    if (well && (outcome === undefined || outcome.kind === 'results')) {
      this.done.push({ id: running.item.id, attempts: running.attempt, ...well });
    }
    const { followUps } = running.context;
    const ending = endingOf(outcome);
    if (ending && !running.isFinalizer)
      this.queue.took(ending, this.queue.clock.now - this.startedAt - running.record.startedAt);
    this.book(running, endOf(outcome), errorOf(outcome));
    this.queue.settle(running.item, outcome, running.alone, followUps);
    this.wake();
  }

  private hang(running: Running): void {
    const { itemTimeout } = this.options;
    const { inCall } = running;
    const others = inCall.length > 1 ? ` and ${inCall.length - 1} more` : '';
    this.log.warn(
      `[${running.isFinalizer ? FINALIZER_LABEL : running.item.id}${others}] did not return after its timeout of ${itemTimeout / 1_000} s: ending the process`,
    );
    this.taking = true;
    for (const each of inCall) {
      const outcome = outcomeOfHang(itemTimeout, this.endedAttempt(each));
      this.book(each, 'hung', errorOf(outcome));
      this.queue.settle(each.item, outcome, each.alone);
    }
    this.endProcess(EXIT.handlerHung, (other) => this.giveBack(other));
  }

  private leave(): void {
    if (this.over) return;
    this.over = true;
    for (const running of [...this.running]) this.giveBack(running);
    const { isDrained, dead, finalizer } = this.queue;
    const isDead = (dead > 0 && !this.options.tolerateDeadLetters) || finalizer === 'dead';
    if (this.endsBefore) this.close(EXIT.deadLetters);
    else if (!isDrained || this.options.endless) this.close(EXIT.terminated);
    else this.close(isDead ? EXIT.deadLetters : EXIT.drained);
  }

  private close(exitCode: number): void {
    this.over = true;
    this.exitCodes.push(exitCode);
    this.batches?.close();
    for (const cancel of this.alarms) cancel();
    this.cancelRetry();
    this.queue.workers.delete(this);
    this.end();
    this.queue.clock.changed();
  }

  private giveBack(running: Running): void {
    this.book(running, 'back', undefined);
    this.queue.settle(running.item, { kind: 'back', id: running.item.id }, running.alone);
  }

  /** Another process goes on, or none where this one was told to end; where the run ends before that, it says so. */
  private endProcess(exitCode: number, letGo: (running: Running) => void): void {
    this.taking = true;
    for (const running of [...this.running]) {
      letGo(running);
      running.context.abort(new LeaseLostError('the process has ended'));
    }
    this.batches?.close();
    this.batches = this.makeBatches();
    this.taking = false;
    if (this.stopping && !this.endsBefore) {
      this.close(exitCode);
    } else {
      this.exitCodes.push(exitCode);
      this.wake();
    }
  }

  private book(running: Running, end: AttemptEnd, error: string | undefined): void {
    running.cancelTimeouts();
    running.context.end();
    this.running.delete(running);
    running.record.end = end;
    running.record.error = error;
    running.record.endedAt = this.queue.clock.now - this.startedAt;
    this.queue.clock.changed();
  }

  private abortAll(reason: StoppedError): void {
    for (const { context } of this.running) context.abort(reason);
    this.batches?.dropAborted();
  }

  private endedAttempt({ item, attempt, context, record, isFinalizer }: Running): EndedAttempt {
    const { maxAttempts, random } = this.options;
    const { abortReason } = context;
    const { backoff } = this;
    const at = this.queue.clock.now;
    const duration = at - this.startedAt - record.startedAt;
    const label = isFinalizer ? FINALIZER_LABEL : undefined;
    return {
      id: item.id,
      label,
      attempt,
      postponed: item.later,
      maxAttempts,
      backoff,
      abortReason,
      at,
      duration,
      random,
    };
  }

  private after(ms: number, ring: () => void): void {
    this.alarms.add(this.queue.clock.after(ms, ring));
  }
}

function endOf(outcome: Outcome | undefined): AttemptEnd {
  return outcome === undefined || outcome.kind === 'results' ? 'done' : outcome.kind;
}

function errorOf(outcome: Outcome | undefined): string | undefined {
  if (outcome?.kind === 'retry') return outcome.error;
  return outcome?.kind === 'dead' ? outcome.header.error : undefined;
}

const RATE = { 'rate.items': 1, 'rate.per': 1 };

function settingsOf(options: InMemoryWorkerOptions): Settings {
  const { concurrency, maxAttempts, itemTimeout, grace } = { ...DEFAULTS, ...given(options) };
  const {
    random = () => 1,
    results = false,
    tolerateDeadLetters = false,
    failFast = false,
    endless = false,
    terminateAfter = 0,
  } = options;
  const least = {
    concurrency: 1,
    maxAttempts: 1,
    itemTimeout: 0,
    grace: 0,
    terminateAfter: 0,
    ...(options.rate && RATE),
  };
  const { rate, maxResultSize } = options;
  const numbers = {
    concurrency,
    maxAttempts,
    itemTimeout,
    grace,
    terminateAfter,
    ...(rate && { 'rate.items': rate.items, 'rate.per': rate.per }),
  };
  for (const [name, min] of Object.entries(least)) {
    const value = numbers[name as keyof typeof numbers] as number;
    if (!Number.isInteger(value) || value < min) {
      throw new RangeError(`${name} is ${String(value)}; allowed are whole numbers from ${min} on`);
    }
  }
  return {
    concurrency,
    maxAttempts,
    itemTimeout,
    grace,
    random,
    results,
    ...(maxResultSize !== undefined && { maxResultSize }),
    tolerateDeadLetters,
    failFast,
    endless,
    ...(rate && { rate }),
  };
}

async function* each<Value>(read: () => Promise<Value[]>): AsyncGenerator<Value> {
  yield* await read();
}

function given<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>;
}

function endingOf(outcome: Outcome | undefined): AttemptEnding | undefined {
  if (outcome === undefined || outcome.kind === 'results') return 'done';
  return outcome.kind === 'retry' || outcome.kind === 'dead' ? 'failed' : undefined;
}
