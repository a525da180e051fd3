import { isMainThread } from 'node:worker_threads';
import { type Backoff, checkBackoff, type Handler } from '../attempt';
import { DEFAULTS, ENV, EXIT } from '../contract';
import type { QueueOf } from '../definition';
import { Drain, type Ending } from '../drain';
import { ConfigurationError, isAbortReason, StoreUnreachableError, textOf, WorkQueueError } from '../errors';
import { finishWithin, ownExit, refuseThread, writeTerminationMessage } from '../exit';
import { consoleLog, counted, type Log, unfailing, warnOf } from '../log';
import { checkOptions, type OptionNames, readSettings, type WorkerSettings } from '../settings';
import { summaryOf } from './summary';

/** Options of {@link runWorker}. What the chart sets comes from the environment. */
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

const OPTIONS: OptionNames<WorkerOptions> = { backoff: true, results: true, log: true, env: true };

/**
 * The whole worker process: reads the environment, works until the queue is drained, handles signals, and ends the process
 * with the exit code that tells the Job controller how it went (0: every item of the queue is done; or, for a worker that may
 * leave, nothing is left to claim).
 *
 * It writes a summary as its last line and into the container's termination message.
 *
 * @example
 * await runWorker(thumbnails, async ({ url, width }, { signal }) => {
 *   await resize(await fetch(url, { signal }), width);
 * });
 */
export async function runWorker<T>(
  queue: QueueOf<T>,
  handler: Handler<T>,
  options: WorkerOptions = {},
): Promise<never> {
  const log = unfailing(options?.log ?? consoleLog);
  if (!isMainThread) return refuseThread('runWorker');
  const env = options?.env ?? process.env;
  const started = performance.now();
  let settings: WorkerSettings | undefined;
  let drain: Drain<T> | undefined;
  let stopping = false;
  let crashed = false;

  const exit = (code: number, what: string, counts?: Ending['counts']): never => {
    const tally = drain?.tally ?? { started: 0, done: 0, failed: 0, dead: 0, stale: 0 };
    const summary = summaryOf(what, code, tally, (performance.now() - started) / 1_000, counts);
    if (code === EXIT.drained) log.info(summary);
    else log.warn(summary);
    writeTerminationMessage(settings?.terminationLog ?? env[ENV.terminationLog] ?? DEFAULTS.terminationLog, summary);
    return own.leave(code);
  };
  const own = ownExit();
  const onSignal = (signal: NodeJS.Signals) => {
    if (stopping) {
      log.warn(`${signal} again: ending at once, everything in hand goes back to the queue`);
      drain?.halt();
      return;
    }
    stopping = true;
    if (!drain) exit(own.signalCode, `Ended by ${signal} before it asked for items`);
    // Outside Kubernetes there is no time limit; inside, the kubelet kills at the end of the grace period.
    const within = finishWithin(settings?.grace ?? 0);
    log.info(`${signal}: no new items; running items may finish within ${Math.round(within / 1_000)} s`);
    drain?.stop(within);
  };
  const onCrash = (error: unknown) => {
    warnOf(log, 'uncaught', error);
    if (crashed) return;
    crashed = true;
    const end = () => exit(EXIT.unexpected, `ended by an uncaught error: ${textOf(error)}`);
    // The event loop may be in any state; the last act gets a second.
    setTimeout(end, 1_000).unref();
    (drain?.crash() ?? Promise.resolve()).then(end, end);
  };
  const onRejection = (error: unknown) => {
    // A handler that does not look at a promise any more, once its item was aborted.
    if (isAbortReason(error)) log.info(`unhandled rejection of an item that was aborted: ${textOf(error)}`);
    else onCrash(error);
  };
  own.begin({ log, onSignal });
  process.on('uncaughtException', onCrash);
  process.on('unhandledRejection', onRejection);

  try {
    if (typeof queue?.name !== 'string') {
      throw new ConfigurationError('runWorker was given no queue; its first argument is what defineQueue returned');
    }
    if (typeof handler !== 'function') {
      throw new ConfigurationError(
        `runWorker was given ${typeof handler} as the handler of ${queue.name}; its second argument is a function`,
      );
    }
    checkOptions('runWorker', options, OPTIONS);
    if (options.backoff !== undefined) checkBackoff(options.backoff);
    settings = readSettings(env);
    const named = process.env[ENV.queue] || settings.queue;
    if (named !== undefined && named !== queue.name) {
      throw new ConfigurationError(
        `this worker was written for the queue ${queue.name}, the chart names ${named} (WORK_QUEUE_NAME); use the same name in both`,
      );
    }
    drain = new Drain(queue, handler, settings, {
      log,
      ...(options.backoff && { backoff: options.backoff }),
      ...(options.results !== undefined && { results: options.results }),
    });
    const { kind, counts } = await drain.run();
    if (kind === 'left') return exit(own.signalCode, `Ended by ${own.signalled ?? 'a signal'}, items are left`, counts);
    if (kind === 'hung') return exit(EXIT.handlerHung, 'A handler did not return after its timeout');
    if (kind === 'spare') return exit(EXIT.drained, 'Nothing left to claim: others have the last items', counts);
    if (counts && counts.dead > 0 && !settings.tolerateDeadLetters) {
      return exit(
        EXIT.deadLetters,
        `Queue empty, but ${counted(counts.dead, 'item')} ${counts.dead === 1 ? 'is a dead letter' : 'are dead letters'}`,
        counts,
      );
    }
    return exit(EXIT.drained, 'Queue empty, all done', counts);
  } catch (error) {
    if (error instanceof StoreUnreachableError && own.signalled) {
      return exit(own.signalCode, `Ended by ${own.signalled}, and could not tell Redis: ${error.message}`);
    }
    if (error instanceof WorkQueueError) return exit(error.exitCode, error.message);
    warnOf(log, 'unexpected', error);
    return exit(EXIT.unexpected, `Unexpected: ${textOf(error)}`);
  }
}
