import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { type PodEnd, RunningJob, WORKER_POLICY, workerEnd } from '../../local/job-controller';
import { ContainerProcess } from '../../local/kubelet';
import type { RedisServer } from '../../local/redis';
import { ENV, EXIT, FAIL_JOB_CODES } from '../../worker/contract';
import { oneLine } from '../../worker/log';
import type { Context } from '../context';
import { crashText } from './crash-text';
import type { FirstEntry } from './first-entry';
import type { WorkerProgram } from './worker-program';

export interface CrewOptions {
  readonly program: WorkerProgram;
  readonly redis: RedisServer;
  readonly entry: FirstEntry;
  /** The queue that they are told to work on, if it is known. */
  readonly queue: string | undefined;
  readonly workers: number;
  /** Items at once in one worker. @default - as the environment says */
  readonly concurrency?: number | undefined;
  readonly backoffLimit: number;
}

interface EndedWorker {
  /** In the order in which they were started. */
  readonly number: number;
  readonly name: string;
  readonly code: number;
  /** How it ended, in a few words. */
  readonly summary: string;
}

/** Why a run ended before its time. */
export interface Failure {
  readonly code: number;
  /** The program ended before any worker was at a queue, which it would do again; and what it wrote about that. */
  readonly early?: { readonly how: string; readonly text: string };
}

const NOT_INHERITED = [
  ...[ENV.redisUsername, ENV.redisPassword, ENV.redisPasswordFile, ENV.redisServiceHost, ENV.redisServicePort],
  ...[ENV.redisCaFile, ENV.redisCertFile, ENV.redisKeyFile],
  ...[ENV.redisSentinelUsername, ENV.redisSentinelPassword, ENV.redisSentinelPasswordFile],
  ...[ENV.queue, ENV.batch, ENV.gate],
];

/** The environment of this process without what belongs to another run or another store. */
export function inheritedEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !(NOT_INHERITED as string[]).includes(name)),
  );
}

/** Worker processes, and others in place of those that crash, as a Job has them. */
export class Crew {
  /** All workers that ever were, once the last one has ended. */
  readonly ended: Promise<readonly EndedWorker[]>;
  failure: Failure | undefined;
  private readonly gone: EndedWorker[] = [];
  private readonly running = new Set<ContainerProcess>();
  private readonly job: RunningJob<{ readonly ended: Promise<PodEnd> }>;
  private readonly run = randomUUID();
  private readonly failing = new AbortController();
  private readonly ending: AbortSignal;
  private readonly inherited: NodeJS.ProcessEnv;
  private started = 0;

  constructor(
    private readonly options: CrewOptions,
    private readonly context: Context,
  ) {
    this.ending = AbortSignal.any([context.stop, this.failing.signal]);
    setMaxListeners(0, this.ending);
    this.inherited = inheritedEnvironment();
    const kill = () => this.kill();
    process.once('exit', kill);
    this.job = new RunningJob({
      // The first worker goes ahead: what is wrong with the program itself is found, and said, once.
      spec: { parallelism: 1, backoffLimit: options.backoffLimit, podFailurePolicy: WORKER_POLICY },
      // As a Job without indexes, but much quicker than on a cluster, where it begins at ten seconds.
      backoff: { base: 200, cap: 5_000 },
      startPod: (place) => ({ ended: this.worker(place) }),
      onEnd: ({ condition, pod }) => {
        if (condition === 'Failed') this.fail({ code: [...pod!.exitCodes.values()][0]! });
      },
      // Those that run still end with the run.
      deletePod: () => {},
      stop: this.ending,
    });
    void options.entry.queue.then(() => this.scaleUp());
    this.ended = this.job.ended.then(() => {
      process.removeListener('exit', kill);
      return this.gone.sort((a, b) => a.number - b.number);
    });
  }

  /** Ends all that run at once. */
  kill(): void {
    for (const worker of this.running) worker.kill('SIGKILL');
  }

  private scaleUp(): void {
    this.job.patch({ parallelism: this.options.workers });
  }

  /** One process, from its start to its end. */
  private async worker(place: number): Promise<PodEnd> {
    const { program, redis, queue, entry, concurrency } = this.options;
    const { out, colours } = this.context;
    const number = ++this.started;
    const name = `worker-${number}`;
    const terminationLog = join(redis.dir, name);
    const label = colours.ofWorker(place)(name);
    const say = (line: string) => out(`${label}  ${line}`);
    // What the first one writes about its end before it was at a queue is the error of the whole run.
    let held: string[] | undefined = number === 1 ? [] : undefined;
    const letGo = () => {
      held?.forEach(say);
      held = undefined;
    };
    const worker = new ContainerProcess({
      command: ['node', ...program.args],
      env: {
        // Nothing else uses this Redis: where it is gone, so is this run.
        [ENV.storeTimeout]: '10000',
        [ENV.log]: 'text',
        ...this.inherited,
        [ENV.redisUrl]: redis.url,
        [ENV.run]: this.run,
        [ENV.worker]: name,
        [ENV.terminationLog]: terminationLog,
        ...(queue !== undefined && { [ENV.queue]: queue }),
        ...(concurrency !== undefined && { [ENV.concurrency]: String(concurrency) }),
      },
      output: (line, stream) => (held && stream === 'stderr' ? held.push(line) : say(line)),
      stop: this.ending,
    });
    this.running.add(worker);
    if (held) void entry.queue.then(letGo);
    const code = await worker.exitCode;
    this.running.delete(worker);
    this.gone.push({ number, name, code, summary: lastWords(terminationLog) || withoutWords(code) });
    if (number === 1) await this.firstEnded(code, held, letGo);
    return workerEnd(code);
  }

  /** The first worker has ended, which is the end of the run where it was at no queue, and wrote what is held back. */
  private async firstEnded(code: number, held: string[] | undefined, letGo: () => void): Promise<void> {
    const { entry } = this.options;
    const entered = (await entry.soFar()) !== undefined;
    if (held && (entered || this.ending.aborted || FAIL_JOB_CODES.includes(code))) letGo();
    if (this.ending.aborted) return;
    // Before its end counts: once one has exited 0, no other would start.
    if (entered) this.scaleUp();
    else if (held && FAIL_JOB_CODES.includes(code)) this.fail({ code });
    else if (held) {
      const early = { how: howItEnded(code), text: crashText(held) };
      this.fail({ code: code === EXIT.drained ? EXIT.configuration : code, early });
    }
  }

  private fail(failure: Failure): void {
    if (this.ending.aborted) return;
    this.failure = failure;
    this.failing.abort();
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
  const signal = signalOf(code);
  return signal ? `killed by ${signal}` : code === EXIT.drained ? '' : 'crashed';
}

function howItEnded(code: number): string {
  const signal = signalOf(code);
  return signal ? `was killed by ${signal}` : `ended with exit code ${code}`;
}

function signalOf(code: number): string | undefined {
  return Object.entries(constants.signals).find(([, number]) => number === code - 128)?.[0];
}
