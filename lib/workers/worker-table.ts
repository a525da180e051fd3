import { AGENT, AGENT_FOREIGN } from '../agent';
import { COMMAND, COMMAND_FOREIGN } from '../command';
import { SpotNodes } from '../kubernetes';
import { LogFormat, PROGRAM_FOREIGN, programTable } from '../pod';
import {
  flag,
  MAX_TIMER_SECONDS,
  milliseconds,
  PODS,
  PODS_FOREIGN,
  QUEUE,
  rate,
  seconds,
  serviceAccount,
  type Table,
  whole,
  word,
} from '../props';
import { redisMemory, redisStore } from '../store';
import type { WorkerProps } from './worker-props';

const BY_NAMESPACE = { idsFromNamespace: '`idsFromNamespace` leaves it to the namespace. Remove one of them.' };

/** The props of the workers of a queue. */
export const WORKERS: Table<WorkerProps> = {
  ...QUEUE,
  ...programTable('worker'),
  ...AGENT,
  ...COMMAND,
  concurrency: { is: whole(1, 10_000) },
  lease: { is: milliseconds(1, 3600) },
  maxAttempts: { is: whole(1, 1_000) },
  itemTimeout: { is: milliseconds(0) },
  rate: { is: rate },
  storeTimeout: { is: milliseconds(1) },
  logFormat: { is: word(Object.values(LogFormat), 'It must be LogFormat.JSON or LogFormat.TEXT.') },
  ...PODS,
  spot: {
    is: word(
      Object.values(SpotNodes),
      'It must be SpotNodes.GKE, .EKS, .KARPENTER or .AKS. Other spot nodes have a `nodeSelector` and `tolerations`.',
    ),
  },
  evictable: { is: flag },
  serviceAccount: { is: serviceAccount },
  automountServiceAccountToken: { is: flag },
  user: { is: whole(1), notWith: BY_NAMESPACE },
  group: { is: whole(1), notWith: BY_NAMESPACE },
  fsGroup: { is: whole(1), notWith: BY_NAMESPACE },
  // The worker counts it too, by a timer.
  terminationGracePeriod: { is: seconds(0, MAX_TIMER_SECONDS) },
  redis: { is: redisStore },
  redisMemory: {
    is: redisMemory,
    notWith: {
      redis:
        'It is for the default store, and `redis` replaces that. ' +
        'Give it to that store: RedisStore.pod(chart, "redis", { memory }).',
    },
  },
};

/** What to do where there is no prop. */
export const PATCH = 'Anything without a prop takes a JSON patch: ApiObject.of(job).addJsonPatch(…).';

const OF_STORE =
  'The default store has `redisMemory`. Another one has more: redis: RedisStore.pod(chart, "redis", { cpu, memory }).';

/** Names that people give to workers from habit: of Kubernetes, of cdk8s-plus, of another construct. Each says what to write here. */
export const WORKERS_FOREIGN = {
  ...PODS_FOREIGN,
  ...PROGRAM_FOREIGN,
  ...AGENT_FOREIGN,
  ...COMMAND_FOREIGN,
  terminationGracePeriodSeconds: 'It is a Duration: terminationGracePeriod: Duration.seconds(30).',
  retries: 'The number of attempts for each item is `maxAttempts`; the number of pods that may fail is `backoffLimit`.',
  attempts: 'The number of attempts for each item is `maxAttempts`.',
  containers: `Further ones are \`sidecars\` and \`initContainers\`; that of the worker is made of \`image\`, \`command\`, \`args\`, \`env\` and \`resources\`. ${PATCH}`,
  template: `The pods are made of flat props. ${PATCH}`,
  runAsUser: 'It is `user`.',
  runAsGroup: 'It is `group`.',
  redisUrl: 'It is a store: redis: RedisStore.external(chart, "redis", { host: "redis.example.com" }).',
  redisHost: 'It is a store: redis: RedisStore.external(chart, "redis", { host: "redis.example.com" }).',
  redisCpu: OF_STORE,
  redisResources: OF_STORE,
  limiter: 'It is `rate`: { items: 100, per: Duration.minutes(1) }.',
  rateLimit: 'It is `rate`: { items: 100, per: Duration.minutes(1) }.',
  memory: 'Workers have `resources`: { memory: { limit } }, the store has `redisMemory`.',
};
