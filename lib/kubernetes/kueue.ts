import type { ApiObject, Duration } from 'cdk8s';
import { InvalidPropError } from '../invalid-prop';
import type { Manifest } from './manifest';
import { inSeconds } from './quantity';

/** The queue of Kueue that a Job waits in. */
export interface KueueQueueProps {
  /**
   * Name of a LocalQueue in the namespace of the chart, at most 63 characters: the label `kueue.x-k8s.io/queue-name`.
   *
   * @example localQueue: 'batch'
   */
  readonly localQueue: string;
  /**
   * Name of a WorkloadPriorityClass, which orders what waits and decides what is preempted: the label
   * `kueue.x-k8s.io/priority-class`.
   *
   * @default - the PriorityClass of the pods (`priorityClassName`), where they have one
   * @example priorityClass: 'batch-low'
   */
  readonly priorityClass?: string;
}

/** How Kueue admits the workers of a queue. */
export interface KueueProps extends KueueQueueProps {
  /**
   * How many workers are enough to start with where the quota has no room for `parallelism` of them (partial
   * admission): the annotation `kueue.x-k8s.io/job-min-parallelism`. Above 0, and less than `parallelism`. While such a
   * Job runs, Kueue refuses to change its `parallelism`.
   *
   * @default - all of `parallelism`, or none
   * @example minParallelism: 2
   */
  readonly minParallelism?: number;
  /**
   * How long the workers may run in all, in whole seconds, waiting not counted: the label
   * `kueue.x-k8s.io/max-exec-time-seconds`. Then Kueue suspends the Job; the queue keeps its state.
   *
   * @default - no limit
   * @example maxExecTime: Duration.hours(6)
   */
  readonly maxExecTime?: Duration;
}

const PREFIX = 'kueue.x-k8s.io/';

/**
 * Writes into the metadata of a Job by which queue Kueue admits it.
 *
 * @param spec as it is rendered: Kueue compares its own numbers with those
 * @throws InvalidPropError Kueue could start fewer workers than an Indexed Job can end with
 */
export function queueInKueue(job: ApiObject, kueue: KueueProps, spec: Manifest): void {
  const { localQueue, priorityClass, maxExecTime } = kueue;
  job.metadata.addLabel(`${PREFIX}queue-name`, localQueue);
  if (priorityClass !== undefined) job.metadata.addLabel(`${PREFIX}priority-class`, priorityClass);
  if (maxExecTime) job.metadata.addLabel(`${PREFIX}max-exec-time-seconds`, String(inSeconds(maxExecTime)));

  const min = partialParallelism(job, kueue, spec);
  if (min === undefined) return;
  job.metadata.addAnnotation(`${PREFIX}job-min-parallelism`, String(min));
  if (spec.completionMode === 'Indexed') {
    job.metadata.addAnnotation(`${PREFIX}job-completions-equal-parallelism`, 'true');
  }
}

/** What of a Job's metadata Kueue refuses to change while the Job runs. */
export function fixedByKueue({ labels = {}, annotations = {} }: Manifest): Manifest {
  const all = Object.entries({ ...(labels as object), ...(annotations as object) });
  return Object.fromEntries(all.filter(([key]) => key.startsWith(PREFIX)));
}

/** How few workers will do. No fewer than all, where there are no more items than that. */
function partialParallelism(job: ApiObject, { minParallelism }: KueueProps, spec: Manifest): number | undefined {
  const parallelism = spec.parallelism as number;
  if (minParallelism === undefined || minParallelism >= parallelism) return undefined;
  const needed = indexesToSucceed(spec);
  if (minParallelism >= needed) return minParallelism;
  throw new InvalidPropError(
    job.node.scope ?? job,
    'kueue.minParallelism',
    minParallelism,
    `It must be at least ${needed}: an Indexed Job of ${parallelism} workers succeeds by its first ${needed} indexes, and ` +
      'Kubernetes refuses one that has fewer. Raise it, or lower `parallelism`.',
  );
}

/** How many indexes a Job must have for its successPolicy to be valid. */
function indexesToSucceed({ successPolicy }: Manifest): number {
  const { rules = [] } = (successPolicy ?? {}) as {
    readonly rules?: readonly { readonly succeededIndexes?: string }[];
  };
  const indexes = rules.flatMap(({ succeededIndexes }) => succeededIndexes?.match(/\d+/g)?.map(Number) ?? []);
  return Math.max(-1, ...indexes) + 1;
}
