import type { FillJobProps } from '../fill/fill-job';
import type { QueueFiller } from '../fill/queue-filler';
import { SERVICE_NAME, STATEFUL_SET_NAME } from '../kubernetes/kubernetes-syntax';
import type { RedisWorkQueueJobProps } from '../redis-work-queue-job-props';
import {
  type ExternalRedisProps,
  type MadeRedisProps,
  type PersistentRedisProps,
  type RedisPodProps,
  ServiceDiscovery,
} from '../store/redis-store-props';
import { BUNDLING } from './bundling';
import * as foreign from './foreign';
import { checkGivenJobName } from './job-name';
import {
  annotations,
  args,
  batch,
  command,
  dottedName,
  file,
  flag,
  HOST,
  host,
  image,
  labels,
  MAX_TIMER_SECONDS,
  milliseconds,
  name,
  payloads,
  QUEUE_NAME,
  queueName,
  seconds,
  size,
  string,
  whole,
  word,
} from './kinds';
import {
  environment,
  pullSecrets,
  redisStore,
  resources,
  secretValue,
  serviceAccount,
  tolerations,
  volumes,
} from './nested';
import { type Shape, shape, type Table } from './shape';

// What each construct takes, a row a prop. Its door reads the props by the table, before anything is made; what
// renders them relies on it.

const ENTRY_BRINGS = 'It is given beside `entry`, which brings its own.';
const NO_ENTRY = 'It is the image for an `entry`, and there is none.';

const NO_BUNDLE = 'It says how an `entry` is bundled, and there is none.';

const nameTheImage = (kind: string) =>
  `Name the image of the ${kind}, "registry.example/job-wq-2:1", or give \`entry\`, a TypeScript file: "./${kind}.ts".`;

/** A program that fills a queue. */
export const FILLER: Shape<QueueFiller> = shape<QueueFiller>({
  of: 'A filler',
  like: '{ entry: "./filler.ts" }',
  props: {
    image: {
      is: image,
      requiredWithout: { entry: nameTheImage('filler') },
      notWith: { entry: `${ENTRY_BRINGS} Use one of them; \`nodeImage\` is what an \`entry\` runs on.` },
    },
    entry: { is: file },
    nodeImage: { is: image, onlyWith: { entry: NO_ENTRY } },
    bundling: { is: BUNDLING, onlyWith: { entry: NO_BUNDLE }, shown: () => 'given' },
    command: {
      is: command,
      notWith: { entry: `${ENTRY_BRINGS} \`args\` go to the script.` },
      shown: (words) => words.join(' '),
    },
    args: { is: args },
    env: { is: environment },
    batch: { is: batch },
    backoffLimit: { is: whole(0) },
    resources: { is: resources },
    volumes: { is: volumes },
    readOnlyRootFilesystem: { is: flag },
    imagePullSecrets: { is: pullSecrets },
    serviceAccount: { is: serviceAccount },
    automountServiceAccountToken: { is: flag },
  },
  foreign: foreign.FILLER,
});

/** A pile of work. */
export const JOB: Shape<RedisWorkQueueJobProps> = shape<RedisWorkQueueJobProps>({
  of: 'RedisWorkQueueJob',
  like: '{ queueName: "job2", image: "registry.example/job-wq-2:1" }',
  props: {
    queueName: { is: queueName, required: QUEUE_NAME },
    image: {
      is: image,
      requiredWithout: { entry: nameTheImage('worker') },
      notWith: { entry: `${ENTRY_BRINGS} Use one of them; \`nodeImage\` is what an \`entry\` runs on.` },
    },
    entry: { is: file },
    nodeImage: { is: image, onlyWith: { entry: NO_ENTRY } },
    bundling: { is: BUNDLING, onlyWith: { entry: NO_BUNDLE }, shown: () => 'given' },
    command: {
      is: command,
      notWith: { entry: `${ENTRY_BRINGS} \`args\` go to the script.` },
      shown: (words) => words.join(' '),
    },
    args: { is: args },
    env: { is: environment },
    parallelism: { is: whole(1, 100_000) },
    concurrency: { is: whole(1, 10_000) },
    lease: { is: milliseconds(1, 3600) },
    maxAttempts: { is: whole(1, 1_000) },
    itemTimeout: { is: milliseconds(0) },
    startTimeout: { is: milliseconds(0) },
    storeTimeout: { is: milliseconds(1) },
    settle: { is: milliseconds(0) },
    gate: { is: flag },
    backoffLimit: { is: whole(0) },
    activeDeadline: { is: seconds(1) },
    ttlAfterFinished: { is: seconds(0) },
    suspend: { is: flag },
    resources: { is: resources },
    nodeSelector: { is: labels },
    tolerations: { is: tolerations },
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
      is: redisMemory(),
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
  },
  foreign: foreign.JOB,
  together: checkGivenJobName,
});

/** A list of items that fills a queue. */
export const FILL_JOB: Shape<FillJobProps> = shape<FillJobProps>({
  of: 'FillJob',
  like: '{ name: "fill", queueName: "job2", items: ["apple"], redis }',
  props: {
    name: { is: name, required: 'It must name the Job: "fill".' },
    queueName: { is: queueName, required: QUEUE_NAME },
    items: { is: payloads, required: 'It must be an array of strings: ["apple", "banana"].' },
    redis: {
      is: redisStore,
      required: 'It must be the store that holds the queue: RedisStore.pod(chart, "redis").',
    },
    storeTimeout: { is: milliseconds(1) },
    ttlAfterFinished: { is: seconds(0) },
    imagePullSecrets: { is: pullSecrets },
    nodeSelector: { is: labels },
    tolerations: { is: tolerations },
    priorityClassName: { is: dottedName },
    labels: { is: labels },
  },
  foreign: foreign.FILL_JOB,
});

function redisMemory() {
  return size(64, 'Redis needs at least 64 MiB: Size.mebibytes(64).');
}

const MADE: Table<MadeRedisProps> = {
  image: { is: image },
  memory: { is: redisMemory() },
  password: { is: secretValue },
  serviceName: { is: string(SERVICE_NAME) },
  discovery: {
    is: word(
      [ServiceDiscovery.DNS, ServiceDiscovery.ENVIRONMENT],
      'It must be ServiceDiscovery.DNS or ServiceDiscovery.ENVIRONMENT.',
    ),
  },
  networkPolicy: { is: flag },
  imagePullSecrets: { is: pullSecrets },
  nodeSelector: { is: labels },
  tolerations: { is: tolerations },
  priorityClassName: { is: dottedName },
};

/** A store in a Pod. */
export const REDIS_POD: Shape<RedisPodProps> = shape<RedisPodProps>({
  of: 'RedisStore.pod',
  like: '{ memory: Size.mebibytes(256) }',
  props: { ...MADE, podName: { is: name } },
  foreign: foreign.REDIS_POD,
});

/** A store in a StatefulSet. */
export const PERSISTENT_REDIS: Shape<PersistentRedisProps> = shape<PersistentRedisProps>({
  of: 'RedisStore.persistent',
  like: '{ storage: Size.gibibytes(10) }',
  props: {
    ...MADE,
    statefulSetName: { is: string(STATEFUL_SET_NAME) },
    storage: { is: size() },
    storageClassName: { is: dottedName },
  },
  foreign: foreign.PERSISTENT_REDIS,
});

/** A store that exists. */
export const EXTERNAL_REDIS: Shape<ExternalRedisProps> = shape<ExternalRedisProps>({
  of: 'RedisStore.external',
  like: '{ host: "redis.example.com" }',
  props: {
    host: { is: host, required: HOST },
    port: { is: whole(1, 65_535) },
    tls: { is: flag, requiredWith: { certificateAuthorities: '`certificateAuthorities` needs TLS: set `tls: true`.' } },
    certificateAuthorities: { is: secretValue },
    username: { is: secretValue },
    password: {
      is: secretValue,
      requiredWith: { username: 'A user needs one: set `password`, or leave `username` out.' },
    },
    image: { is: image },
    imageHasAuthorities: { is: flag },
    imagePullSecrets: { is: pullSecrets },
  },
  foreign: {
    ...Object.fromEntries(
      [REDIS_POD, PERSISTENT_REDIS].flatMap(({ props }) => Object.keys(props).map((name) => [name, foreign.MADE])),
    ),
    ...foreign.EXTERNAL_REDIS,
  },
});
