import { randomUUID } from 'node:crypto';
import { dirname } from 'node:path';
import { defineQueue, WorkQueue } from 'cdk8s-redis-work-queue/worker';
import { colours, table } from './cli/screen';
import {
  findWorkJob,
  type KubernetesObject,
  LocalCluster,
  type LocalPod,
  synthesize,
  type WorkJob,
} from './local/cluster';
import type { Backoff, JobEnd } from './local/job-controller';
import { startRedisServer } from './local/redis';

/** The rules of Kubernetes for the Job of main.ts, which has no indexes, at a quicker pace: there it begins at ten seconds. */
const BACKOFF: Backoff = { base: 1_000, cap: 1_000 };
const ROOT = dirname(require.resolve('cdk8s-redis-work-queue/package.json'));

/** The walkthrough on this machine: what `kubectl apply -f dist/` does on a cluster, with processes for pods. */
async function demo(stop: AbortSignal): Promise<number> {
  const { bold, dim } = colours(process.stdout);
  const step = (line: string) => console.log(`\n${bold(line)}`);

  step('cdk8s synth: main.ts becomes dist/');
  const objects = await synthesize(ROOT, { stop });
  const job = findWorkJob(objects);
  console.log(dim(table(objects.map(({ kind, metadata }) => [kind, metadata.name]))));

  step('A private Redis server');
  const redis = await startRedisServer();
  try {
    stop.throwIfAborted();
    console.log(dim(`  ${redis.process.spawnfile} on port ${redis.port}`));

    step(`Filling ${job.queue}`);
    const queue = new WorkQueue(defineQueue({ name: job.queue }), { url: redis.url });
    try {
      await queue.fill(job.items, { batchId: job.batch, seal: true });
    } finally {
      await queue.close();
    }
    console.log(dim(`  ${job.items.join(' ')}`));

    step(`${job.parallelism} workers, with the environment that Job ${job.name} gives its pods`);
    const { end, pods } = await runJob(job.name, objects, redis.url, stop);

    step('Which worker processed which fruit');
    console.log(table(pods.map(({ name, items, code }) => [name, items.join(' '), `exit ${code}`])));
    stop.throwIfAborted();

    const problems = problemsOf(job, end, pods);
    for (const problem of problems) console.error(problem);
    if (problems.length > 0) return 1;
    console.log(`\n${conclusion(job.items, pods)}`);
  } finally {
    await redis.stop();
  }

  step('The same on a cluster');
  console.log(
    [
      '  kubectl apply -f dist/',
      `  kubectl wait --for=condition=complete job/${job.name} --timeout=5m`,
      `  kubectl logs -l job-name=${job.name} --prefix`,
    ].join('\n'),
  );
  return 0;
}

interface EndedPod {
  readonly name: string;
  /** What it said it was working on, in order. */
  readonly items: readonly string[];
  readonly code: number;
}

/** Runs a Job to its end, and shows the lines of its workers. */
async function runJob(
  job: string,
  objects: readonly KubernetesObject[],
  redisUrl: string,
  stop: AbortSignal,
): Promise<{ end: JobEnd | undefined; pods: EndedPod[] }> {
  const cluster = new LocalCluster({ redisUrl, shortSleeps: false }).apply(objects);
  const { ofWorker } = colours(process.stdout);
  const onLine = (line: string, pod: LocalPod) => {
    console.log(`${ofWorker(cluster.podsOf(job).indexOf(pod))(pod.name)}  ${line}`);
  };
  try {
    const options = { container: 'worker', run: randomUUID(), stop, onLine, backoff: BACKOFF };
    const end = await cluster.startJob(job, options).ended;
    const pods = cluster
      .podsOf(job)
      .map(async (pod) => ({ name: pod.name, code: await pod.ended, items: pod.all(/Working on (.*)$/) }));
    return { end, pods: await Promise.all(pods) };
  } finally {
    await cluster.stop();
  }
}

function problemsOf({ name, items }: WorkJob, end: JobEnd | undefined, pods: readonly EndedPod[]): string[] {
  const processed = pods.flatMap((pod) => pod.items);
  // What a worker had in hand when it failed is processed again.
  const counted = pods.some(({ code }) => code !== 0) ? [...new Set(processed)] : processed;
  const same = [...counted].sort().join('\n') === [...items].sort().join('\n');
  return [
    ...(end?.condition === 'Complete' ? [] : [`Job ${name} has failed: ${end?.reason}.`]),
    ...(same ? [] : [`${items.length} items were filled, and these were processed: ${processed.join(' ')}`]),
  ];
}

function conclusion(items: readonly string[], pods: readonly EndedPod[]): string {
  const replaced = pods.filter(({ code }) => code !== 0).length;
  return replaced === 0
    ? `${items.length} items, each done once; every worker saw the queue drained and exited 0.`
    : `${items.length} items, each done; workers that failed: ${replaced}, and the others finished their work.`;
}

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort(signal));

demo(stop.signal).then(
  (code) => {
    process.exitCode = code;
  },
  (error) => {
    if (stop.signal.aborted) {
      console.error('\nStopped; nothing is left running.');
      process.exitCode = 130;
      return;
    }
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  },
);
