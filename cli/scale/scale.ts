import type { Context } from '../context';
import { CommandError, UsageError } from '../failures';
import type { KubeTarget } from '../kubectl';
import { parseKubeService, type QueueOptions, queueName } from '../queue';
import { count, countOf, shellWord } from '../text';
import { findJob, getJob, patchArgs, patchJob } from './find-job';
import { planToFinish, staying } from './finish-in';
import type { Plan } from './plan';
import type { WorkerJob } from './worker-job';

/** Kubernetes takes no larger Job with indexes. */
const MOST_INDEXES = 100_000;

export interface ScaleOptions extends QueueOptions {
  /** Seconds. */
  readonly finishIn?: number;
  readonly max?: number;
  /** Seconds. */
  readonly sample?: number;
  readonly job?: string;
  readonly namespace?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** Gives the Job of a queue another number of workers, once. */
export async function scale(workers: number | undefined, options: ScaleOptions, context: Context): Promise<void> {
  checkOptions(workers, options);
  const { kube, kubeContext, namespace = kube && parseKubeService(kube).namespace } = options;
  const target: KubeTarget = { ...(kubeContext && { context: kubeContext }), ...(namespace && { namespace }) };
  const job = options.job
    ? await getJob(options.job, target, context)
    : await findJob(queueName(options.queue), target, context);
  const queue = queueOf(job, options.queue);
  if (job.obstacle !== undefined) throw new CommandError(`${job.obstacle} Nothing was done.`);
  const plan =
    workers === undefined
      ? await planToFinish(job, deadlineOf(options), { ...redisOf(options), queue: queueName(queue) }, context)
      : { workers: allowed(job, workers), sentences: [], notes: [], figures: {} };
  await carryOut(job, plan, target, options, context);
}

function checkOptions(workers: number | undefined, { finishIn, max, sample }: ScaleOptions): void {
  if (workers === undefined && finishIn === undefined) {
    throw new UsageError('How many workers? Give a number, such as rwq scale 20, or a time, such as --finish-in 30m.');
  }
  if (workers === undefined) return;
  if (finishIn !== undefined) throw new UsageError('Give either a number of workers or --finish-in.');
  for (const [name, value] of Object.entries({ max, sample })) {
    if (value === undefined) continue;
    throw new UsageError(`--${name} goes with --finish-in; give that in place of the number, or leave --${name} out.`);
  }
}

function deadlineOf({ finishIn = 0, max, sample }: ScaleOptions) {
  return { seconds: finishIn, ...(max !== undefined && { max }), ...(sample !== undefined && { sample }) };
}

/** How Redis is reached. A context alone is that of the Job. */
function redisOf({ kubeContext, ...options }: ScaleOptions): QueueOptions {
  return { ...options, ...(options.kube && kubeContext && { kubeContext }) };
}

/** @throws UsageError the Job that was named works on another queue */
function queueOf(job: WorkerJob, given: string | undefined): string | undefined {
  if (given === undefined || job.queue === undefined || job.queue === given) return given ?? job.queue;
  throw new UsageError(`${job.name} works on the queue ${job.queue}, not on ${given}. Leave --queue or --job out.`);
}

/** @throws CommandError Kubernetes would refuse this number, or not start so many */
function allowed({ name, least, most }: WorkerJob, workers: number): number {
  if (workers < least) {
    throw new CommandError(`${name} takes at least ${countOf(least, 'worker')}: ${staying(least)}. Nothing was done.`);
  }
  if (workers > most) {
    throw new CommandError(
      `${name} has completions ${most}, with which Kubernetes runs at most ${countOf(most, 'pod')}. Nothing was done.`,
    );
  }
  return workers;
}

async function carryOut(
  job: WorkerJob,
  plan: Plan,
  target: KubeTarget,
  { dryRun = false, json = false }: ScaleOptions,
  context: Context,
): Promise<void> {
  const parallelism = job.parallelismFor(plan.workers);
  if (job.isIndexed && parallelism > MOST_INDEXES) {
    throw new CommandError(
      `${job.name} would need parallelism ${count(parallelism)}, because ${count(parallelism - plan.workers)} workers have left for good, and Kubernetes takes at most ${count(MOST_INDEXES)} with indexes. Nothing was done.`,
    );
  }
  const isChange = !job.has(parallelism);
  if (isChange && parallelism <= job.above) {
    throw new CommandError(
      `${job.name} has kueue.x-k8s.io/job-min-parallelism ${job.above}, and Kueue takes only a parallelism above that. Nothing was done.`,
    );
  }
  const args = patchArgs(job, parallelism, target);
  const command = ['kubectl', ...args].map(asTyped).join(' ');
  if (isChange && !dryRun) await patchJob(args, context);
  if (json) {
    const { name, workers: from } = job;
    const outcome = { job: name, from, to: plan.workers, parallelism, changed: isChange && !dryRun, ...plan.figures };
    context.out(JSON.stringify({ ...outcome, ...(isChange && dryRun && { command }) }));
    return;
  }
  // A dry run prints a line for a shell.
  const say = isChange && dryRun ? context.note : context.out;
  say([headline(job, plan.workers, parallelism), ...plan.sentences].join(' '));
  for (const note of plan.notes) say(context.colours.yellow(note));
  if (isChange && dryRun) context.out(command);
}

function headline(job: WorkerJob, to: number, parallelism: number): string {
  const { name, workers: from } = job;
  if (job.has(parallelism)) return `${name} stays at ${countOf(from, 'worker')}.`;
  const sentences = [`${name}: ${count(from)} → ${countOf(to, 'worker')}.`];
  if (parallelism > to)
    sentences.push(`Its parallelism is ${count(parallelism)}, because ${count(parallelism - to)} have left for good.`);
  if (job.standstill !== undefined) sentences.push(`They start with the Job, which ${job.standstill}.`);
  else if (to < from) sentences.push('Items that the others cannot finish in time go back, uncharged.');
  return sentences.join(' ');
}

/** A word as it is typed in a shell. */
function asTyped(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : shellWord(word);
}
