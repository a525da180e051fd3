import type { Backoff, BatchOptions, Finally, Hooks } from '../attempt';
import type { Log, StructuredLogger } from '../log';
import type { OptionNames } from '../settings';
import type { Finalizer } from '../work-queue';

/**
 * Options of {@link runWorker} and {@link startWorker}. What the chart sets comes from the environment.
 *
 * @typeParam T the item, as the schema made it
 * @typeParam Returned what the handler returns
 */
export interface WorkerOptions<T = unknown, Returned = unknown> extends Hooks<T> {
  /**
   * Delay between attempts.
   *
   * @default - from 1 s on, doubled each time, at most five minutes, with jitter
   * @example backoff: { base: 5_000, max: 60_000 }
   */
  readonly backoff?: Backoff;
  /**
   * Keep what the handler returns, as JSON, in the same step that books the item as done. A result that is larger than
   * `maxResultSize`, or has no JSON, is a failed attempt.
   *
   * @default false
   * @example results: true
   */
  readonly results?: boolean;
  /**
   * How large a kept result may be, in bytes of its JSON, at most 67,108,864 (64 MiB). Redis does nothing else while it takes
   * one in, some 10 ms for each MiB, and keeps all of them in memory until the queue is purged.
   *
   * @default 67_108_864
   * @example maxResultSize: 1_048_576
   */
  readonly maxResultSize?: number;
  /**
   * Runs once all items have ended, in one worker of the queue, with a lease, attempts and backoff like an item; only then is
   * the queue drained, and its Job Complete. A function runs where no dead letters are kept, or they are tolerated; `{ run,
   * when: 'always' }` runs in any case.
   *
   * @default - none
   * @example
   * finally: async ({ results, log }) => {
   *   let kept = 0;
   *   for await (const _ of results) kept++;
   *   log(`${kept} results`);
   * }
   */
  readonly finally?: Finally<Finalizer<T, Returned>>;
  /**
   * Where lines go: a logger such as pino, whose methods take the fields first, or an object whose methods take the line first.
   *
   * @default - the console: text on a terminal, JSON off it, or as WORK_QUEUE_LOG has it
   * @example log: pino()
   */
  readonly log?: Log | StructuredLogger;
  /**
   * The environment to read.
   *
   * @default process.env
   * @example env: { ...process.env, REDIS_URL: 'redis://localhost:6379' }
   */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/**
 * Options of {@link runWorker} and {@link startWorker} for a handler that takes several items at once.
 *
 * @typeParam T the item, as the schema made it
 */
export interface BatchWorkerOptions<T = unknown> extends WorkerOptions<T> {
  /**
   * How many items a call of the handler gets, and how long they wait for one another. `concurrency` is the number of calls
   * at once then. An item in its last attempt runs in a call of its own.
   *
   * @example batch: { size: 100, wait: 200 }
   */
  readonly batch: BatchOptions;
}

export const WORKER_OPTIONS: OptionNames<BatchWorkerOptions> = {
  backoff: true,
  results: true,
  maxResultSize: true,
  finally: true,
  log: true,
  onStart: true,
  onDone: true,
  onError: true,
  env: true,
  batch: true,
};
