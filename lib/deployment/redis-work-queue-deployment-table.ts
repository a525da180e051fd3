import { name, type Shape, shape, whole } from '../props';
import { checkWorkerPods, EGRESS, EGRESS_FOREIGN, WORKERS, WORKERS_FOREIGN } from '../workers';
import { checkMetricOf, HORIZONTAL_POD_AUTOSCALER } from './horizontal-pod-autoscaler';
import { POD_DISRUPTION_BUDGET } from './pod-disruption-budget';
import type { RedisWorkQueueDeploymentProps } from './redis-work-queue-deployment-props';
import { SCALED_OBJECT } from './scaled-object';
import { STRATEGY } from './strategy';

const PATCH = 'Anything without a prop takes a JSON patch: ApiObject.of(deployment).addJsonPatch(…).';
const FILLED_BY_PRODUCERS =
  'A stream is filled by programs, as they go: new WorkQueue(thumbnails).fill(items). A list of items that ends is for RedisWorkQueueJob.';
const NO_END = 'A stream has no end, and so no verdict. Remove it, or use RedisWorkQueueJob.';
const NO_JOB = 'It is a field of a Job. A Deployment starts its workers again for as long as it is there. Remove it.';

// Names that people give from habit: of Kubernetes, of cdk8s-plus, of RedisWorkQueueJob. Each says what to write here.
const FOREIGN = {
  ...WORKERS_FOREIGN,
  ...EGRESS_FOREIGN,
  name: 'The name of the Deployment is `deploymentName`, that of the queue `queueName`.',
  jobName: 'The name of the Deployment is `deploymentName`.',
  metadata: 'The name is `deploymentName`; the pods have `podLabels` and `podAnnotations`.',
  labels: 'The labels of the pods are `podLabels`; those of all objects are `labels` of the chart.',
  annotations: 'The annotations of the pods are `podAnnotations`.',
  spec: `The Deployment is made of flat props. ${PATCH}`,
  selector: 'The construct sets it. Remove it.',
  parallelism: 'The number of workers is `replicas`.',
  retries: 'The number of attempts for each item is `maxAttempts`.',
  minReplicas: 'It is a part of `horizontalPodAutoscaler`: { minReplicas: 2, maxReplicas: 20 }.',
  maxReplicas:
    'It is a part of `horizontalPodAutoscaler`: { maxReplicas: 20 }; or of `scaledObject`: { maxReplicaCount: 20 }.',
  hpa: 'It is `horizontalPodAutoscaler`: { maxReplicas: 20 }.',
  pdb: 'It is `podDisruptionBudget`: { maxUnavailable: 1 }.',
  revisionHistoryLimit: PATCH,
  progressDeadlineSeconds: `It follows \`minReadySeconds\`. ${PATCH}`,
  autoscaling: 'It is `scaledObject`: { maxReplicaCount: 20 }, or `horizontalPodAutoscaler`: { maxReplicas: 20 }.',
  keda: 'It is `scaledObject`: { maxReplicaCount: 20 }.',
  maxSurge: 'It is a part of `strategy`: { rollingUpdate: { maxSurge: 1 } }.',
  maxUnavailable:
    'It is a part of `strategy`: { rollingUpdate: { maxUnavailable: 0 } }; for drains of nodes, of `podDisruptionBudget`: { maxUnavailable: 1 }.',
  minReady: 'It is `minReadySeconds`, a number: 10.',
  livenessProbe:
    'A worker watches over itself: the lease over its main thread, `itemTimeout` over its handlers. Remove it.',
  readinessProbe: 'A worker serves nobody, so nobody asks whether it is ready. Remove it.',
  restartPolicy: 'In a Deployment it is always "Always". Remove it.',
  items: FILLED_BY_PRODUCERS,
  filler: FILLED_BY_PRODUCERS,
  seal: NO_END,
  settle: NO_END,
  failFast: NO_END,
  tolerateDeadLetters: NO_END,
  startTimeout: 'A worker of a stream waits for its first item for as long as it takes. Remove it.',
  gate: 'A worker of a stream waits for items by itself. Remove it.',
  cliResources: 'A stream has neither gate nor fill, so nothing runs redis-cli. Remove it.',
  after: 'A stream waits for no other queue. Remove it, or use RedisWorkQueueJob.',
  completionMode: NO_JOB,
  completions: NO_JOB,
  idleWorkers: NO_JOB,
  backoffLimit: NO_JOB,
  activeDeadline: NO_JOB,
  activeDeadlineSeconds: NO_JOB,
  ttlAfterFinished: NO_JOB,
  ttlSecondsAfterFinished: NO_JOB,
  podFailurePolicy: NO_JOB,
  suspend: 'To pause a stream, set replicas: 0, or run rwq pause.',
  kueue: 'Kueue admits Jobs. Remove it.',
};

const SCALED = (by: string) => `It is given beside \`${by}\`, which says how many workers run. Remove it.`;

/** The workers of a stream. */
export const DEPLOYMENT: Shape<RedisWorkQueueDeploymentProps> = shape<RedisWorkQueueDeploymentProps>({
  of: 'RedisWorkQueueDeployment',
  like: '{ queueName: "job2", image: "registry.example/job-wq-2:1" }',
  props: {
    ...WORKERS,
    ...EGRESS,
    replicas: {
      is: whole(0, 100_000),
      notWith: {
        scaledObject: SCALED('scaledObject'),
        horizontalPodAutoscaler: SCALED('horizontalPodAutoscaler'),
      },
    },
    strategy: { is: STRATEGY },
    minReadySeconds: { is: whole(0, 86_400) },
    podDisruptionBudget: { is: POD_DISRUPTION_BUDGET },
    scaledObject: {
      is: SCALED_OBJECT,
      notWith: {
        horizontalPodAutoscaler:
          'It is given beside `horizontalPodAutoscaler`, and the two would scale against each other. Remove one.',
      },
      shown: () => 'given',
    },
    horizontalPodAutoscaler: { is: HORIZONTAL_POD_AUTOSCALER },
    deploymentName: { is: name },
  },
  foreign: FOREIGN,
  together(props, at) {
    checkWorkerPods(props, at);
    if (props.horizontalPodAutoscaler) checkMetricOf(props.queue?.name ?? (props.queueName as string), at);
  },
});
