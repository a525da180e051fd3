import { FILLER } from '../fill';
import { workQueues } from '../pod';
import { flag, kueue, milliseconds, name, payloads, type Shape, seconds, shape, whole, word } from '../props';
import { checkWorkerPods, PATCH, WORKERS, WORKERS_FOREIGN } from '../workers';
import { checkKueue } from './check-kueue';
import { CompletionMode, IdleWorkers } from './completion-mode';
import { checkFailFast } from './fail-fast';
import { checkIdleWorkers } from './fleet';
import { checkGivenJobName } from './job-name';
import type { RedisWorkQueueJobProps } from './redis-work-queue-job-props';

// Names that people give from habit: of Kubernetes, of cdk8s-plus, of another construct. Each says what to write here.
const FOREIGN = {
  ...WORKERS_FOREIGN,
  name: 'The name of the Job is `jobName`, that of the queue `queueName`.',
  localQueue: 'It is a part of `kueue`: { localQueue: "batch" }.',
  metadata: 'The name is `jobName`; the pods have `podLabels` and `podAnnotations`.',
  labels: 'The labels of the pods are `podLabels`; those of all objects are `labels` of the chart.',
  annotations: 'The annotations of the pods are `podAnnotations`.',
  replicas: 'The number of workers is `parallelism`.',
  completions:
    'It follows `parallelism`, the number of workers, where they have indexes, and is unset where they have none.',
  successPolicy: 'The construct sets it where workers have indexes: completionMode: CompletionMode.INDEXED.',
  backoffLimitPerIndex:
    'Where workers have indexes it is no limit. `backoffLimit` is the number of pods that may fail, `maxAttempts` of attempts for each item.',
  maxFailedIndexes: 'No index fails for good. `backoffLimit` is the number of pods that may fail.',
  activeDeadlineSeconds: 'It is a Duration: activeDeadline: Duration.hours(1).',
  ttlSecondsAfterFinished: 'It is a Duration: ttlAfterFinished: Duration.hours(1).',
  timeout: 'It is `itemTimeout` for one attempt, `activeDeadline` for the whole Job: Duration.minutes(10).',
  spec: `The Job is made of flat props. ${PATCH}`,
  restartPolicy: 'It is always "Never", so that each failure is seen by the podFailurePolicy. Remove it.',
  podFailurePolicy: `The construct sets it. ${PATCH}`,
};

/** A pile of work. */
export const JOB: Shape<RedisWorkQueueJobProps> = shape<RedisWorkQueueJobProps>({
  of: 'RedisWorkQueueJob',
  like: '{ queueName: "job2", image: "registry.example/job-wq-2:1" }',
  props: {
    ...WORKERS,
    parallelism: { is: whole(1, 100_000) },
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
    settle: { is: milliseconds(0) },
    gate: { is: flag },
    backoffLimit: { is: whole(0) },
    activeDeadline: { is: seconds(1) },
    ttlAfterFinished: { is: seconds(0) },
    suspend: { is: flag },
    kueue: { is: kueue },
    jobName: { is: name },
    items: { is: payloads },
    filler: {
      is: FILLER,
      notWith: { items: 'It fills the queue in place of `items`, and both are given. Use one of them.' },
      shown: ({ image, entry }) => image ?? entry,
    },
    tolerateDeadLetters: { is: flag },
    after: { is: workQueues },
    failFast: { is: flag },
  },
  foreign: FOREIGN,
  together(props, at) {
    checkGivenJobName(props, at);
    checkFailFast(props, at);
    checkWorkerPods(props, at);
    checkKueue(props, at);
    checkIdleWorkers(props, at);
  },
});
