import type { DeadLetter, Durations } from '../worker/attempt';
import { hashOf, type Queue } from '../worker/definition';
import { FillRefusedError } from '../worker/errors';
import type { ItemResult } from '../worker/work-queue';
import {
  type InMemoryBatchHandler,
  type InMemoryBatchWorkerOptions,
  type InMemoryHandler,
  InMemoryWorker,
  type InMemoryWorkerOptions,
  type ReturnedForEach,
} from './in-memory-worker';
import { QueueState } from './queue-state';
import type { InMemoryRun } from './run-report';
import { TestClock } from './test-clock';

/** What an {@link InMemoryQueue} begins with. */
export interface InMemoryQueueOptions<Input> {
  /**
   * Items to fill in, checked by the schema.
   *
   * @default - none
   * @example items: [{ url: 'https://example.com/cat.png', width: 200 }]
   */
  readonly items?: Iterable<Input>;
  /**
   * Payloads to fill in after them, as they are and unchecked, as `rpush` would.
   *
   * @default - none
   * @example payloads: ['{ "width": "wide" }']
   */
  readonly payloads?: Iterable<string | Uint8Array>;
  /**
   * The clock that retries, timeouts and the ends of workers go by.
   *
   * @default - a new one
   * @example clock: new TestClock()
   */
  readonly clock?: TestClock;
}

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
  /** The clock that everything in the queue goes by. */
  readonly clock: TestClock;
  private readonly state: QueueState<Output>;

  /** @throws InvalidItemError an item does not fit the schema */
  constructor(
    /** What was defined by `defineQueue`. */
    readonly definition: Queue<Input, Output>,
    options: InMemoryQueueOptions<NoInfer<Input>> = {},
  ) {
    this.clock = options.clock ?? new TestClock();
    this.state = new QueueState(definition, this.clock);
    this.fill(options.items ?? []);
    this.push(options.payloads ?? []);
  }

  /**
   * Adds items.
   *
   * @param options `key`: what an item stands for; of all items with the same key, one enters the queue
   * @throws InvalidItemError an item does not fit the schema; those before it are in
   * @throws FillRefusedError the queue was cancelled
   */
  fill(items: Iterable<Input>, { key }: { readonly key?: (item: Input) => string } = {}): void {
    if (this.state.cancelled) {
      throw new FillRefusedError(
        `the queue ${this.definition.name} was cancelled: what is not done is dropped, and nothing more is handed out. Begin another InMemoryQueue`,
      );
    }
    for (const item of items) {
      this.state.push(Buffer.from(this.definition.encode(item)), key && hashOf(key(item)));
    }
    this.state.wakeAll();
  }

  /** Adds payloads as they are, as `rpush` would. */
  push(payloads: Iterable<string | Uint8Array>): void {
    for (const payload of payloads) this.state.push(Buffer.from(payload as Uint8Array));
    this.state.wakeAll();
  }

  /**
   * Cancels the queue for good, as `rwq cancel` does: no item is handed out any more, what waits is dropped, and what runs is
   * aborted with a `CancelledError` and dropped unless it ends well. Workers end with 80. Where nothing is left, nothing changes.
   *
   * @returns how many items it has dropped so far
   */
  cancel(): number {
    return this.state.cancel();
  }

  /** Items that were dropped when the queue was cancelled. */
  get dropped(): number {
    return this.state.dropped;
  }

  /** Items that are neither done nor dead nor dropped. */
  get left(): number {
    return this.state.left;
  }

  /** Items that are done. */
  get done(): number {
    return this.state.done;
  }

  /** Items that are given up. */
  get dead(): number {
    return this.state.dead;
  }

  /** How long attempts took by the clock, as a histogram: those that ended well, and those that failed. */
  async durations(): Promise<Durations> {
    return this.state.durations();
  }

  /** The dead letters, in the order in which they were given up. */
  deadLetters(): Promise<DeadLetter<Output>[]> {
    return this.state.deadLetters();
  }

  /**
   * What handlers returned, where results are kept, in the order in which they did.
   *
   * @typeParam Result what they leave, which nothing checks here: `ResultOf<typeof handler>`
   */
  results<Result = unknown>(): Promise<ItemResult<Output, Result>[]> {
    return this.state.results();
  }

  /** Starts a worker, which works as the clock is moved: `await queue.clock.advance(0)` lets it begin. */
  start<Returned>(
    handler: InMemoryBatchHandler<Output, Returned>,
    options: InMemoryBatchWorkerOptions<Output>,
  ): InMemoryWorker<Output, ReturnedForEach<Returned>>;
  /** Starts a worker, which works as the clock is moved: `await queue.clock.advance(0)` lets it begin. */
  start<Returned>(
    handler: InMemoryHandler<Output, Returned, Input>,
    options?: InMemoryWorkerOptions<Output, NoInfer<Awaited<Returned>>> & { readonly batch?: undefined },
  ): InMemoryWorker<Output, Returned>;
  start(
    handler: InMemoryHandler<Output> | InMemoryBatchHandler<Output>,
    options: InMemoryWorkerOptions<Output> = {},
  ): InMemoryWorker<Output, unknown> {
    return new InMemoryWorker(this.state, handler, options);
  }

  /** Works until the queue is drained or the worker is ended, and moves the clock over every wait at once. */
  run<Returned>(
    handler: InMemoryBatchHandler<Output, Returned>,
    options: InMemoryBatchWorkerOptions<Output>,
  ): Promise<InMemoryRun<Output, ReturnedForEach<Returned>>>;
  /** Works until the queue is drained or the worker is ended, and moves the clock over every wait at once. */
  run<Returned>(
    handler: InMemoryHandler<Output, Returned, Input>,
    options?: InMemoryWorkerOptions<Output, NoInfer<Awaited<Returned>>> & { readonly batch?: undefined },
  ): Promise<InMemoryRun<Output, Awaited<Returned>>>;
  run(
    handler: InMemoryHandler<Output> | InMemoryBatchHandler<Output>,
    options: InMemoryWorkerOptions<Output> = {},
  ): Promise<InMemoryRun<Output, unknown>> {
    if (options.endless && options.terminateAfter === undefined) {
      throw new TypeError(
        'endless is true, and nothing would end the run; give terminateAfter, or use start, and terminate what it returns',
      );
    }
    return this.start(handler as InMemoryHandler<Output>, options).runToEnd();
  }
}
