import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { defineQueue, WorkQueue } from 'cdk8s-redis-work-queue/worker';
import { Redis } from 'ioredis';
import { ContainerProcess } from '../../local/kubelet';
import type { RedisServer } from '../../local/redis';
import { ENV, EXIT, queueKeys } from '../../worker/contract';
import { inheritedEnvironment, type WorkerProgram } from '../run';
import type { Letter } from './conditions';

/** What became of an attempt. Times in ms. */
export type Outcome =
  | {
      readonly kind: 'done';
      readonly duration: number | undefined;
      /** What the handler returned, where the worker keeps results. */
      readonly result?: { readonly value: unknown };
      /** The first of the follow-up items, and how many there are. */
      readonly adds: { readonly count: number; readonly payloads: readonly Uint8Array[] };
    }
  | {
      readonly kind: 'failed';
      readonly duration: number | undefined;
      readonly error: string;
      readonly stack: string | undefined;
    }
  /** Its handler has put it off. */
  | { readonly kind: 'later' }
  /** Its process ended before. */
  | { readonly kind: 'crashed'; readonly exitCode: number };

export interface AttemptOptions {
  readonly queue: string;
  readonly program: WorkerProgram;
  readonly redis: RedisServer;
  /** The process waits for a debugger before it begins. */
  readonly inspect: boolean;
  readonly say: (line: string) => void;
  readonly stop: AbortSignal;
}

const YEAR = 31_536_000_000;
const LOOK_EVERY = 50;
const SHOWN_ITEMS = 10;

/** Runs the item of a dead letter once, under its own number, in a queue in which there is nothing else. */
export async function attemptHere({ id, payload }: Letter, options: AttemptOptions): Promise<Outcome> {
  const { queue: name, redis, stop } = options;
  const client = new Redis(redis.url);
  const queue = new WorkQueue(defineQueue({ name, payload: 'bytes' }), { url: redis.url, log: SILENT });
  try {
    await queue.fill([payload]);
    await client.hset(queueKeys(name).meta, { claimed: id - 1, done: id - 1 });
    let isSaid = true;
    // Not what it says of its own end, which comes too early.
    const say = (line: string) => isSaid && options.say(line);
    const worker = new ContainerProcess({ ...processOf(options), output: say });
    let exitCode: number | undefined;
    const ended = worker.exitCode.then((code) => {
      exitCode = code;
    });
    const isOver = async () => {
      const { done, dead, retrying } = await queue.status();
      return done >= id || dead + retrying > 0;
    };
    while (!(await isOver()) && exitCode === undefined && !stop.aborted) await Promise.race([ended, sleep(LOOK_EVERY)]);
    if (exitCode === undefined && !stop.aborted) isSaid = false;
    worker.kill('SIGTERM');
    await ended;
    stop.throwIfAborted();
    return await outcomeOf(id, queue, client, exitCode ?? EXIT.unexpected);
  } finally {
    client.disconnect();
    await queue.close();
  }
}

const SILENT = { info: () => {}, warn: () => {} };

/** The queue is not sealed, and hands out one item a year: neither a follow-up item nor a finalizer ever runs. */
function processOf({ queue, program, redis, inspect, stop }: AttemptOptions) {
  const env: NodeJS.ProcessEnv = {
    [ENV.log]: 'text',
    ...inheritedEnvironment(),
    [ENV.redisUrl]: redis.url,
    [ENV.queue]: queue,
    [ENV.run]: randomUUID(),
    [ENV.worker]: 'here',
    [ENV.terminationLog]: join(redis.dir, 'here'),
    [ENV.concurrency]: '1',
    [ENV.maxAttempts]: '1',
    [ENV.rate]: `1/${YEAR}`,
    [ENV.settle]: String(YEAR),
    [ENV.startTimeout]: '0',
    ...(inspect && { [ENV.lease]: '3600000', [ENV.itemTimeout]: '0', [ENV.storeTimeout]: String(YEAR) }),
  };
  for (const ends of [ENV.tolerateDeadLetters, ENV.failFast, ENV.endless, ENV.leaveFromIndex, ENV.keep])
    delete env[ends];
  return { command: ['node', ...(inspect ? ['--inspect-brk'] : []), ...program.args], env, stop };
}

async function outcomeOf(id: number, queue: WorkQueue<Uint8Array>, client: Redis, exitCode: number): Promise<Outcome> {
  const { done, waiting } = await queue.status();
  const letter = await queue.deadLetter(id);
  if (letter?.reason === 'crash') return { kind: 'crashed', exitCode };
  if (letter) return { kind: 'failed', duration: letter.duration, error: letter.error, stack: letter.stack };
  if (done < id) {
    const [, crashes, later] = ((await client.hget(queueKeys(queue.queue.name).attempts, String(id))) ?? '').split(
      /\s/,
    );
    return Number(crashes) === 0 && Number(later) > 0 ? { kind: 'later' } : { kind: 'crashed', exitCode };
  }
  const { done: took } = await queue.durations();
  const payloads: Uint8Array[] = [];
  for await (const { payload } of queue.items({ state: 'waiting', limit: SHOWN_ITEMS })) payloads.push(payload);
  for await (const { result } of queue.results()) return { ...well(), result: { value: result } };
  return well();

  function well() {
    const duration = took.count > 0 ? took.sum * 1_000 : undefined;
    return { kind: 'done', duration, adds: { count: waiting, payloads } } as const;
  }
}
