// Names that people give from habit: of Kubernetes, of cdk8s-plus, of another construct. Each says what to write here.

const PATCH = 'Anything without a prop takes a JSON patch: ApiObject.of(job).addJsonPatch(…).';

const PROGRAM = {
  environment: "Variables are `env`: { BUCKET: kplus.EnvValue.fromValue('fruit') }.",
  envVariables: "Variables are `env`: { BUCKET: kplus.EnvValue.fromValue('fruit') }.",
  envFrom: "Name each variable in `env`: { TOKEN: kplus.EnvValue.fromSecretValue({ secret, key: 'token' }) }.",
  volumeMounts: 'Volumes and where they are mounted are one: volumes: [{ path: "/cache", volume }].',
  serviceAccountName:
    'It is an object: serviceAccount: kplus.ServiceAccount.fromServiceAccountName(chart, "account", "worker").',
  imagePullSecret: 'It is a list: imagePullSecrets: [kplus.Secret.fromSecretName(chart, "registry", "regcred")].',
};

const IDS = 'The ids are `user`, `group` and `fsGroup`; the rest is that of Pod Security "restricted". ';

export const JOB = {
  ...PROGRAM,
  name: 'The name of the Job is `jobName`, that of the queue `queueName`.',
  queue: 'It is the name of the queue: queueName: "job2".',
  metadata: 'The name is `jobName`; the pods have `podLabels` and `podAnnotations`.',
  labels: 'The labels of the pods are `podLabels`; those of all objects are `labels` of the chart.',
  annotations: 'The annotations of the pods are `podAnnotations`.',
  replicas: 'The number of workers is `parallelism`.',
  completions: 'A Job that works through a queue has none; the number of workers is `parallelism`.',
  completionMode: `Workers of a queue have no index. ${PATCH}`,
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
  memory: 'Workers have `resources`: { memory: { limit } }, the store has `redisMemory`.',
};

const OF_THE_JOB = 'The fill uses that of the Job: give it there, beside `filler`.';

export const FILLER = {
  ...PROGRAM,
  nodeSelector: OF_THE_JOB,
  tolerations: OF_THE_JOB,
  priorityClassName: OF_THE_JOB,
  storeTimeout: OF_THE_JOB,
  ttlAfterFinished: OF_THE_JOB,
  user: OF_THE_JOB,
  group: OF_THE_JOB,
  fsGroup: OF_THE_JOB,
  redis: OF_THE_JOB,
  queueName: OF_THE_JOB,
  batchId: 'It is `batch`.',
};

export const FILL_JOB = {
  jobName: 'It is `name`.',
  queue: 'It is the name of the queue: queueName: "job2".',
  image: 'It runs the image of the store: give it there.',
  ttlSecondsAfterFinished: JOB.ttlSecondsAfterFinished,
};

const MADE_STORE = {
  resources: 'The size of a store is `memory`: Size.mebibytes(256).',
  maxmemory: 'The size of a store is `memory`: Size.mebibytes(256).',
  replicas: 'A store is one Redis. Remove it.',
  imagePullSecret: PROGRAM.imagePullSecret,
};

const EXISTS = 'It tells where a Redis is, and this one is made. Remove it, or use RedisStore.external.';
const OF_A_SERVER = { host: EXISTS, port: EXISTS, tls: EXISTS, url: EXISTS, certificateAuthorities: EXISTS };
const NO_USER = 'A made store has no users but the default one. Remove it; `password` is that of all clients.';

export const REDIS_POD = {
  ...MADE_STORE,
  ...OF_A_SERVER,
  username: NO_USER,
  name: 'The name of the Pod is `podName`, that of the Service `serviceName`.',
  statefulSetName: 'It is a prop of RedisStore.persistent; a Pod has `podName`.',
  storage:
    'It is a prop of RedisStore.persistent; the data of a Pod lives only as long as the Pod. Remove it, or use RedisStore.persistent.',
  storageClassName:
    'It is a prop of RedisStore.persistent; a Pod has no volume claim. Remove it, or use RedisStore.persistent.',
};

export const PERSISTENT_REDIS = {
  ...MADE_STORE,
  ...OF_A_SERVER,
  username: NO_USER,
  name: 'The name of the StatefulSet is `statefulSetName`, that of the Service `serviceName`.',
  podName: 'It is a prop of RedisStore.pod; here it is `statefulSetName`.',
  size: 'It is `storage`: Size.gibibytes(10).',
};

/** What an external store says to the props of a made one. */
export const MADE =
  'It is a prop of stores that are made, and an external one is not. Remove it, or use RedisStore.pod or .persistent.';

export const EXTERNAL_REDIS = {
  url: 'Take it apart: host: "redis.example.com", port: 6379, and tls: true for rediss://.',
  user: 'It is `username`, a key of a Secret: { secret, key: "user" }.',
  ca: 'It is `certificateAuthorities`, a key of a Secret: { secret, key: "ca.crt" }.',
};
