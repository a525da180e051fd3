import type { Context } from '../context';
import { CommandError, UsageError } from '../failures';
import { type KubeTarget, kubectl, targetArgs } from '../kubectl';
import { countOf } from '../text';
import { type JobObject, WorkerJob } from './worker-job';

/** Names that a message has room for. */
const SHOWN = 10;
/** So that an API server that does not answer is no silence. */
const REQUEST_TIMEOUT = '--request-timeout=30s';

/**
 * The Job whose pods work on a queue.
 *
 * @throws CommandError there is none, or it has ended
 * @throws UsageError there are several
 */
export async function findJob(queue: string, target: KubeTarget, { stop }: Context): Promise<WorkerJob> {
  const args = ['get', 'jobs', ...targetArgs(target), '--output=json', REQUEST_TIMEOUT];
  const { items } = parsed<{ items: JobObject[] }>(await onJobs(args, stop));
  const jobs = items.map((each) => new WorkerJob(each)).filter(({ isFill }) => !isFill);
  const ofQueue = jobs.filter((each) => each.queue === queue);
  const found = ofQueue.filter(({ end }) => end === undefined);
  const [job, another] = found;
  if (job && another === undefined) return job;
  if (job) {
    const names = found.map(({ name, workers }) => `${name} (${countOf(workers, 'worker')})`);
    throw new UsageError(`${found.length} Jobs work on ${queue}: ${listed(names)}. Say which one with --job NAME.`);
  }
  if (ofQueue.length > 0) {
    const ends = ofQueue.map(({ name, end }) => `${name} ${end}`);
    throw new CommandError(`No Job works on ${queue} any more: ${listed(ends)}.`);
  }
  const others = jobs.map(({ name, queue: other }) => `${name} (${other ?? 'no queue'})`);
  const seen = others.length === 0 ? 'there are no Jobs of workers' : `there is ${listed(others)}`;
  throw new CommandError(
    `No Job ${inNamespace(target)} works on ${queue}: ${seen}. Give --namespace NAME, or the Job itself with --job NAME.`,
  );
}

/**
 * The Job of this name.
 *
 * @throws CommandError there is none, or it has ended, or its pods are no workers
 */
export async function getJob(name: string, target: KubeTarget, { stop }: Context): Promise<WorkerJob> {
  const args = ['get', 'job', name, ...targetArgs(target), '--output=json', REQUEST_TIMEOUT];
  const job = new WorkerJob(parsed<JobObject>(await onJobs(args, stop)));
  if (job.isFill) throw new CommandError(`${name} fills a queue; it has no workers. Name the Job of the workers.`);
  if (job.end !== undefined) throw new CommandError(`${name} ${job.end}.`);
  return job;
}

/** The arguments of kubectl that give a Job another number of pods. */
export function patchArgs(job: WorkerJob, parallelism: number, target: KubeTarget): string[] {
  const patch = JSON.stringify(job.patchTo(parallelism));
  return ['patch', 'job', job.name, ...targetArgs(target), '--type=merge', '-p', patch];
}

export async function patchJob(args: readonly string[], { stop }: Context): Promise<void> {
  await onJobs([...args, REQUEST_TIMEOUT], stop);
}

/** @throws CommandError something else was printed, as by a script that stands in for kubectl */
function parsed<T>(text: string): T {
  try {
    return JSON.parse(text) as T;
  } catch {
    const start = JSON.stringify(text.trim().slice(0, 80));
    throw new CommandError(
      `kubectl printed no JSON but ${start}. Look at what kubectl on the PATH is. Nothing was done.`,
    );
  }
}

async function onJobs(args: readonly string[], stop: AbortSignal): Promise<string> {
  try {
    return await kubectl(args, 'rwq scale', stop);
  } catch (error) {
    if (!(error instanceof CommandError) || !/cannot (list|get|patch) resource "jobs"/.test(error.message)) throw error;
    throw new CommandError(`${error.message}. It takes the verbs list, get and patch on jobs in the API group batch.`);
  }
}

function inNamespace({ namespace }: KubeTarget): string {
  return namespace === undefined ? 'in the namespace of kubectl' : `in the namespace ${namespace}`;
}

function listed(names: readonly string[]): string {
  return names.slice(0, SHOWN).join(', ') + (names.length > SHOWN ? ` and ${names.length - SHOWN} more` : '');
}
