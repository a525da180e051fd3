import type { QueueStatus } from 'cdk8s-redis-work-queue/worker';
import type { Context } from '../context';
import { CommandError, UsageError } from '../failures';
import { left, type QueueOptions, requireQueue, withQueue } from '../queue';
import { are, count, countOf, duration, items, perSecond } from '../text';
import type { Plan } from './plan';
import { type Look, type Rate, ratePerWorker } from './rate-per-worker';
import { sampleQueue } from './sample-queue';
import type { WorkerJob } from './worker-job';
import { type Choice, chooseWorkers, timeWith, type Work } from './workers-needed';

/** How fast it is to go. */
export interface Deadline {
  /** Seconds from now. */
  readonly seconds: number;
  /** Most workers that there may be. */
  readonly max?: number;
  /** Seconds over which the rate is measured; undefined: as many as it takes. */
  readonly sample?: number;
}

/** How many workers do what is left of a queue within a time, by the rate of those that there are. */
export async function planToFinish(
  job: WorkerJob,
  deadline: Deadline,
  options: QueueOptions & { readonly queue: string },
  context: Context,
): Promise<Plan> {
  const { name, least } = job;
  const { max = Number.POSITIVE_INFINITY } = deadline;
  if (max < least) throw new UsageError(`--max is ${max}, and ${name} takes at least ${least}: ${staying(least)}.`);
  if (job.standstill !== undefined) {
    throw new CommandError(
      `${name} ${job.standstill}, so nothing shows how long an item takes. Give a number of workers, or wait until it runs.`,
    );
  }
  return withQueue(options, context, async (queue) => {
    await requireQueue(queue);
    const looks = await sampleQueue(queue, deadline.sample, context);
    const { status } = looks.at(-1) as Look;
    if (left(status) === 0) return nothingLeft(options.queue, job, status);
    const rate = measured(options.queue, looks, job);
    const work: Work = { left: left(status), rate: rate.perWorker, concurrency: job.concurrency };
    const most = Math.min(max, job.most);
    const choice = chooseWorkers({ seconds: deadline.seconds, current: job.workers, least, most }, work);
    return {
      workers: choice.workers,
      sentences: [forecast(choice, work, deadline, job)],
      notes: notesOn(options.queue, looks, rate, job),
      figures: {
        left: work.left,
        sealed: status.sealed,
        ratePerWorker: rounded(work.rate),
        basis: rate.basis,
        timeLeft: rounded(timeWith(choice.workers, work)),
        limit: choice.limit ?? null,
      },
    };
  });
}

/** Which indexes have to be there, so that no fewer workers are allowed. */
export function staying(least: number): string {
  return least === 1 ? 'index 0 stays until the end' : `indexes 0 to ${least - 1} stay until the end`;
}

function nothingLeft(queue: string, job: WorkerJob, status: QueueStatus): Plan {
  const more = status.sealed ? '' : ' It is not sealed: more may come.';
  return {
    workers: job.workers,
    sentences: [`Nothing is left of ${queue}.${more}`],
    notes: [],
    figures: { left: 0, sealed: status.sealed, ratePerWorker: null, basis: null, timeLeft: 0, limit: null },
  };
}

/** @throws CommandError nothing says how fast a worker is */
function measured(queue: string, looks: readonly Look[], job: WorkerJob): Rate {
  const { status } = looks.at(-1) as Look;
  const seconds = sampled(looks);
  if (status.cancelled) {
    throw new CommandError(`${queue} was cancelled: there is nothing to finish.`);
  }
  if (status.paused) {
    throw new CommandError(
      `${queue} is paused, so nothing shows how long an item takes. \`rwq resume\` first, or give a number of workers.`,
    );
  }
  // The clock of the queue stands still while nobody renews a lease.
  const isSilent = seconds >= job.lease && status.clock === looks[0]?.status.clock;
  if (status.workerCount === 0 || isSilent) {
    throw new CommandError(
      `No worker of ${queue} is running, so nothing shows how long an item takes. Look at the pods of ${job.name}, or give a number of workers.`,
    );
  }
  const rate = ratePerWorker(looks, job.concurrency);
  if ('perWorker' in rate) return rate;
  const longer = `Sample longer, such as --sample ${longerThan(seconds)}, or give a number of workers.`;
  if (rate.why === 'stalled') {
    throw new CommandError(
      `No item ended within ${duration(seconds)}, though ${count(rate.expected)} would have by the average so far. \`rwq status\` and the logs of the workers say why. ${longer}`,
    );
  }
  throw new CommandError(
    `No item of ${queue} has ended yet, also not within ${duration(seconds)}, so nothing shows how long one takes. ${longer}`,
  );
}

function forecast({ workers, limit }: Choice, work: Work, { max }: Deadline, { least, most }: WorkerJob): string {
  const { rate, concurrency } = work;
  const speed =
    rate >= 1
      ? `${perSecond(rate).replace('/s', ' items/s')} a worker`
      : `${duration(concurrency / rate)} an item${concurrency > 1 ? `, ${concurrency} at once` : ''}`;
  const time = `At ${speed}, ${items(work.left)} ${are(work.left)} done in about ${coarse(timeWith(workers, work))}.`;
  switch (limit) {
    case 'kept':
      return `That is within 10 % of what it takes. ${time}`;
    case 'max':
      return `${time} ${max !== undefined && max <= most ? `--max ${max}` : `completions ${most}`} allows no more workers.`;
    case 'least':
      return `${time} Fewer are not possible: ${staying(least)}.`;
    case 'items':
      return `${time} More workers would have nothing to do.`;
    default:
      return time;
  }
}

/** What a reader of the forecast should know. */
function notesOn(queue: string, looks: readonly Look[], { basis }: Rate, job: WorkerJob): string[] {
  const { status } = looks.at(-1) as Look;
  const notes: string[] = [];
  if (!status.sealed) notes.push(`${queue} is not sealed: only what is in it now is counted.`);
  if (basis === 'average') {
    const seconds = sampled(looks);
    const few = seconds > 0 ? `Few items ended within ${duration(seconds)}, so this` : 'This';
    notes.push(
      `${few} rests on the average since the start, as if there had always been as many workers. --sample ${longerThan(seconds)} measures longer.`,
    );
  }
  if (status.workerCount < job.workers) {
    notes.push(`${count(status.workerCount)} of the ${countOf(job.workers, 'worker')} have reached ${queue} so far.`);
  }
  return notes;
}

function sampled(looks: readonly Look[]): number {
  return (looks.at(-1) as Look).at - (looks[0] as Look).at;
}

/** A sample in seconds that sees more than one of so many did. */
function longerThan(seconds: number): number {
  return Math.min(86_400, Math.max(60, Math.ceil(seconds / 60) * 300));
}

/** A time for which seconds do not matter. */
function coarse(seconds: number): string {
  return duration(seconds < 100 ? seconds : Math.round(seconds / 60) * 60);
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
