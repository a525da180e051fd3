import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { defineQueue, WorkQueue } from 'cdk8s-redis-work-queue/worker';
import { Redis } from 'ioredis';
import { findRedisServer, type RedisServer, startRedisServer } from '../local-redis';
import { JobRules } from '../local-workers/job-rules';
import { WorkerProcess } from '../local-workers/worker-process';
import { table } from '../terminal/screen';
import { ENV, EXIT } from '../worker/contract';
import { oneLine } from '../worker/one-line';
import type { Context } from './context';
import { CommandError, UsageError } from './failures';
import { type ItemSource, openItems } from './item-source';
import { measure } from './live-text';
import { queueName } from './open-queue';
import { payloadLine } from './payload-text';
import { are, count, countOf, duration, items } from './quantities';
import { prepareWorker, type WorkerProgram } from './worker-program';

export interface RunOptions {
  readonly queue?: string;
  readonly items: string;
  readonly ndjson?: boolean;
  readonly workers: number;
  readonly backoffLimit: number;
}

interface EndedWorker {
  /** In the order in which they were started. */
  readonly number: number;
  readonly name: string;
  readonly code: number;
  /** Its last words. */
  readonly summary: string;
}

interface Crew {
  /** All workers that ever were, once the last one has ended. */
  readonly ended: Promise<readonly EndedWorker[]>;
  /** The exit code that failed the run, if one did. */
  failed(): number | undefined;
}

const BATCH = 'run';
const SHOWN_LETTERS = 10;
/** Of the environment, what belongs to another run or another store. */
const NOT_INHERITED = [
  ...[ENV.redisUsername, ENV.redisPassword, ENV.redisCaFile, ENV.redisServiceHost, ENV.redisServicePort],
  ...[ENV.queue, ENV.batch, ENV.gate],
];

/** The whole pattern on this machine: a private Redis, the items, and processes for pods. */
export async function run(file: string, options: RunOptions, context: Context): Promise<number> {
  const { stop, out, colours } = context;
  const source = await openItems(options.items, { ndjson: options.ndjson ?? false, stop });
  if (source.size === undefined)
    throw new UsageError('--items takes a file, no pipe; standard input stays with the terminal.');
  const known = options.queue === undefined && !process.env[ENV.queue] ? undefined : queueName(options.queue);
  for await (const _ of source.items());
  if (!findRedisServer()) {
    throw new CommandError(
      '`run` starts a Redis of its own, and there is no redis-server or valkey-server on the PATH. Install one ' +
        '(apt-get install redis-server, brew install redis), or set REDIS_SERVER_BIN to its path.',
    );
  }
  const program = await prepareWorker(file);
  let redis: RedisServer | undefined;
  try {
    redis = await startRedisServer();
    stop.throwIfAborted();
    out(colours.bold(`A private Redis on port ${redis.port}, and ${countOf(options.workers, 'worker')}`));
    return await withWorkers(program, source, known, redis, options, context);
  } finally {
    await redis?.stop();
    program.dispose();
  }
}

async function withWorkers(
  program: WorkerProgram,
  source: ItemSource,
  known: string | undefined,
  redis: RedisServer,
  options: RunOptions,
  context: Context,
): Promise<number> {
  const { stop, out, colours } = context;
  const started = performance.now();
  const over = new AbortController();
  const crewContext = { ...context, stop: AbortSignal.any([stop, over.signal]) };
  let queue: WorkQueue<Uint8Array> | undefined;
  const fill = async (name: string) => {
    queue = new WorkQueue(defineQueue({ name, payload: 'bytes' }), { url: redis.url, log: context.log });
    const filled = await queue.fill(source.items(), { batchId: BATCH, seal: true });
    out(colours.bold(`${items(filled)} of ${source.name} ${are(filled)} in ${name}, sealed`));
  };
  let crew: Crew | undefined;
  try {
    if (known !== undefined) await fill(known);
    crew = startCrew(program, redis, known, options, crewContext);
    if (known === undefined) {
      const name = await Promise.race([queueOf(redis, crewContext.stop), crew.ended.then(() => undefined)]);
      if (name !== undefined) await fill(name);
    }
    const ended = await crew.ended;
    stop.throwIfAborted();
    out(`\n${colours.bold('The workers')}`);
    out(
      table(
        ended.map(({ name, code, summary }) => [name, `exit ${code}`, summary || withoutWords(code)]),
        (await measure()).widthOf,
      ),
    );
    if (!queue) out(`\n${colours.red('The workers ended before any of them had opened a queue.')}`);
    else await report(queue, (performance.now() - started) / 1_000, context);
    return crew.failed() ?? EXIT.drained;
  } catch (error) {
    over.abort();
    await crew?.ended;
    throw stop.aborted ? stop.reason : error;
  } finally {
    over.abort();
    await queue?.close();
  }
}

/** Starts the workers and, as a Job does, others in place of those that crash. */
function startCrew(
  program: WorkerProgram,
  redis: RedisServer,
  queue: string | undefined,
  options: RunOptions,
  { stop, out, colours }: Context,
): Crew {
  const rules = new JobRules(options.backoffLimit);
  const run = randomUUID();
  const failing = new AbortController();
  const ending = AbortSignal.any([stop, failing.signal]);
  setMaxListeners(0, ending);
  const ended: EndedWorker[] = [];
  const running = new Set<WorkerProcess>();
  let failedWith: number | undefined;
  let number = 0;

  const inherited = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !(NOT_INHERITED as string[]).includes(name)),
  );
  const lane = async (index: number): Promise<void> => {
    for (let again = true; again; ) {
      const mine = ++number;
      const name = `worker-${mine}`;
      const terminationLog = join(redis.dir, name);
      const label = colours.ofWorker(index)(name);
      const worker = new WorkerProcess({
        args: program.args,
        env: {
          // Nothing else uses this Redis: where it is gone, so is this run.
          [ENV.storeTimeout]: '10000',
          ...inherited,
          [ENV.redisUrl]: redis.url,
          [ENV.run]: run,
          [ENV.worker]: name,
          [ENV.terminationLog]: terminationLog,
          ...(queue !== undefined && { [ENV.queue]: queue }),
        },
        onLine: (line) => out(`${label}  ${line}`),
        stop: ending,
      });
      running.add(worker);
      const code = await worker.ended;
      running.delete(worker);
      ended.push({ number: mine, name, code, summary: lastWords(terminationLog) });
      if (ending.aborted) return;
      const step = rules.after(code);
      if (step === 'fail') {
        failedWith = code;
        failing.abort();
      }
      again = step === 'replace';
      // Much shorter than on a cluster, where it begins at ten seconds.
      if (again) await sleep(Math.min(5_000, 100 * 2 ** rules.failures), undefined, { signal: ending }).catch(() => {});
      if (ending.aborted) return;
    }
  };
  const lanes = Promise.all(Array.from({ length: options.workers }, (_, index) => lane(index)));
  const kill = () => {
    for (const worker of running) worker.kill('SIGKILL');
  };
  process.once('exit', kill);
  const all = lanes.then(() => {
    process.removeListener('exit', kill);
    return ended.sort((a, b) => a.number - b.number);
  });
  return { ended: all, failed: () => failedWith };
}

/** The queue that the workers came for: nobody else is in this Redis. */
async function queueOf({ url }: RedisServer, stop: AbortSignal): Promise<string | undefined> {
  const client = new Redis(url);
  client.on('error', () => {});
  const disconnect = () => client.disconnect();
  stop.addEventListener('abort', disconnect);
  try {
    while (!stop.aborted) {
      for (const key of await client.keys('{*}:leases')) return /^\{(.*)\}:leases$/s.exec(key)?.[1];
      await sleep(50, undefined, { signal: stop }).catch(() => {});
    }
    return undefined;
  } catch (error) {
    if (stop.aborted) return undefined;
    throw error;
  } finally {
    stop.removeEventListener('abort', disconnect);
    disconnect();
  }
}

function lastWords(file: string): string {
  try {
    return oneLine(/this worker: ([^;]*)/.exec(readFileSync(file, 'utf8'))?.[1] ?? '');
  } catch {
    return '';
  }
}

/** How a worker ended that wrote no summary. */
function withoutWords(code: number): string {
  const [signal] = Object.entries(constants.signals).find(([, number]) => number === code - 128) ?? [];
  return signal ? `killed by ${signal}` : code === EXIT.drained ? '' : 'crashed';
}

async function report(queue: WorkQueue<Uint8Array>, seconds: number, { out, colours }: Context): Promise<void> {
  const status = await queue.status();
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
