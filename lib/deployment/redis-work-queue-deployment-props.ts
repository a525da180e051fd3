import type { EgressProps, WorkerProps } from '../workers';
import type { HorizontalPodAutoscalerProps } from './horizontal-pod-autoscaler';
import type { PodDisruptionBudgetProps } from './pod-disruption-budget';
import type { ScaledObjectProps } from './scaled-object';
import type { DeploymentStrategy } from './strategy';

/** Props of `RedisWorkQueueDeployment`. */
export interface RedisWorkQueueDeploymentProps extends WorkerProps, EgressProps {
  /**
   * How many workers run. Refused beside `scaledObject` and `horizontalPodAutoscaler`, which say so.
   *
   * @default 1
   * @example replicas: 3
   */
  readonly replicas?: number;

  /**
   * How the workers are replaced where the chart changes them. Each old one is told to stop: what it runs may finish within
   * `terminationGracePeriod`, and the rest goes back without a charge.
   *
   * @default - a rolling update: a quarter of the workers may be too many, and a quarter may be missing
   * @example strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: '50%' } }
   */
  readonly strategy?: DeploymentStrategy;

  /**
   * How long a new worker has to run before an old one is ended for it, in seconds. A worker with a wrong configuration ends
   * within that time, and the old ones stay. A longer time than 10 sets `progressDeadlineSeconds` to 600 beyond it.
   *
   * @default 10
   * @example minReadySeconds: 30
   */
  readonly minReadySeconds?: number;

  /**
   * How many workers a drain of nodes may take away at a time.
   *
   * @default - one
   * @example podDisruptionBudget: { maxUnavailable: '25%' }
   */
  readonly podDisruptionBudget?: PodDisruptionBudgetProps;

  /**
   * Scales the workers by the length of the list, by a ScaledObject of KEDA, which the cluster must run.
   *
   * @default - none: `replicas` says how many run
   * @example scaledObject: { maxReplicaCount: 20, itemsPerWorker: 50 }
   */
  readonly scaledObject?: ScaledObjectProps;

  /**
   * Scales the workers by the metric `redis_work_queue_items_waiting` of their queue, by a HorizontalPodAutoscaler. The
   * cluster must serve it as an external metric.
   *
   * @default - none: `replicas` says how many run
   * @example horizontalPodAutoscaler: { minReplicas: 2, maxReplicas: 20, itemsPerWorker: 50 }
   */
  readonly horizontalPodAutoscaler?: HorizontalPodAutoscalerProps;

  /**
   * Name of the Deployment, at most 63 characters. A changed chart changes the Deployment of that name.
   *
   * @default - made from the path of the construct
   * @example deploymentName: 'thumbnails'
   */
  readonly deploymentName?: string;
}
