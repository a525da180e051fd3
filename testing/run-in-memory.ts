import type { Queue } from '../worker/definition';
import { InMemoryQueue, type InMemoryQueueOptions } from './in-memory-queue';
import type { InMemoryHandler, InMemoryWorkerOptions } from './in-memory-worker';
import type { InMemoryRun } from './run-report';

/** Options of {@link runInMemory}; times in ms. */
export interface RunInMemoryOptions<Input> extends InMemoryQueueOptions<Input>, InMemoryWorkerOptions {}

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
  handler: InMemoryHandler<Output, Returned>,
  options: RunInMemoryOptions<NoInfer<Input>> = {},
): Promise<InMemoryRun<Output, Awaited<Returned>>> {
  return new InMemoryQueue(queue, options).run(handler, options);
}
