import type { Queue } from '../worker/definition';
import { InMemoryQueue, type InMemoryQueueOptions } from './in-memory-queue';
import type {
  InMemoryBatchHandler,
  InMemoryBatchWorkerOptions,
  InMemoryHandler,
  InMemoryWorkerOptions,
  ReturnedForEach,
} from './in-memory-worker';
import type { InMemoryRun } from './run-report';

/** Options of {@link runInMemory}; times in ms. */
export interface RunInMemoryOptions<Input, Output = unknown, Returned = unknown>
  extends InMemoryQueueOptions<Input>,
    InMemoryWorkerOptions<Output, Returned> {}

/** Options of {@link runInMemory} for a handler that takes several items at once; times in ms. */
export interface RunBatchesInMemoryOptions<Input, Output = unknown>
  extends InMemoryQueueOptions<Input>,
    InMemoryBatchWorkerOptions<Output> {}

/**
 * Runs a handler that takes several items at once over items as a worker in production would, without Redis and without
 * waiting.
 *
 * @throws InvalidItemError an item does not fit the schema
 * @example
 * const run = await runInMemory(rows, insertAll, { items, batch: { size: 100 } });
 * expect(run.left).toBe(0);
 */
export function runInMemory<Input, Output, Returned>(
  queue: Queue<Input, Output>,
  handler: InMemoryBatchHandler<Output, Returned>,
  options: RunBatchesInMemoryOptions<NoInfer<Input>, NoInfer<Output>>,
): Promise<InMemoryRun<Output, ReturnedForEach<Returned>>>;
/**
 * Runs a handler over items as a worker in production would, without Redis and without waiting: retries with their
 * backoff, dead letters, timeouts and SIGTERM go by a clock that moves over every wait at once.
 *
 * @throws InvalidItemError an item does not fit the schema
 * @example
 * const run = await runInMemory(thumbnails, handler, { items: [{ url: 'https://…', width: 200 }], maxAttempts: 3 });
 * expect(run.dead).toEqual([]);
 * expect(run.elapsed).toBe(1_000); // failed once, and was tried again after a second
 */
export function runInMemory<Input, Output, Returned>(
  queue: Queue<Input, Output>,
  handler: InMemoryHandler<Output, Returned, Input>,
  options?: RunInMemoryOptions<NoInfer<Input>, NoInfer<Output>, NoInfer<Awaited<Returned>>> & {
    readonly batch?: undefined;
  },
): Promise<InMemoryRun<Output, Awaited<Returned>>>;
export function runInMemory<Input, Output>(
  queue: Queue<Input, Output>,
  handler: InMemoryHandler<Output> | InMemoryBatchHandler<Output>,
  options: RunInMemoryOptions<NoInfer<Input>, NoInfer<Output>> = {},
): Promise<InMemoryRun<Output, unknown>> {
  return new InMemoryQueue(queue, options).run(handler as InMemoryHandler<Output>, options);
}
