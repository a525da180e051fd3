import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MovableClock } from '../local/redis';
import { defineQueue, WorkQueue } from '../worker';
import { ENV, queueKeys } from '../worker/contract';
import type { Connection } from '../worker/redis';
import { ANY_COMPLETES, CARELESS_FILL, LOSSY_MOVE } from './broken-scripts';
import type { Evidence } from './checker';
import { Cluster, wireHost } from './cluster';
import { Credentials } from './credentials';
import { Crowd } from './crowd';
import { Faults } from './faults';
import { Filler } from './filler';
import { now } from './handler-log';
import { FINALIZER, Items, parseItem } from './items';
import { type CompletionMode, Job } from './job';
import { Ledger } from './ledger';
import { ReplicatedStore } from './members';
import { ClusterWithReplicas, Sentinels } from './primaries';
import { CREDENTIAL_FAULT_KINDS, type PlannedFault, planFaults, type Setting } from './schedule';
import { addressOf, OneServer, type Store } from './store';

export interface TrialOptions extends Setting {
  readonly items: number;
  readonly faults: number;
  readonly seed: number;
  /** One fault in so many ms. */
  readonly every: number;
  readonly workers: number;
  readonly completionMode: CompletionMode;
  readonly concurrency: number;
  /** In ms. */
  readonly lease: number;
  /** Without any progress for so long, in ms, the run is taken for one that does not end. */
  readonly patience: number;
  /** Words of the kinds of faults to do; none for all. */
  readonly only: readonly string[];
  /** Name of a break in the scripts (broken-scripts.ts), '' for none. */
  readonly broken: string;
}

/** How a run stands. */
export interface Progress {
  readonly done: number | undefined;
  readonly faults: number;
  readonly fault: string;
  readonly running: number;
}

const QUEUE = 'chaos';
const keys = queueKeys(QUEUE);
const NO_ATOMIC_MOVE =
  'slot moved at once: NOT DONE, this server has neither CLUSTER MIGRATION (Redis 8.4) nor CLUSTER MIGRATESLOTS (Valkey 9)';

const silent = { info: () => {}, warn: () => {} };

/** So many faults are left when the last items are pushed and the queue is sealed, or fewer, where one of them meets that. */
const FAULTS_AT_THE_END = 6;

/** Longer than nothing must be left to claim before a worker leaves, in ms. */
const STRAGGLES = 10_000;

/** So many items are in one call of a handler that takes several. */
const BATCH = 3;

/** So many faults of Redis may be under way before the plan waits for them. */
const IN_LINE = 2;

/**
 * One run: a Redis or a Redis Cluster with an append-only file, workers as a Job would run them, each on a wire of its own,
 * simulated incarnations on another one, a filler, and faults. Returns what there is to be judged.
 */
export async function runTrial(
  options: TrialOptions,
  dir: string,
  stop: AbortSignal,
  onProgress: (progress: Progress) => void,
): Promise<Evidence> {
  const { workers, completionMode, concurrency, every, seed, lease } = options;
  const lanes = workers * concurrency + options.incarnations;
  const planned = planFaults(options);
  const items = new Items({
    count: options.items,
    seed,
    // Half of the time goes by in faults.
    meanWork: (lanes * options.faults * every * 0.5) / options.items,
    last: Math.min(2 * lanes, options.items),
    lastWork: Math.min(2_000, lease),
    longWork: 1.5 * lease,
    // Those that may leave do so meanwhile; and a credential that is replaced meets somebody.
    straggle: (completionMode === 'Indexed' ? STRAGGLES : 0) + longestReplacement(planned),
  });
  // A clock that can be set takes its time to be read, so there is one only where it will be.
  const movable = MovableClock.available && planned.some(({ kind }) => kind === 'redis clock stepped');
  const wireCount = workers + 1 + (options.incarnations > 0 ? 1 : 0);
  const hosts = ['127.0.0.1', ...Array.from({ length: wireCount }, (_, wire) => wireHost(wire))];
  const credentials = options.tls ? new Credentials(dir, hosts, options.sentinel) : undefined;
  const store: Store = options.replicas
    ? await ClusterWithReplicas.start(QUEUE, wireCount, credentials)
    : options.cluster
      ? await Cluster.start(QUEUE, wireCount, options.broken === LOSSY_MOVE, credentials)
      : options.sentinel
        ? await Sentinels.start(wireCount, credentials)
        : options.replicated
          ? await ReplicatedStore.start(dir, wireCount)
          : await OneServer.start(dir, wireCount, movable ? new MovableClock(dir) : undefined, credentials);
  const { admin, wires } = store;
  const queue = new WorkQueue(defineQueue({ name: QUEUE }), {
    ...addressOf(wires[workers]!, credentials),
    patience: 120_000,
    log: silent,
  });
  const address = (place: number) => {
    const { url, caFile, username, passwordFile } = addressOf(wires[place]!, credentials);
    return {
      [ENV.redisUrl]: url,
      [ENV.redisCaFile]: caFile,
      [ENV.redisUsername]: username,
      [ENV.redisPasswordFile]: passwordFile,
    };
  };
  const env = (place: number, name: string) => ({
    ...address(place),
    [ENV.queue]: QUEUE,
    [ENV.concurrency]: String(concurrency),
    [ENV.lease]: String(lease),
    // The queue is sealed late; until then, empty means nothing.
    [ENV.settle]: '86400000',
    [ENV.grace]: '5000',
    [ENV.run]: `chaos-${seed}`,
    [ENV.worker]: name,
    // A long item may meet three killed workers; the checker looks for them.
    [ENV.tolerateDeadLetters]: 'true',
    [ENV.terminationLog]: join(dir, `${name}.end`),
    [ENV.log]: 'text',
    // Every other worker takes several items at once.
    ...(place % 2 === 1 && { CHAOS_BATCH: String(BATCH) }),
    ...(options.broken && { CHAOS_BREAK: options.broken }),
  });
  const crowd =
    options.incarnations > 0
      ? new Crowd({
          size: options.incarnations,
          place: workers + 1,
          seed,
          dir,
          nodeArgs: options.broken ? ['--require', join(__dirname, 'broken-scripts.js')] : [],
          env: env(workers + 1, 'simulated'),
        })
      : undefined;
  const program = join(__dirname, 'worker.js');
  const anyCompletes = options.broken === ANY_COMPLETES;
  const job = new Job({ parallelism: workers, completionMode, anyCompletes, program, dir, env });

  let failure: unknown;
  const fail = (error: unknown) => {
    failure ??= error;
  };
  const atTheEnd = Math.min(FAULTS_AT_THE_END, planned.length >> 1);
  const meetsFill = planned.map(({ kind }) => kind === 'redis power cut during a fill');
  const endMeetsFill = meetsFill.slice(planned.length - atTheEnd).some(Boolean);
  const filler = new Filler(
    {
      queue,
      name: QUEUE,
      items,
      last: Math.max(Math.ceil(items.count / 50), 2 * lanes),
      parts: meetsFill.slice(0, planned.length - atTheEnd).filter(Boolean).length,
      careless: options.broken === CARELESS_FILL ? admin : undefined,
    },
    fail,
  );
  const faults = new Faults({ store, job, filler, crowd, queue: QUEUE }, fail);
  const startedAt = now();
  const ledger = new Ledger(admin, QUEUE);
  const isOver = () => job.over && (crowd?.over ?? true);
  try {
    let next = 0;
    let movedAt = now();
    let done: number | undefined;
    // Faults count their time from the first item on: how long Redis, the filler and the workers take to begin is not
    // part of the plan, and a fault that meets nobody at work proves nothing.
    let workFrom: number | undefined;
    let lookedAt = now();
    for (let asked = 0; !isOver() && failure === undefined; ) {
      stop.throwIfAborted();
      if (workFrom === undefined && job.anyAtItem()) workFrom = now();
      // Nor is the time in which faults of Redis wait for one another, as they do for a slot that stays half moved.
      if (workFrom !== undefined && faults.inLine > IN_LINE) workFrom += now() - lookedAt;
      lookedAt = now();
      const sinceWork = workFrom === undefined ? 0 : now() - workFrom;
      for (; next < planned.length && sinceWork >= planned[next]!.at; next++) faults.inject(planned[next]!);
      const left = planned.length - next;
      if (left <= atTheEnd && !endMeetsFill) filler.finish();
      if (now() - asked >= 500) {
        asked = now();
        const before = done;
        done = (await ledger.look()) ?? done;
        if (done !== before || (workFrom !== undefined && left > 0)) movedAt = now();
        onProgress({ done, faults: next, fault: faults.records.at(-1)?.kind ?? '', running: job.running });
      }
      if (now() - movedAt > options.patience) break;
      await sleep(20);
    }
    stop.throwIfAborted();
    if (failure !== undefined) throw failure;
    const ended = isOver();
    const told = await serverOf(admin).catch(() => undefined);
    await faults.end();
    if (!ended) await Promise.all([job.close(), crowd?.close()]);
    const drained = [job.drainedAt, crowd?.drainedAt].filter((at) => at !== undefined);
    await ledger.look();
    const atomic = planned.some(({ kind }) => kind === 'slot moved at once') && !store.moves?.atomic;
    return {
      items,
      finalizer: true,
      pushed: filler.pushed,
      lease,
      processes: [...job.processes, ...(crowd?.processes ?? [])],
      faults: faults.records,
      planned: planned.length,
      ended: ended && !job.failed,
      drainedAt: drained.length > 0 ? Math.min(...drained) : undefined,
      store: {
        ...(await readStore(admin)),
        isAnother: told !== undefined && told !== (await serverOf(admin)),
        epochs: [...ledger.epochs],
        imbalances: ledger.imbalances,
        twins: store.moves?.twins ?? [],
      },
      notDone: atomic ? [NO_ATOMIC_MOVE] : [],
      seconds: (now() - startedAt) / 1_000,
    };
  } finally {
    await Promise.all([job.close(), crowd?.close()]);
    await faults.end();
    writeFileSync(join(dir, 'faults.jsonl'), faults.records.map((record) => `${JSON.stringify(record)}\n`).join(''));
    await queue.close();
    await filler.idle;
    await store.close();
    credentials?.remove();
  }
}

function longestReplacement(planned: readonly PlannedFault[]): number {
  const replacements = planned.filter(({ kind }) => CREDENTIAL_FAULT_KINDS.some((each) => each === kind));
  return Math.max(0, ...replacements.map(({ lasts }) => lasts));
}

/** The run of the server that has the queue; each start of one is another. */
async function serverOf(admin: Connection): Promise<string | undefined> {
  // Leads to its node, in a cluster.
  await admin.command('EXISTS', keys.list);
  return /^run_id:(\w+)/m.exec(String(await admin.command('INFO', 'server')))?.[1];
}

/** What Redis says at the end, read without the client that is on trial. */
async function readStore(
  admin: Connection,
): Promise<Omit<Evidence['store'], 'epochs' | 'imbalances' | 'twins' | 'isAnother'>> {
  const ask = (name: string, ...args: (string | number)[]) => admin.insist(() => admin.command(name, ...args));
  // A replica would answer as well, of a moment ago. It refuses what writes, also where that changes nothing.
  await ask('LTRIM', keys.list, 0, -1);
  const meta = (await ask('HMGET', keys.meta, 'claimed', 'done', 'dropped')) as (string | null)[];
  const [claimed, done, dropped] = meta.map(Number) as [number, number, number];
  let left = Number(await ask('LLEN', keys.list)) + Number(await ask('HLEN', keys.waiting));
  const [leases, idle] = [await ask('ZRANGE', keys.leases, 0, -1), await ask('ZRANGE', keys.idle, 0, -1)] as string[][];
  for (const incarnation of [...(leases ?? []), ...(idle ?? [])]) {
    left += Number(await ask('LLEN', keys.held + incarnation)) + Number(await ask('HLEN', keys.running + incarnation));
  }
  const letters = (await ask('HVALS', keys.dead)) as string[];
  const dead = letters.map((letter) => {
    const line = letter.indexOf('\n');
    const { reason } = JSON.parse(letter.slice(0, line)) as { reason: string };
    const payload = letter.slice(line + 1);
    return { reason, index: payload === '' ? FINALIZER : parseItem(payload).index };
  });
  const checkpoints = Number(await ask('HLEN', keys.checkpoints));
  return { claimed, done, dropped, left, dead, checkpoints };
}
