import type { CronJobSpec } from './manifest';

/** When the runs of a CronJob begin, and what is kept of them. */
export interface Schedule {
  /** As Kubernetes has it: `0 2 * * *`. */
  readonly cron: string;
  readonly timeZone: string | undefined;
  readonly whileOneRuns: 'Allow' | 'Forbid' | 'Replace';
  /** Seconds that a run may be late; undefined: any time. */
  readonly startingDeadline: number | undefined;
  /** Jobs of runs that were Complete. */
  readonly keptComplete: number;
  readonly keptFailed: number;
  readonly suspend: boolean;
  /** What the Job of a run is called. */
  readonly job: string;
  /** Whether each run has another queue. */
  readonly ownQueue: boolean;
  /** How long the queue of a run is kept once all is done, in ms; undefined: until somebody removes it. */
  readonly keepRuns: number | undefined;
}

/** The name of the Job of a run: Kubernetes adds the time for which it was due. */
export function jobOfRun(cronJob: string): string {
  return `${cronJob}-MINUTES`;
}

export function scheduleOf(
  spec: CronJobSpec & { readonly suspend?: boolean },
  run: Pick<Schedule, 'job' | 'ownQueue' | 'keepRuns'>,
): Schedule {
  const { concurrencyPolicy: policy } = spec;
  return {
    cron: spec.schedule ?? '',
    timeZone: spec.timeZone,
    whileOneRuns: policy === 'Forbid' || policy === 'Replace' ? policy : 'Allow',
    startingDeadline: spec.startingDeadlineSeconds,
    keptComplete: spec.successfulJobsHistoryLimit ?? 3,
    keptFailed: spec.failedJobsHistoryLimit ?? 1,
    suspend: spec.suspend ?? false,
    ...run,
  };
}
