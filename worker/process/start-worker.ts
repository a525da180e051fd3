import { isMainThread } from 'node:worker_threads';
import type { BatchHandler, Handler } from '../attempt';
import type { QueueOf } from '../definition';
import { ConfigurationError, WorkQueueError, withExitCode } from '../errors';
import { finishWithin, noteStarted } from '../exit';
import { workerLog } from '../log';
import { checkOptions, type OptionNames } from '../settings';
import { type Conclusion, conclusionOf, conclusionOfError } from './conclusion';
import { type Launched, launch } from './launch';
import type { BatchWorkerOptions, WorkerOptions } from './worker-options';

/** How a worker that was started by {@link startWorker} ended. */
export interface Ended {
  /**
   * `drained`: every item of the queue is done or dead. `spare`: nothing is left to claim, and others have the last items,
   * which only a worker of an Indexed Job leaves to them. `left`: it was stopped before. `cancelled`: the queue was. `failed`:
   * there is a dead letter, and the chart sets `failFast`.
   */
  readonly kind: 'drained' | 'spare' | 'left' | 'cancelled' | 'failed';
  /** How the queue stood then, in items; undefined where Redis did not say. */
  readonly counts:
    | {
        /** Handed out so far. Where the queue is drained: all. */
        readonly claimed: number;
        /** Done. */
        readonly done: number;
        /** Given up, and kept as dead letters. */
        readonly dead: number;
        /** Dead letters that were dropped, and items that were when the queue was cancelled. */
        readonly dropped: number;
        /** What became of what runs at the end (`finally`); undefined where nothing did. */
        readonly finalizer?: 'done' | 'dead' | undefined;
      }
    | undefined;
}

/** What one worker did so far, in items. */
export interface WorkerTally {
  /** Attempts that were started. */
  readonly started: number;
  /** Done. */
  readonly done: number;
  /** Attempts that failed, and are followed by another one. */
  readonly failed: number;
  /** Given up. */
  readonly dead: number;
  /** Ended, and counted for nothing, because another worker had the item by then. */
  readonly stale: number;
}

/** Options of {@link StartedWorker.stop}. */
export interface StopOptions {
  /**
   * How long running items may go on, in ms. Two seconds before, their signals are aborted; what has not ended then goes back
   * to the queue without a charge.
   *
   * @default - the grace period of the pod (WORK_QUEUE_GRACE_MS, 30 s) less two seconds
   * @example within: 5_000
   */
  readonly within?: number;
}

/** A worker inside an app. */
export interface StartedWorker {
  /**
   * Resolves when the worker has ended: because the queue is drained, or was cancelled, or because it was stopped.
   *
   * It rejects where the worker cannot go on; what was in hand is others' by then.
   *
   * @throws HandlerHungError a handler did not return, five seconds after `itemTimeout`
   * @throws StoreUnreachableError Redis was out of reach for the store timeout
   * @throws DataLostError the queue's data vanished or does not add up
   * @throws NeverFilledError the queue was not filled within the start timeout
   * @throws ConfigurationError the password, the authority, the protocol version
   */
  readonly drained: Promise<Ended>;
  /** What it did so far; it goes on counting. */
  readonly tally: WorkerTally;
  /**
   * Claims no more; running items may finish, within limits. What is returned is {@link StartedWorker.drained}.
   *
   * Called again with less time, the shorter one counts.
   *
   * @throws RangeError `within` is below 0 or no number
   * @example
   * process.once('SIGTERM', async () => {
   *   await worker.stop();
   *   server.close();
   * });
   */
  stop(options?: StopOptions): Promise<Ended>;
}

const STOP_OPTIONS: OptionNames<StopOptions> = { within: true };

/**
 * {@link startWorker} for a handler that takes several items at once.
 *
 * @example
 * const worker = startWorker(rows, async (items) => database.insert(items), { batch: { size: 100 } });
 */
export function startWorker<T>(
  queue: QueueOf<T>,
  handler: BatchHandler<T>,
  options: BatchWorkerOptions<NoInfer<T>>,
): StartedWorker;
/**
 * Starts a worker inside an app, which goes on with whatever else it does. It is the worker of {@link runWorker}, and it
 * leaves the process alone: it handles no signals, ends nothing, and writes no termination message. Call
 * {@link StartedWorker.stop} where the app is told to stop.
 *
 * In the process of a Job, an exit 0 stands only once the worker has drained the queue; any other becomes the code that tells
 * the Job how it went, 81 where the worker was still at it.
 *
 * @throws ConfigurationError an argument, an option or the environment is wrong; or the call came from a worker thread
 * @example
 * const worker = startWorker(thumbnails, async ({ url, width }, { signal }) => {
 *   await resize(await fetch(url, { signal }), width);
 * });
 * const { counts } = await worker.drained;
 */
// biome-ignore lint/suspicious/noExplicitAny: a queue that says nothing of its items
export function startWorker<T, Returned = unknown, Input = any>(
  queue: QueueOf<T, Input>,
  handler: Handler<T, Returned, Input>,
  options?: WorkerOptions<NoInfer<T>, NoInfer<Returned>> & { readonly batch?: undefined },
): StartedWorker;
export function startWorker<T>(
  queue: QueueOf<T>,
  handler: Handler<T> | BatchHandler<T>,
  options: WorkerOptions<T> = {},
): StartedWorker {
  try {
    if (!isMainThread) {
      throw new ConfigurationError(
        'startWorker was called in a worker thread. Call it in the main thread, and let handlers start the threads',
      );
    }
    const log = workerLog(options?.log, options?.env ?? process.env, queue?.name);
    const launched = launch('startWorker', queue, handler, options, log);
    return new WorkerInApp(queue.name, launched);
  } catch (error) {
    throw coded(error);
  }
}

class WorkerInApp<T> implements StartedWorker {
  readonly drained: Promise<Ended>;
  /** What the process may say of it when it ends. */
  conclusion: Conclusion | undefined;

  constructor(
    readonly queue: string,
    private readonly launched: Launched<T>,
  ) {
    noteStarted(this);
    this.drained = this.run();
  }

  get tally(): WorkerTally {
    return this.launched.drain.tally;
  }

  stop(options: StopOptions = {}): Promise<Ended> {
    const { drain, settings } = this.launched;
    checkOptions('stop', options, STOP_OPTIONS);
    const { within = finishWithin(settings.grace) } = options;
    if (!(typeof within === 'number' && within >= 0)) {
      throw new RangeError(`within is ${within}; allowed are milliseconds, from 0 on`);
    }
    drain.stop(within);
    return this.drained;
  }

  private async run(): Promise<Ended> {
    const { drain, settings } = this.launched;
    try {
      const ending = await drain.run();
      this.conclusion = conclusionOf(ending, settings);
      return ending;
    } catch (error) {
      this.conclusion = conclusionOfError(error);
      throw coded(error);
    }
  }
}

/** In a process that does not catch it, the error gives the exit code. */
function coded(error: unknown): unknown {
  return error instanceof WorkQueueError ? withExitCode(error, error.exitCode) : error;
}
