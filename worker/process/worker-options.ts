import type { Backoff, BatchOptions } from '../attempt';
import type { Log } from '../log';
import type { OptionNames } from '../settings';

/** Options of {@link runWorker} and {@link startWorker}. What the chart sets comes from the environment. */
export interface WorkerOptions {
  /**
   * Delay between attempts.
   *
   * @default - from 1 s on, doubled each time, at most five minutes, with jitter
   * @example backoff: { base: 5_000, max: 60_000 }
   */
  readonly backoff?: Backoff;
  /**
   * Keep what the handler returns, as JSON of at most 64 MiB, in the same step that books the item as done. A result
   * that is larger, or has no JSON, is a failed attempt.
   *
   * @default false
   * @example results: true
   */
  readonly results?: boolean;
  /**
   * Where lines go.
   *
   * @default - standard output, warnings to standard error
   * @example log: { info: (line) => logger.info(line), warn: (line) => logger.warn(line) }
   */
  readonly log?: Log;
  /**
   * The environment to read.
   *
   * @default process.env
   * @example env: { ...process.env, REDIS_URL: 'redis://localhost:6379' }
   */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Options of {@link runWorker} and {@link startWorker} for a handler that takes several items at once. */
export interface BatchWorkerOptions extends WorkerOptions {
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
  log: true,
  env: true,
  batch: true,
};
