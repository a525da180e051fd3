import { checkPodLabels } from '../pod';
import {
  checkPod,
  cliResources,
  items,
  JOB_METADATA,
  kueueQueue,
  labels,
  milliseconds,
  name,
  PODS,
  PODS_FOREIGN,
  QUEUE,
  type Shape,
  seconds,
  shape,
} from '../props';
import { redisStore } from '../store';
import type { FillJobProps } from './fill-job-props';

const FOREIGN = {
  ...PODS_FOREIGN,
  jobName: 'It is `name`.',
  annotations: 'Those of the pod are `podAnnotations`, those of the Job `jobAnnotations`.',
  cliResources: 'It is `resources`: its one container runs redis-cli.',
  image: 'It runs the image of the store: give it there.',
  ttlSecondsAfterFinished: 'It is a Duration: ttlAfterFinished: Duration.hours(1).',
};

/** A list of items that fills a queue. */
export const FILL_JOB: Shape<FillJobProps> = shape<FillJobProps>({
  of: 'FillJob',
  like: '{ name: "fill", queueName: "job2", items: ["apple"], redis }',
  props: {
    name: { is: name, required: 'It must name the Job: "fill".' },
    ...QUEUE,
    items: { is: items, required: 'It must be an array: ["apple", "banana"].' },
    redis: {
      is: redisStore,
      required: 'It must be the store that holds the queue: RedisStore.pod(chart, "redis").',
    },
    storeTimeout: { is: milliseconds(1) },
    ttlAfterFinished: { is: seconds(0) },
    kueue: { is: kueueQueue },
    resources: { is: cliResources },
    ...PODS,
    ...JOB_METADATA,
    labels: { is: labels },
  },
  foreign: FOREIGN,
  together(props, at) {
    checkPod(props, at);
    checkPodLabels(props.podLabels, props.redis, at.prop('podLabels'));
  },
});
