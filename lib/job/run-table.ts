import { cliResources, flag, milliseconds, seconds, type Table, whole, word } from '../props';
import { PATCH, WORKERS, WORKERS_FOREIGN } from '../workers';
import { CompletionMode, IdleWorkers } from './completion-mode';
import type { RunProps } from './run-props';

/** The props of workers that come to an end. */
export const RUN: Table<RunProps> = {
  ...WORKERS,
  parallelism: { is: whole(1, 100_000) },
  followUps: { is: flag },
  completionMode: {
    is: word(
      [CompletionMode.INDEXED, CompletionMode.NON_INDEXED],
      'It must be CompletionMode.INDEXED or CompletionMode.NON_INDEXED.',
    ),
  },
  idleWorkers: {
    is: word([IdleWorkers.LEAVE, IdleWorkers.WAIT], 'It must be IdleWorkers.LEAVE or IdleWorkers.WAIT.'),
  },
  startTimeout: { is: milliseconds(0) },
  cliResources: { is: cliResources },
  backoffLimit: { is: whole(0) },
  activeDeadline: { is: seconds(1) },
  tolerateDeadLetters: { is: flag },
  failFast: { is: flag },
};

/** Names that people give to them from habit. Each says what to write here. */
export const RUN_FOREIGN = {
  ...WORKERS_FOREIGN,
  replicas: 'The number of workers is `parallelism`.',
  completions:
    'It follows `parallelism`, the number of workers, where they have indexes, and is unset where they have none.',
  successPolicy: 'The construct sets it where workers have indexes: completionMode: CompletionMode.INDEXED.',
  backoffLimitPerIndex:
    'Where workers have indexes it is no limit. `backoffLimit` is the number of pods that may fail, `maxAttempts` of attempts for each item.',
  maxFailedIndexes: 'No index fails for good. `backoffLimit` is the number of pods that may fail.',
  activeDeadlineSeconds: 'It is a Duration: activeDeadline: Duration.hours(1).',
  timeout: 'It is `itemTimeout` for one attempt, `activeDeadline` for the whole Job: Duration.minutes(10).',
  spec: `The Job is made of flat props. ${PATCH}`,
  restartPolicy: 'It is always "Never", so that each failure is seen by the podFailurePolicy. Remove it.',
  podFailurePolicy: `The construct sets it. ${PATCH}`,
};
