import type { Duration } from 'cdk8s';
import type { QueueFiller } from '../fill';
import type { RunProps } from '../job';
import type { EgressProps } from '../workers';
import type { ConcurrencyPolicy } from './concurrency-policy';

/** Props of `RedisWorkQueueCronJob`. */
export interface RedisWorkQueueCronJobProps extends RunProps, EgressProps {
  /**
   * When a run begins: minute, hour, day of the month, month and day of the week, or a word such as `@daily`.
   *
   * @example schedule: '0 2 * * *'
   */
  readonly schedule: string;

  /**
   * The time zone of the schedule, by its name.
   *
   * @default - that of the kube-controller-manager, mostly UTC
   * @example timeZone: 'Europe/Berlin'
   */
  readonly timeZone?: string;

  /**
   * What becomes of a run that is due while the last one still runs.
   *
   * @default ConcurrencyPolicy.FORBID
   * @example concurrencyPolicy: ConcurrencyPolicy.ALLOW
   */
  readonly concurrencyPolicy?: ConcurrencyPolicy;

  /**
   * How late a run may begin, in whole seconds, 10 at least: because the cluster was down, the CronJob suspended, or the last
   * run in its way. Later than that, it is skipped.
   *
   * @default - any time: of all runs that were missed, the last one begins as soon as it can
   * @example startingDeadline: Duration.hours(2)
   */
  readonly startingDeadline?: Duration;

  /**
   * How many Jobs of runs that ended well are kept. Their queues are kept for `keepRuns`, apart from that.
   *
   * @default - 3, by Kubernetes
   * @example successfulJobsHistoryLimit: 7
   */
  readonly successfulJobsHistoryLimit?: number;

  /**
   * How many Jobs of runs that failed are kept. Their queues stay in any case.
   *
   * @default - 1, by Kubernetes
   * @example failedJobsHistoryLimit: 7
   */
  readonly failedJobsHistoryLimit?: number;

  /**
   * Whether no run begins, until `suspend` is patched to false. Runs that have begun go on.
   *
   * @default false
   * @example suspend: true
   */
  readonly suspend?: boolean;

  /**
   * How long the queue of a run is kept once every item is done, with its results, in whole seconds, at most 100 years. That of
   * a run that failed, or has dead letters, stays until `rwq purge`.
   *
   * @default Duration.days(7)
   * @example keepRuns: Duration.days(30)
   */
  readonly keepRuns?: Duration;

  /**
   * Name of the CronJob, at most 52 characters, 48 with indexes. The Job of a run adds the time for which it was due, in minutes
   * since 1970: `nightly-29390400`.
   *
   * @default - made from the path of the construct
   * @example cronJobName: 'nightly'
   */
  readonly cronJobName?: string;

  /**
   * What each run does. With `queue`, items as it takes them: its schema checks and encodes them at synth. Without `queue`,
   * strings, which are pushed byte for byte. About 4 MB in all, about 240 kB each. An empty list is done at once.
   *
   * @default - none; either this or `filler` must be given
   * @example items: ['apple', 'banana', 'cherry']
   */
  // biome-ignore lint/suspicious/noExplicitAny: an item is what `queue` says, and jsii knows neither generics nor unions
  readonly items?: any[];

  /**
   * A program that fills the queue of each run: an init container in the pods of the run, so what is for pods, such as a service
   * account, is given beside it. `WORK_QUEUE_JOB` is the name of the run. With indexes, the pod of index 0 runs it first; without
   * them, each pod does, at once.
   *
   * A pod that comes later, in place of a lost one, runs it again. So it has to be `runFiller`, which ends with 0 where the
   * queue is sealed, whatever the source holds by then; or do the same.
   *
   * @default - none; either this or `items` must be given
   * @example filler: { entry: './fill.ts' }
   */
  readonly filler?: QueueFiller;
}
