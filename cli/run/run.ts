import { defineQueue, WorkQueue } from 'cdk8s-redis-work-queue/worker';
import { type RedisServer, startRedisServer } from '../../local/redis';
import { DEFAULTS, ENV, EXIT } from '../../worker/contract';
import { finishWithin } from '../../worker/exit';
import { oneLine } from '../../worker/log';
import type { Context } from '../context';
import { CommandError, type Interrupted, UsageError } from '../failures';
import type { ItemSource } from '../fill';
import { queueName } from '../queue';
import { table } from '../screen';
import { are, count, countOf, duration, items, measure, payloadLine, severalLines } from '../text';
import { COMMAND_OPTIONS, type CommandOfRun, type CommandOptions, commandOfRun } from './command-of-run';
import { Crew } from './crew';
import { dryRun } from './dry-run';
import { ANNOUNCES_LEASES, FirstEntry } from './first-entry';
import { itemsOfRun } from './items-of-run';
import { requireRedisServer } from './require-redis-server';
import { openResults, type ResultsFile } from './results-file';
import { prepareWorker, type WorkerProgram } from './worker-program';

/** What runs for each item: one of them is given. */
export interface Given {
  /** The file that calls runWorker. */
  readonly file?: string | undefined;
  /** The words of a command. */
  readonly words: readonly string[];
}

export interface RunOptions extends CommandOptions {
  readonly queue?: string;
  readonly items: string;
  readonly ndjson?: boolean;
  readonly workers: number;
  readonly concurrency?: number;
  readonly backoffLimit: number;
}

const BATCH = 'run';
/** The queue of a command, which names none. */
const COMMANDS = 'commands';
const SHOWN_LETTERS = 10;

/** The whole pattern on this machine: a private Redis, the items, and processes for pods. */
export async function run(given: Given, options: RunOptions, context: Context): Promise<number> {
  const command = commandOf(given, options);
  const { stop } = context;
  const { source, dispose } = await itemsOfRun(options.items, { ndjson: options.ndjson ?? false, stop });
  try {
    if (command && options.dryRun) return await dryRun(command, source, context);
    return await runItems(given.file ?? '', command, source, options, context);
  } finally {
    dispose();
  }
}

/** The command that is given, if it is one. */
function commandOf({ file, words }: Given, options: RunOptions): CommandOfRun | undefined {
  const { exec } = options;
  if ([file, exec, words[0]].filter((each) => each !== undefined).length !== 1) {
    throw new UsageError(
      'Give one thing to run: the file that calls runWorker, a command for each item in --exec, or the words of one behind --.',
    );
  }
  if (file === undefined) return commandOfRun(words, options);
  const [option] = COMMAND_OPTIONS.filter((name) => options[name] !== undefined);
  if (option === undefined) return undefined;
  const flag = option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new UsageError(`--${flag} is for a command, and ${file} is a worker. Leave one of them out.`);
}

async function runItems(
  file: string,
  command: CommandOfRun | undefined,
  source: ItemSource,
  options: RunOptions,
  context: Context,
): Promise<number> {
  const { stop, out, colours } = context;
  const isNamed = options.queue !== undefined || process.env[ENV.queue];
  const known = isNamed ? queueName(options.queue) : command && COMMANDS;
  let empty = true;
  for await (const _ of source.items()) empty = false;
  if (empty) throw new UsageError(`${source.name} has no items, so there is nothing to run.`);
  requireRedisServer('run');
  const results = options.results === undefined ? undefined : openResults(options.results);
  const program = command?.program ?? (await prepareWorker(file));
  let redis: RedisServer | undefined;
  try {
    redis = await startRedisServer({ args: ANNOUNCES_LEASES });
    stop.throwIfAborted();
    out(colours.bold(`A private Redis on port ${redis.port}, and ${countOf(options.workers, 'worker')}`));
    return await withWorkers({ name: command?.name ?? file, program, results }, source, known, redis, options, context);
  } finally {
    await redis?.stop();
    program.dispose();
  }
}

/** What the workers run, and where the results go that they keep. */
interface Work {
  /** What it is called in messages. */
  readonly name: string;
  readonly program: WorkerProgram;
  readonly results: ResultsFile | undefined;
}

async function withWorkers(
  { name: called, program, results }: Work,
  source: ItemSource,
  known: string | undefined,
  redis: RedisServer,
  { workers, concurrency, backoffLimit }: RunOptions,
  context: Context,
): Promise<number> {
  const { stop, out, colours } = context;
  const started = performance.now();
  const over = new AbortController();
  const crewContext = { ...context, stop: AbortSignal.any([stop, over.signal]) };
  const entry = await FirstEntry.watch(redis);
  let queue: WorkQueue<Uint8Array> | undefined;
  const fill = async (name: string) => {
    queue = new WorkQueue(defineQueue({ name, payload: 'bytes' }), { url: redis.url, log: context.log });
    const filled = await queue.fill(() => source.items(), { batchId: BATCH, seal: true });
    out(colours.bold(`${items(filled)} of ${source.name} ${are(filled)} in ${name}, sealed`));
  };
  let crew: Crew | undefined;
  const announceStop = () => announce(crew, context);
  stop.addEventListener('abort', announceStop);
  try {
    if (known !== undefined) await fill(known);
    stop.throwIfAborted();
    crew = new Crew({ program, redis, entry, queue: known, workers, concurrency, backoffLimit }, crewContext);
    if (known === undefined) {
      const name = await Promise.race([entry.queue, crew.ended.then(() => undefined)]);
      if (name !== undefined && !stop.aborted) await fill(name);
    }
    const ended = await crew.ended;
    out(`\n${colours.bold('The workers')}`);
    out(
      table(
        ended.map(({ name, code, summary }) => [name, `exit ${code}`, summary]),
        (await measure()).widthOf,
      ),
    );
    if ((await entry.soFar()) === undefined) {
      out(`\n${colours.red('The workers ended before any of them had opened a queue.')}`);
    }
    if (queue && results) await results.write(queue, context);
    if (queue) await report(queue, (performance.now() - started) / 1_000, context);
    stop.throwIfAborted();
    const { failure } = crew;
    if (failure?.early) throw new CommandError(earlyEnd(called, failure.early), failure.code);
    return failure?.code ?? EXIT.drained;
  } catch (error) {
    over.abort();
    await crew?.ended;
    throw stop.aborted ? stop.reason : error;
  } finally {
    stop.removeEventListener('abort', announceStop);
    over.abort();
    entry.close();
    await queue?.close();
  }
}

/** Says what a signal does, and what another one will. */
function announce(crew: Crew | undefined, { stop, out, colours, atSecondSignal }: Context): void {
  const { signal } = stop.reason as Interrupted;
  const again = signal === 'SIGINT' ? 'Ctrl-C again' : 'a second signal';
  const grace = finishWithin(Number(process.env[ENV.grace]) || DEFAULTS.grace);
  out(
    colours.bold(
      `\nStopping (${signal}): the workers finish what they run, for at most ${duration(grace / 1_000)}; ${again} ends them at once`,
    ),
  );
  atSecondSignal(() => {
    out(colours.bold('\nEnding at once: the items that the workers held are not done'));
    crew?.kill();
  });
}

function earlyEnd(file: string, { how, text }: { readonly how: string; readonly text: string }): string {
  const help = how.endsWith(' 0')
    ? 'It has to call runWorker.'
    : 'Another one would fail in the same way, so none was started.';
  return `${file} ${how} before it opened a queue. ${help}${text === '' ? '' : `\n\n${severalLines(text)}`}`;
}

async function report(queue: WorkQueue<Uint8Array>, seconds: number, { out, colours }: Context): Promise<void> {
  const status = await queue.status().catch(() => undefined);
  if (!status) {
    out(`\n${colours.red('Redis no longer answers, so items cannot be counted.')}`);
    return;
  }
  const { done, dead } = status;
  const left = status.waiting + status.leased + status.retrying;
  if (dead > 0) {
    out(`\n${colours.bold('Dead letters')}`);
    const rows: string[][] = [];
    for await (const { id, reason, attempts, error, payload } of queue.deadLetters()) {
      rows.push([
        `#${id}`,
        payloadLine(payload.subarray(0, 40), payload.length),
        reason,
        `attempt ${attempts}`,
        oneLine(error),
      ]);
      if (rows.length === SHOWN_LETTERS) break;
    }
    out(table(rows, (await measure()).widthOf));
    if (dead > rows.length) out(`  and ${count(dead - rows.length)} more`);
  }
  const parts = [
    `${items(done)} done`,
    ...(dead > 0 ? [`${count(dead)} dead`] : []),
    ...(left > 0 ? [`${count(left)} not done`] : []),
  ];
  const text = `${parts.join(', ')}, in ${duration(seconds)}.`;
  out(`\n${dead + left > 0 ? colours.red(text) : colours.green(text)}`);
}
