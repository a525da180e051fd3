import { isMainThread } from 'node:worker_threads';
import type { BatchHandler, Handler, Takers } from '../attempt';
import { DEFAULTS, ENV, EXIT } from '../contract';
import type { QueueOf } from '../definition';
import type { Ending } from '../drain';
import { isAbortReason, StoreUnreachableError, textOf, WorkQueueError } from '../errors';
import { finishWithin, ownExit, refuseThread, writeTerminationMessage } from '../exit';
import { warnOf, workerLog } from '../log';
import { conclusionOf, conclusionOfError, levelOfEnd } from './conclusion';
import { type Launched, launch } from './launch';
import { summaryOf } from './summary';
import type { BatchWorkerOptions, WorkerOptions } from './worker-options';

/**
 * {@link runWorker} for a handler that takes several items at once.
 *
 * @example
 * await runWorker(rows, async (items) => database.insert(items), { batch: { size: 100 } });
 */
export function runWorker<T>(
  queue: QueueOf<T>,
  handler: BatchHandler<T>,
  options: BatchWorkerOptions<NoInfer<T>>,
): Promise<never>;
/**
 * The whole worker process: reads the environment, works until the queue is drained, handles signals, and ends the process
 * with the exit code that tells the Job controller how it went (0: every item of the queue is done; or, for a worker that may
 * leave, nothing is left to claim). A worker for a continuous stream (`RedisWorkQueueDeployment`) works until a signal ends it.
 *
 * It writes a summary as its last line and into the container's termination message.
 *
 * @example
 * await runWorker(thumbnails, async ({ url, width }, { signal }) => {
 *   await resize(await fetch(url, { signal }), width);
 * });
 */
// biome-ignore lint/suspicious/noExplicitAny: a queue that says nothing of its items
export function runWorker<T, Returned = unknown, Input = any>(
  queue: QueueOf<T, Input>,
  handler: Handler<T, Returned, Input>,
  options?: WorkerOptions<NoInfer<T>, NoInfer<Returned>> & { readonly batch?: undefined },
): Promise<never>;
export function runWorker<T>(
  queue: QueueOf<T>,
  handler: Handler<T> | BatchHandler<T>,
  options?: WorkerOptions<T>,
): Promise<never> {
  return work(queue, handler, options);
}

/** {@link runWorker} for a handler that hands items on to whoever asks for them. */
export function runWorkerFor<T>(
  takers: Takers,
  queue: QueueOf<T>,
  handler: Handler<T>,
  options?: WorkerOptions<T>,
): Promise<never> {
  return work(queue, handler, options, takers);
}

async function work<T>(
  queue: QueueOf<T>,
  handler: Handler<T> | BatchHandler<T>,
  options: WorkerOptions<T> = {},
  takers?: Takers,
): Promise<never> {
  if (!isMainThread) return refuseThread('runWorker');
  const env = options?.env ?? process.env;
  const log = workerLog(options?.log, env, queue?.name);
  const started = performance.now();
  let worker: Launched<T> | undefined;
  let stopping = false;
  let crashed = false;
  let leaving: Promise<never> | undefined;

  const exit = (code: number, what: string, ending?: Ending): Promise<never> => {
    leaving ??= leave(code, what, ending);
    return leaving;
  };
  const leave = async (code: number, what: string, ending?: Ending): Promise<never> => {
    const kind = ending?.kind === 'left' ? undefined : ending?.kind;
    await takers?.ended({ code, what, kind });
    const { counts } = ending ?? {};
    // What was handed out of a queue that was left, or cut short, says nothing of the rest.
    const isAll = ending && ending.kind !== 'left' && ending.kind !== 'failed';
    const tally = worker?.drain.tally ?? { started: 0, done: 0, failed: 0, dead: 0, stale: 0 };
    const summary = summaryOf(what, code, tally, (performance.now() - started) / 1_000, counts, isAll);
    const fields = { exit: code, ...tally, duration: Math.round(performance.now() - started), counts };
    log[levelOfEnd(code)](summary, fields);
    writeTerminationMessage(env[ENV.terminationLog] ?? DEFAULTS.terminationLog, summary);
    return own.leaveOnceWritten(code);
  };
  const own = ownExit();
  const onSignal = (signal: NodeJS.Signals) => {
    if (leaving) return;
    if (stopping) {
      log.warn(`${signal} again: ending at once, everything in hand goes back to the queue`);
      worker?.drain.halt();
      return;
    }
    stopping = true;
    if (!worker) {
      void exit(own.signalCode, `Ended by ${signal} before it asked for items`);
      return;
    }
    // Outside Kubernetes there is no time limit; inside, the kubelet kills at the end of the grace period.
    const within = finishWithin(worker.settings.grace);
    log.info(`${signal}: no new items; running items may finish within ${Math.round(within / 1_000)} s`);
    worker.drain.stop(within);
  };
  const onCrash = (error: unknown) => {
    warnOf(log, 'uncaught', error);
    if (crashed) return;
    crashed = true;
    const end = () => exit(EXIT.unexpected, `ended by an uncaught error: ${textOf(error)}`);
    // The event loop may be in any state; the last act gets a second.
    setTimeout(end, 1_000).unref();
    (worker?.drain.crash() ?? Promise.resolve()).then(end, end);
  };
  const onLost = (error: Error) => {
    if (crashed || leaving) return;
    crashed = true;
    const end = () => exit(EXIT.unexpected, error.message);
    (worker?.drain.crash() ?? Promise.resolve()).then(end, end);
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
    worker = launch('runWorker', queue, handler, options, log, takers);
    void takers?.lost.then(onLost);
    const ending = await worker.drain.run();
    if (ending.kind === 'left') {
      const left = worker.settings.endless ? '' : ', items are left';
      return exit(own.signalCode, `Ended by ${own.signalled ?? 'a signal'}${left}`, ending);
    }
    const { code, what } = conclusionOf(ending, worker.settings);
    return exit(code, what, ending);
  } catch (error) {
    if (error instanceof StoreUnreachableError && own.signalled) {
      return exit(own.signalCode, `Ended by ${own.signalled}, and could not tell Redis: ${error.message}`);
    }
    if (!(error instanceof WorkQueueError)) warnOf(log, 'unexpected', error);
    const { code, what } = conclusionOfError(error);
    return exit(code, what);
  }
}
