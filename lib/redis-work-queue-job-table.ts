import { CompletionMode, IdleWorkers } from './completion-mode';
import { checkFailFast } from './fail-fast';
import { FILLER } from './fill';
import { checkIdleWorkers } from './fleet';
import { checkGivenJobName } from './job-name';
import { SpotNodes } from './kubernetes';
import { PROGRAM_FOREIGN, programTable, workQueues } from './pod';
import {
  annotations,
  dottedName,
  flag,
  kueue,
  labels,
  MAX_TIMER_SECONDS,
  milliseconds,
  name,
  payloads,
  pullSecrets,
  QUEUE_NAME,
  queueName,
  rate,
  resources,
  type Shape,
  seconds,
  serviceAccount,
  shape,
  tolerations,
  volumes,
  whole,
  word,
} from './props';
import type { RedisWorkQueueJobProps } from './redis-work-queue-job-props';
import { redisMemory, redisStore } from './store';
import { checkKueue, checkWorkerPods } from './worker-pods';

const PATCH = 'Anything without a prop takes a JSON patch: ApiObject.of(job).addJsonPatch(…).';

const IDS = 'The ids are `user`, `group` and `fsGroup`; the rest is that of Pod Security "restricted". ';

// Names that people give from habit: of Kubernetes, of cdk8s-plus, of another construct. Each says what to write here.
const FOREIGN = {
  ...PROGRAM_FOREIGN,
  name: 'The name of the Job is `jobName`, that of the queue `queueName`.',
  queue: 'It is the name of the queue: queueName: "job2".',
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
  terminationGracePeriodSeconds: 'It is a Duration: terminationGracePeriod: Duration.seconds(30).',
  timeout: 'It is `itemTimeout` for one attempt, `activeDeadline` for the whole Job: Duration.minutes(10).',
  retries: 'The number of attempts for each item is `maxAttempts`; the number of pods that may fail is `backoffLimit`.',
  attempts: 'The number of attempts for each item is `maxAttempts`.',
  containers: `The container is made of \`image\`, \`command\`, \`args\`, \`env\` and \`resources\`. ${PATCH}`,
  initContainers: PATCH,
  template: `The pods are made of flat props. ${PATCH}`,
  spec: `The Job is made of flat props. ${PATCH}`,
  restartPolicy: 'It is always "Never", so that each failure is seen by the podFailurePolicy. Remove it.',
  podFailurePolicy: `The construct sets it. ${PATCH}`,
  securityContext: `${IDS}${PATCH}`,
  runAsUser: 'It is `user`.',
  runAsGroup: 'It is `group`.',
  affinity: `There is \`nodeSelector\`. ${PATCH}`,
  redisUrl: 'It is a store: redis: RedisStore.external(chart, "redis", { host: "redis.example.com" }).',
  redisHost: 'It is a store: redis: RedisStore.external(chart, "redis", { host: "redis.example.com" }).',
  limiter: 'It is `rate`: { items: 100, per: Duration.minutes(1) }.',
  rateLimit: 'It is `rate`: { items: 100, per: Duration.minutes(1) }.',
  memory: 'Workers have `resources`: { memory: { limit } }, the store has `redisMemory`.',
};

/** A pile of work. */
export const JOB: Shape<RedisWorkQueueJobProps> = shape<RedisWorkQueueJobProps>({
  of: 'RedisWorkQueueJob',
  like: '{ queueName: "job2", image: "registry.example/job-wq-2:1" }',
  props: {
    queueName: { is: queueName, required: QUEUE_NAME },
    ...programTable('worker'),
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
    concurrency: { is: whole(1, 10_000) },
    lease: { is: milliseconds(1, 3600) },
    maxAttempts: { is: whole(1, 1_000) },
    itemTimeout: { is: milliseconds(0) },
    rate: { is: rate },
    startTimeout: { is: milliseconds(0) },
    storeTimeout: { is: milliseconds(1) },
    settle: { is: milliseconds(0) },
    gate: { is: flag },
    backoffLimit: { is: whole(0) },
    activeDeadline: { is: seconds(1) },
    ttlAfterFinished: { is: seconds(0) },
    suspend: { is: flag },
    kueue: { is: kueue },
    resources: { is: resources },
    nodeSelector: { is: labels },
    tolerations: { is: tolerations },
    spot: {
      is: word(
        Object.values(SpotNodes),
        'It must be SpotNodes.GKE, .EKS, .KARPENTER or .AKS. Other spot nodes have a `nodeSelector` and `tolerations`.',
      ),
    },
    evictable: { is: flag },
    priorityClassName: { is: dottedName },
    imagePullSecrets: { is: pullSecrets },
    serviceAccount: { is: serviceAccount },
    automountServiceAccountToken: { is: flag },
    volumes: { is: volumes },
    user: { is: whole(1) },
    group: { is: whole(1) },
    fsGroup: { is: whole(1) },
    readOnlyRootFilesystem: { is: flag },
    // The worker counts it too, by a timer.
    terminationGracePeriod: { is: seconds(0, MAX_TIMER_SECONDS) },
    podLabels: { is: labels },
    podAnnotations: { is: annotations },
    jobName: { is: name },
    redis: { is: redisStore },
    redisMemory: {
      is: redisMemory,
      notWith: {
        redis:
          'It is for the default store, and `redis` replaces that. ' +
          'Give it to that store: RedisStore.pod(chart, "redis", { memory }).',
      },
    },
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
