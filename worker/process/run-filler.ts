import { isMainThread } from 'node:worker_threads';
import { DEFAULTS, ENV, EXIT } from '../contract';
import { InvalidItemError, type Queue, queueHere } from '../definition';
import { ConfigurationError, textOf, WorkQueueError } from '../errors';
import { ownExit, refuseThread, writeTerminationMessage } from '../exit';
import { type Log, type StructuredLogger, warnOf, workerLog } from '../log';
import { counted } from '../quantities';
import { checkOptions, type OptionNames, readSettings, type WorkerSettings } from '../settings';
import { type OnFull, WorkQueue } from '../work-queue';
import { levelOfEnd } from './conclusion';

/** Options of {@link runFiller}. What the chart sets comes from the environment. */
// biome-ignore lint/suspicious/noExplicitAny: items of any kind
export interface FillerOptions<Input = any> {
  /**
   * What an item stands for: of all items with the same key, one enters the queue in its life, whether a fill or a handler
   * gives it. Those that are left out count as filled in.
   *
   * @default - none: each item enters
   * @example key: (page) => JSON.stringify(page)
   */
  readonly key?: (item: Input) => string;
  /**
   * What becomes of the fill where Redis has no room (`maxmemory`). `fail`: it tries again for the store timeout, and ends
   * with 84. `wait`: it goes on as soon as there is room, however long that takes, and logs when it waits and when it goes
   * on; SIGTERM ends it. Workers of a batch begin only when it is sealed, so something else has to make room.
   *
   * @default 'fail'
   * @example onFull: 'wait'
   */
  readonly onFull?: OnFull;
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

/** Items to fill in, or a function that gets them. */
export type FillerItems<Input> =
  | Iterable<Input>
  | AsyncIterable<Input>
  | (() => Iterable<Input> | AsyncIterable<Input> | Promise<Iterable<Input> | AsyncIterable<Input>>);

const OPTIONS: OptionNames<FillerOptions> = { key: true, onFull: true, log: true, env: true };
const PROGRESS_EVERY = 5_000;

/**
 * The whole process of a `filler`: reads the environment, fills the queue, seals it, and ends the process with an exit
 * code of the contract (0: all items are in, and the queue is sealed).
 *
 * It may be killed and run again: with `WORK_QUEUE_BATCH`, which the chart sets, items that are in are not pushed again,
 * as long as the same items come in the same order; a batch that is sealed already, or was replaced by a newer one, is left
 * as it is, without asking for items at all.
 *
 * @example
 * await runFiller(thumbnails, async function* () {
 *   for await (const object of listBucket('photos')) yield { url: object.url, width: 200 };
 * });
 */
export async function runFiller<Input, Output>(
  queue: Queue<Input, Output>,
  items: FillerItems<Input>,
  options: FillerOptions<Input> = {},
): Promise<never> {
  if (!isMainThread) return refuseThread('runFiller');
  const log = workerLog(options?.log, options?.env ?? process.env, queue?.name);
  const own = ownExit();
  let settings: WorkerSettings | undefined;

  let close: (() => Promise<void>) | undefined;
  let leaving: Promise<never> | undefined;

  const exit = (code: number, what: string): Promise<never> => {
    leaving ??= leave(code, what);
    return leaving;
  };
  const leave = (code: number, what: string): Promise<never> => {
    log[levelOfEnd(code)](code === EXIT.drained ? what : `${what} (exit ${code})`, { exit: code });
    writeTerminationMessage(settings?.terminationLog ?? DEFAULTS.terminationLog, what);
    return own.leaveOnceWritten(code);
  };
  const onSignal = (signal: NodeJS.Signals) => {
    if (leaving) return;
    void exit(own.signalCode, `Ended by ${signal}, the queue is not sealed`);
    // As long as what was written goes out, nothing more is filled in.
    void close?.();
  };
  own.begin({ log, onSignal });

  try {
    checkOptions('runFiller', options, OPTIONS);
    settings = readSettings(options.env ?? process.env);
    if (settings.run !== '' || process.env[ENV.run]) {
      throw new ConfigurationError(
        'runFiller was called in a worker of the Job (WORK_QUEUE_RUN is set), whose exit 0 would mean that all items are done; call runWorker there, and give this program to the prop filler',
      );
    }
    queue = queueHere('filler', queue, settings);
    const batchId = settings.batch;
    const client = new WorkQueue(queue, { ...settings.store, patience: settings.storeTimeout, log });
    close = () => client.close();
    const { sealed, batch, total } = await client.status();
    if (sealed && batchId !== '' && batch === batchId) {
      return exit(EXIT.drained, `Sealed before, with ${counted(total ?? 0, 'item')}`);
    }
    const former = batchId === '' ? undefined : await client.formerItems(batchId);
    if (former !== undefined) {
      return exit(EXIT.drained, `Batch ${batchId} was done before, with ${counted(former, 'item')}: nothing is pushed`);
    }

    let told = performance.now();
    const onProgress = (filled: number) => {
      if (performance.now() - told < PROGRESS_EVERY) return;
      told = performance.now();
      log.info(`${counted(filled, 'item')} ${filled === 1 ? 'is' : 'are'} in ${queue.name}`);
    };
    const filled = await client.fill(items, {
      batchId,
      seal: true,
      ...(options.key && { key: options.key }),
      ...(options.onFull !== undefined && { onFull: options.onFull }),
      onProgress,
    });
    await client.close();
    return exit(EXIT.drained, `Sealed ${queue.name} with ${counted(filled, 'item')}`);
  } catch (error) {
    if (error instanceof WorkQueueError) return exit(error.exitCode, error.message);
    if (error instanceof InvalidItemError) return exit(EXIT.configuration, error.message);
    warnOf(log, 'unexpected', error);
    return exit(EXIT.unexpected, `Unexpected: ${textOf(error)}; the queue is not sealed`);
  }
}
