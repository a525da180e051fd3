import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import { ITEMS_WAITING } from '../../worker/contract';
import { LABEL } from '../kubernetes';
import { type At, type Shape, shape, whole } from '../props';
import { itemsFor, type ScaleTarget, scaleTargetRef } from './scale-target';

/** How a HorizontalPodAutoscaler of Kubernetes scales the workers. */
export interface HorizontalPodAutoscalerProps {
  /**
   * The fewest workers, from 1.
   *
   * @default 1
   * @example minReplicas: 2
   */
  readonly minReplicas?: number;
  /**
   * The most workers.
   *
   * @example maxReplicas: 20
   */
  readonly maxReplicas: number;
  /**
   * So many items wait for each worker: with 500 in the queue and 50 for each, ten workers run.
   *
   * @default - 10 × concurrency
   * @example itemsPerWorker: 50
   */
  readonly itemsPerWorker?: number;
}

export const HORIZONTAL_POD_AUTOSCALER: Shape<HorizontalPodAutoscalerProps> = shape<HorizontalPodAutoscalerProps>({
  of: 'horizontalPodAutoscaler',
  like: '{ maxReplicas: 20 }',
  props: {
    minReplicas: { is: whole(1) },
    maxReplicas: { is: whole(1), required: 'It must be the most workers that may run: 20.' },
    itemsPerWorker: { is: whole(1) },
  },
  foreign: {
    minReplicaCount: 'It is `minReplicas`: { minReplicas: 2, maxReplicas: 20 }.',
    maxReplicaCount: 'It is `maxReplicas`: { maxReplicas: 20 }.',
    metrics: 'The metric is the number of items that wait, `itemsPerWorker` for each worker.',
    targetCPUUtilizationPercentage: 'Workers are scaled by the items that wait: itemsPerWorker: 50.',
    scaleTargetRef: 'It is this Deployment. Remove it.',
  },
  together({ minReplicas = 1, maxReplicas }, at) {
    if (minReplicas <= maxReplicas) return;
    throw at.prop('minReplicas').refusal(minReplicas, `It must be at most \`maxReplicas\`, which is ${maxReplicas}.`);
  },
});

/** Refuses a queue that no selector of a metric can name. */
export function checkMetricOf(queueName: string, at: At) {
  if (LABEL.test(queueName)) return;
  throw at
    .prop('horizontalPodAutoscaler')
    .refusal(
      'given',
      `It selects the metric by the name of the queue, and ${JSON.stringify(queueName)} is no value of a label. ` +
        'Give the queue another name, or use `scaledObject`.',
    );
}

/** The HorizontalPodAutoscaler of the workers. */
export function horizontalPodAutoscaler(
  scope: Construct,
  { minReplicas = 1, maxReplicas, itemsPerWorker }: HorizontalPodAutoscalerProps,
  target: ScaleTarget,
): ApiObject {
  const { metric, label } = ITEMS_WAITING;
  return new ApiObject(scope, 'HorizontalPodAutoscaler', {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: target.name, labels: target.labels },
    spec: {
      scaleTargetRef: scaleTargetRef(target),
      minReplicas,
      maxReplicas,
      metrics: [
        {
          type: 'External',
          external: {
            metric: { name: metric, selector: { matchLabels: { [label]: target.queueName } } },
            target: { type: 'AverageValue', averageValue: String(itemsFor(itemsPerWorker, target)) },
          },
        },
      ],
    },
  });
}
