import {
  type BatchHandler,
  checkBackoff,
  checkBatch,
  checkMaxResultSize,
  type Handler,
  readHooks,
  type Takers,
} from '../attempt';
import { ENV } from '../contract';
import { type QueueOf, queueHere } from '../definition';
import { Drain } from '../drain';
import { ConfigurationError } from '../errors';
import type { WorkerLog } from '../log';
import { checkOptions, readSettings, type WorkerSettings } from '../settings';
import { finalizerCall } from './finalizer';
import { type BatchWorkerOptions, WORKER_OPTIONS, type WorkerOptions } from './worker-options';

/** A worker that is ready to run. */
export interface Launched<T> {
  readonly drain: Drain<T>;
  readonly settings: WorkerSettings;
}

/**
 * Checks what a worker is given, reads its environment and makes its loop: for a process that is the worker, and for a worker
 * in the process of somebody else.
 *
 * @throws ConfigurationError
 */
export function launch<T>(
  of: 'runWorker' | 'startWorker',
  queue: QueueOf<T>,
  handler: Handler<T> | BatchHandler<T>,
  options: WorkerOptions<T> & Partial<BatchWorkerOptions<T>>,
  log: WorkerLog,
  takers?: Takers,
): Launched<T> {
  if (typeof queue?.name !== 'string') {
    throw new ConfigurationError(`${of} was given no queue; its first argument is what defineQueue returned`);
  }
  if (typeof handler !== 'function') {
    throw new ConfigurationError(
      `${of} was given ${typeof handler} as the handler of ${queue.name}; its second argument is a function`,
    );
  }
  checkOptions(of, options, WORKER_OPTIONS);
  const { backoff, results, maxResultSize, batch, finally: final, env = process.env } = options;
  if (backoff !== undefined) checkBackoff(backoff);
  if (batch !== undefined) checkBatch(batch);
  if (maxResultSize !== undefined) checkMaxResultSize(maxResultSize);
  const hooks = readHooks(of, options, log);
  const settings = readSettings(env);
  queue = queueHere('worker', queue, settings);
  if (final !== undefined && settings.endless) {
    throw new ConfigurationError(
      `the option finally of ${of} never runs: the work is endless (${ENV.endless} is true), so the queue ${queue.name} is never drained. Remove one of them`,
    );
  }
  if (batch && batch.size > 1 && settings.maxAttempts === 1) {
    log.warn(
      `maxAttempts is 1, so each item is in its last attempt, which it makes alone: calls have one item, not ${batch.size}`,
    );
  }
  const drain = new Drain(queue, handler, settings, {
    log,
    ownsProcess: of === 'runWorker',
    ...(backoff && { backoff }),
    ...(hooks && { hooks }),
    ...(takers && { takers }),
    ...(batch && { batch }),
    ...(results !== undefined && { results }),
    ...(maxResultSize !== undefined && { maxResultSize }),
    ...(final !== undefined && { finalizer: finalizerCall(of, queue, final, settings, log) }),
  });
  return { drain, settings };
}
