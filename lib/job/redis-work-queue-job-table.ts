import { FILL_POD, FILLER } from '../fill';
import { checkPodLabels, workQueues } from '../pod';
import {
  type At,
  checkJobMetadata,
  flag,
  items,
  JOB_METADATA,
  kueue,
  milliseconds,
  name,
  type Shape,
  seconds,
  shape,
} from '../props';
import { checkWorkerPods, EGRESS, EGRESS_FOREIGN } from '../workers';
import { checkKueue } from './check-kueue';
import { checkFailFast } from './fail-fast';
import { checkIdleWorkers } from './fleet';
import { checkGivenJobName } from './job-name';
import type { RedisWorkQueueJobProps } from './redis-work-queue-job-props';
import { RUN, RUN_FOREIGN } from './run-table';

// Names that people give from habit: of Kubernetes, of cdk8s-plus, of another construct. Each says what to write here.
const FOREIGN = {
  ...RUN_FOREIGN,
  ...EGRESS_FOREIGN,
  name: 'The name of the Job is `jobName`, that of the queue `queueName`.',
  localQueue: 'It is a part of `kueue`: { localQueue: "batch" }.',
  metadata:
    'The name is `jobName`; the Job has `jobLabels` and `jobAnnotations`, the pods have `podLabels` and `podAnnotations`.',
  labels:
    'The labels of the pods are `podLabels`, those of the Job `jobLabels`; those of all objects are `labels` of the chart.',
  annotations: 'The annotations of the pods are `podAnnotations`, those of the Job `jobAnnotations`.',
  ttlSecondsAfterFinished: 'It is a Duration: ttlAfterFinished: Duration.hours(1).',
};

/** A pile of work. */
export const JOB: Shape<RedisWorkQueueJobProps> = shape<RedisWorkQueueJobProps>({
  of: 'RedisWorkQueueJob',
  like: '{ queueName: "job2", image: "registry.example/job-wq-2:1" }',
  props: {
    ...RUN,
    ...EGRESS,
    settle: { is: milliseconds(0) },
    gate: { is: flag },
    ttlAfterFinished: { is: seconds(0) },
    suspend: { is: flag },
    kueue: { is: kueue },
    jobName: { is: name },
    ...JOB_METADATA,
    items: { is: items },
    filler: {
      is: FILLER,
      notWith: { items: 'It fills the queue in place of `items`, and both are given. Use one of them.' },
      shown: ({ image, entry }) => image ?? entry,
    },
    fillPod: { is: FILL_POD },
    after: { is: workQueues },
  },
  foreign: FOREIGN,
  together(props, at) {
    checkGivenJobName(props, at);
    checkFailFast(props, at);
    checkWorkerPods(props, at);
    checkKueue(props, at);
    checkIdleWorkers(props, at);
    checkJobMetadata(props, at, props.jobName !== undefined);
    checkFillPod(props, at);
  },
});

/** Refuses props of a pod that is not made. */
function checkFillPod({ fillPod, items, filler, redis }: RedisWorkQueueJobProps, at: At) {
  if (!fillPod) return;
  if (!items && !filler) {
    throw at
      .prop('fillPod')
      .refusal('given', 'It is the pod that fills the queue, which `items` or a `filler` make. Remove it.');
  }
  checkPodLabels(fillPod.podLabels, redis, at.prop('fillPod').prop('podLabels'));
}
