import { join } from 'node:path';
import { ApiObject, App, Chart, Duration, JsonPatch, Size, Testing } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { MODELS } from '../../test/manifest-models';
import { podProps } from '../../test/pod-props';
import { ENV } from '../../worker/contract';
import {
  type AgentProps,
  CLIENT_LABEL,
  type CommandProps,
  CompletionMode,
  type EntryBundle,
  type FillerJob,
  type FillJob,
  IdleWorkers,
  LogFormat,
  RedisStore,
  RedisWorkQueueJob,
  type RedisWorkQueueJobProps,
  ServiceDiscovery,
  SpotNodes,
} from '..';

/** Props that others exclude; they have tests of their own. */
type Excluded =
  | ('queue' | 'redisMemory' | 'kueue' | 'entry' | 'nodeImage' | 'bundling' | 'filler' | 'idsFromNamespace')
  | (keyof AgentProps | keyof CommandProps);

const WORKER = join(__dirname, '../../examples/walkthrough/worker.ts');

const MINIMAL = { queueName: 'job2', image: 'registry.example/job-wq-2:1' };

function everything(chart: Chart): Omit<Required<RedisWorkQueueJobProps>, Excluded> {
  const { idsFromNamespace: _, ...pods } = podProps(chart);
  return {
    ...MINIMAL,
    ...pods,
    command: ['node'],
    args: ['worker.js'],
    imagePullPolicy: 'Always',
    envFrom: [
      { configMapRef: { name: 'settings' } },
      kplus.Env.fromSecret(kplus.Secret.fromSecretName(chart, 'e', 'e')),
    ],
    env: {
      SIZE: 3,
      BUCKET: kplus.EnvValue.fromValue('fruit'),
      TOKEN: kplus.EnvValue.fromSecretValue({ secret: kplus.Secret.fromSecretName(chart, 'api', 'api'), key: 'token' }),
    },
    parallelism: 4,
    completionMode: CompletionMode.INDEXED,
    idleWorkers: IdleWorkers.LEAVE,
    concurrency: 8,
    lease: Duration.seconds(20),
    maxAttempts: 5,
    itemTimeout: Duration.minutes(1),
    rate: { items: 100, per: Duration.minutes(1) },
    startTimeout: Duration.minutes(2),
    storeTimeout: Duration.minutes(3),
    logFormat: LogFormat.JSON,
    settle: Duration.seconds(10),
    gate: true,
    backoffLimit: 12,
    activeDeadline: Duration.hours(1),
    ttlAfterFinished: Duration.days(1),
    suspend: true,
    egressPolicy: true,
    egressRules: [{ to: [{ ipBlock: { cidr: '192.0.2.0/24' } }], ports: [{ port: 443 }] }],
    resources: {
      cpu: { request: kplus.Cpu.units(1), limit: kplus.Cpu.millis(2000) },
      memory: { request: Size.mebibytes(512), limit: Size.gibibytes(1) },
      ephemeralStorage: { request: Size.gibibytes(1), limit: Size.gibibytes(2) },
      extended: { 'nvidia.com/gpu': 1 },
    },
    cliResources: { cpu: { limit: kplus.Cpu.millis(100) }, memory: { limit: Size.mebibytes(32) } },
    lifecycle: { preStop: { sleep: { seconds: 1 } } },
    securityContext: { runAsUser: 10004, capabilities: { add: ['NET_BIND_SERVICE'] } },
    initContainers: [{ name: 'model', image: 'model' }],
    sidecars: [{ name: 'proxy', image: 'proxy', startupProbe: { tcpSocket: { port: 5432 } } }],
    spot: SpotNodes.AKS,
    evictable: false,
    serviceAccount: kplus.ServiceAccount.fromServiceAccountName(chart, 'account', 'fruit'),
    automountServiceAccountToken: true,
    volumeMounts: [
      { mountPath: '/cache', volume: kplus.Volume.fromEmptyDir(chart, 'cache', 'cache') },
      {
        mountPath: '/config',
        readOnly: true,
        subPath: 'a',
        volume: kplus.Volume.fromConfigMap(chart, 'v', kplus.ConfigMap.fromConfigMapName(chart, 'c', 'c')),
      },
    ],
    user: 10001,
    group: 10002,
    fsGroup: 10003,
    readOnlyRootFilesystem: true,
    terminationGracePeriod: Duration.minutes(2),
    jobName: 'fruit',
    jobLabels: { 'example.com/cost-center': '4711' },
    jobAnnotations: { 'argocd.argoproj.io/sync-wave': '1' },
    fillPod: { priorityClassName: 'high' },
    redis: RedisStore.external(chart, 'redis', { host: 'redis.example.com' }),
    items: ['apple', 'banana', 'cherry', 'date'],
    tolerateDeadLetters: true,
    after: [
      {
        queueName: 'trees',
        redis: RedisStore.external(chart, 'other', { host: 'trees.example.com' }),
        batch: 'spring',
        tolerateDeadLetters: true,
        settle: Duration.seconds(5),
      },
    ],
    failFast: false,
    followUps: false,
  };
}

// A prop without a value above does not compile.
const chart = () => Testing.chart();
const synth = (props: Partial<RedisWorkQueueJobProps> = {}, of = chart()) => {
  new RedisWorkQueueJob(of, 'fruit', { ...MINIMAL, jobName: 'fruit', ...props });
  return Testing.synth(of);
};
const jobOf = (objects: { kind: string; metadata: { name: string } }[], name = 'fruit') =>
  // biome-ignore lint/suspicious/noExplicitAny: manifests have no type
  objects.find((object) => object.kind === 'Job' && object.metadata.name === name) as any;
const environmentOf = (objects: never[]) => jobOf(objects).spec.template.spec.containers[0].env;

test('with everything set', () => {
  const of = chart();
  expect(jobOf(synth(everything(of), of))).toMatchSnapshot();
});

test('with nothing set: what is unset stays out', () => {
  const job = jobOf(synth());
  expect(job).toMatchSnapshot();
  expect(job.spec).not.toHaveProperty('completions');
});

test.each([
  ['with a gate', {}, 'fruit', { worker: [80, 81, 82, 83], gate: [80, 81, 82, 83] }],
  ['without a gate', { gate: false }, 'fruit', { worker: [80, 81, 82, 83] }],
  ['a fill of items', { items: ['a'] }, 'fruit-fill', { fill: [81, 82] }],
  ['a filler', { filler: { image: 'filler' } }, 'fruit-fill', { fill: [81, 82], seal: [81, 82] }],
])('the podFailurePolicy: disruptions first, and each other rule names its container: %s', (_, props, name, codes) => {
  const { podFailurePolicy, template } = jobOf(synth(props), name).spec;
  const on = (containerName: string, values: number[]) => ({
    onExitCodes: { containerName, operator: 'In', values },
  });
  expect(podFailurePolicy.rules).toEqual([
    { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
    ...Object.entries(codes).map(([container, values]) => ({ action: 'FailJob', ...on(container, values) })),
    ...Object.keys(codes).map((container) => ({ action: 'Ignore', ...on(container, [143]) })),
  ]);
  const containers = [...(template.spec.initContainers ?? []), ...template.spec.containers];
  expect(Object.keys(codes).sort()).toEqual(containers.map((container: { name: string }) => container.name).sort());
});

test('the backoff limit tolerates ten items that crash their worker', () => {
  expect(jobOf(synth()).spec.backoffLimit).toBe(30);
  expect(jobOf(synth({ maxAttempts: 5 })).spec.backoffLimit).toBe(50);
  expect(jobOf(synth({ maxAttempts: 5, backoffLimit: 0 })).spec.backoffLimit).toBe(0);
});

test('parallelism is always there: without it, Kubernetes would set completions', () => {
  expect(jobOf(synth()).spec.parallelism).toBe(1);
});

test('gate: false takes the init container, its script and its promise away', () => {
  const objects = synth({ gate: false, items: ['a'] });
  expect(jobOf(objects).spec.template.spec).not.toHaveProperty('initContainers');
  expect(environmentOf(objects as never[])).not.toContainEqual(expect.objectContaining({ name: ENV.gate }));
  expect(objects.map(({ metadata }) => metadata.name)).not.toContain('fruit-gate');
});

test('gate, fill and worker agree on the batch', () => {
  const objects = synth({ items: ['a'] });
  const pods = [jobOf(objects), jobOf(objects, 'fruit-fill')].map((job) => job.spec.template.spec);
  const batches = pods
    .flatMap((pod) => [...(pod.initContainers ?? []), ...pod.containers])
    .map((container) => container.env.find((variable: { name: string }) => variable.name === ENV.batch).value);
  expect(batches).toHaveLength(3);
  expect(new Set(batches).size).toBe(1);
});

test('Kubernetes expands nothing in the name of a queue or of a batch', () => {
  const objects = synth({ queueName: '$(REDIS_URL)$$', filler: { image: 'filler', batch: '$(HOSTNAME)' } });
  const pods = [jobOf(objects), jobOf(objects, 'fruit-fill')].map((job) => job.spec.template.spec);
  const containers = pods.flatMap((pod) => [...pod.initContainers, ...pod.containers]);
  expect(containers).toHaveLength(4);
  for (const { env } of containers) {
    expect(env).toContainEqual({ name: ENV.queue, value: '$$(REDIS_URL)$$$$' });
    expect(env).toContainEqual({ name: ENV.batch, value: '$$(HOSTNAME)' });
  }
});

test('other items are another batch, in ConfigMaps of other names', () => {
  const names = (items: string[]) => synth({ items }).map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  const [one, other] = [names(['a']), names(['b'])];
  expect(one.filter((name) => !other.includes(name))).toEqual([expect.stringMatching(/^ConfigMap fruit-fill-.*-0$/)]);
});

test('an empty list is filled and sealed too', () => {
  const objects = synth({ items: [] });
  expect(jobOf(objects, 'fruit-fill').spec.template.spec.volumes).toEqual([
    { name: 'scripts', configMap: { name: 'fruit-fill' } },
  ]);
});

test('the fill is not suspended, and kept as long as the Job', () => {
  const { spec } = jobOf(synth({ items: ['a'], suspend: true, ttlAfterFinished: Duration.hours(1) }), 'fruit-fill');
  expect(spec.suspend).toBeUndefined();
  expect(spec.ttlSecondsAfterFinished).toBe(3600);
});

test.each([
  ['items', { items: ['a'] }],
  ['a filler', { filler: { image: 'filler' } }],
])('the fill of %s runs where the workers do', (_, fill) => {
  const of = chart();
  const { nodeSelector, tolerations, priorityClassName, imagePullSecrets } = everything(of);
  const objects = synth({ nodeSelector, tolerations, priorityClassName, imagePullSecrets, ...fill }, of);
  const [workers, filling] = [jobOf(objects), jobOf(objects, 'fruit-fill')].map((job) => job.spec.template.spec);
  for (const field of ['nodeSelector', 'tolerations', 'priorityClassName', 'imagePullSecrets']) {
    expect(workers[field]).toBeDefined();
    expect(filling[field]).toEqual(workers[field]);
  }
});

test.each([
  ['a worker alone', {}],
  ['items', { items: ['a'] }],
])('the store that is made by default runs where its workers do: %s', (_, fill) => {
  const of = chart();
  const { nodeSelector, tolerations, priorityClassName, imagePullSecrets } = everything(of);
  const objects = synth({ nodeSelector, tolerations, priorityClassName, imagePullSecrets, ...fill }, of);
  const store = objects.find(({ kind }) => kind === 'Pod').spec;
  const workers = jobOf(objects).spec.template.spec;
  for (const field of ['nodeSelector', 'priorityClassName', 'imagePullSecrets']) {
    expect(store[field]).toBeDefined();
    expect(store[field]).toEqual(workers[field]);
  }
  // Workers and fill leave a lost node soon; the store waits for it as long as Kubernetes does.
  expect(store.tolerations).toEqual([expect.objectContaining({ key: 'gpu', effect: 'NoExecute' })]);
  expect(workers.tolerations.slice(0, 1)).toEqual(store.tolerations);
});

test('a store that is given runs where its own props say', () => {
  const of = chart();
  const { nodeSelector, tolerations, priorityClassName } = everything(of);
  const redis = RedisStore.persistent(of, 'store', { priorityClassName: 'higher' });
  const objects = synth({ nodeSelector, tolerations, priorityClassName, redis }, of);
  const { template } = objects.find(({ kind }) => kind === 'StatefulSet').spec;
  expect(template.spec).toMatchObject({ priorityClassName: 'higher' });
  for (const field of ['nodeSelector', 'tolerations']) expect(template.spec).not.toHaveProperty(field);
});

describe('Secrets to pull images with', () => {
  const secretsOf = (objects: never[], name: string) => jobOf(objects, name).spec.template.spec.imagePullSecrets;
  const secrets = (of: Chart, ...names: string[]) =>
    names.map((name) => kplus.Secret.fromSecretName(of, `of-${of.node.children.length}`, name));

  test.each([
    ['items', { items: ['a'] }],
    ['a filler', { filler: { image: 'filler' } }],
  ])('those of the store go to each pod that runs its image: %s', (_, fill) => {
    for (const kind of ['pod', 'persistent', 'external'] as const) {
      const of = chart();
      const imagePullSecrets = secrets(of, 'store', 'shared');
      const redis = RedisStore[kind](of, 'store', {
        ...(kind === 'external' && { host: 'redis' }),
        imagePullSecrets,
      } as never);
      const objects = synth({ redis, imagePullSecrets: secrets(of, 'queue', 'shared'), ...fill }, of) as never[];
      const all = [{ name: 'queue' }, { name: 'shared' }, { name: 'store' }];
      expect(secretsOf(objects, 'fruit')).toEqual(all);
      expect(secretsOf(objects, 'fruit-fill')).toEqual(all);
    }
  });

  test('a pod without a gate does not need those of the store', () => {
    const of = chart();
    const redis = RedisStore.pod(of, 'store', { imagePullSecrets: secrets(of, 'store') });
    const objects = synth({ redis, imagePullSecrets: secrets(of, 'queue'), gate: false }, of) as never[];
    expect(secretsOf(objects, 'fruit')).toEqual([{ name: 'queue' }]);
  });

  test('a filler may have some of its own', () => {
    const of = chart();
    const redis = RedisStore.pod(of, 'store', { imagePullSecrets: secrets(of, 'store') });
    const filler = { image: 'filler', imagePullSecrets: secrets(of, 'own') };
    const objects = synth({ redis, filler, imagePullSecrets: secrets(of, 'queue') }, of) as never[];
    expect(secretsOf(objects, 'fruit-fill')).toEqual([{ name: 'own' }, { name: 'store' }]);
  });

  test('without any, those of the service account are left to work', () => {
    const objects = synth({ items: ['a'], imagePullSecrets: [] }) as never[];
    for (const name of ['fruit', 'fruit-fill']) expect(secretsOf(objects, name)).toBeUndefined();
  });
});

test('fills, too, leave a lost node soon', () => {
  const { tolerations } = jobOf(synth({ items: ['a'] }), 'fruit-fill').spec.template.spec;
  expect(tolerations.map(({ key }: { key: string }) => key)).toEqual([
    'node.kubernetes.io/not-ready',
    'node.kubernetes.io/unreachable',
  ]);
});

test('an empty key stands for every taint, also that of a lost node', () => {
  const tolerations = [{ key: '', operator: 'Exists' }];
  expect(jobOf(synth({ tolerations })).spec.template.spec.tolerations).toEqual(tolerations);
});

test('what Kubernetes alone counts may be longer than a timer of Node can wait', () => {
  const tolerations = [{ key: 'a', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 3_456_000 }];
  const job = jobOf(synth({ activeDeadline: Duration.days(30), ttlAfterFinished: Duration.days(365), tolerations }));
  expect(job.spec).toMatchObject({ activeDeadlineSeconds: 2_592_000, ttlSecondsAfterFinished: 31_536_000 });
  expect(job.spec.template.spec.tolerations[0].tolerationSeconds).toBe(3_456_000);
});

test("a toleration for a lost node takes the place of the construct's own", () => {
  const key = 'node.kubernetes.io/unreachable';
  const tolerations = [{ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 600 }];
  const rendered = jobOf(synth({ tolerations })).spec.template.spec.tolerations;
  expect(rendered.filter((toleration: { key: string }) => toleration.key === key)).toEqual([
    { key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 600 },
  ]);
  expect(rendered).toHaveLength(2);
});

test('a variable that is not set at synth has no value, as in cdk8s-plus', () => {
  const env = environmentOf(synth({ env: { A: kplus.EnvValue.fromProcess('NOBODY_SETS_THIS') } }) as never[]);
  expect(env.at(-1)).toEqual({ name: 'A' });
});

test('labels of the chart reach the pod templates', () => {
  const of = new Chart(Testing.app(), 'test', { labels: { 'example.com/owner': 'me' } });
  for (const object of synth({ items: ['a'] }, of)) {
    expect(object.metadata.labels).toHaveProperty(['example.com/owner'], 'me');
    if (object.spec?.template) expect(object.spec.template.metadata.labels).toHaveProperty(['example.com/owner'], 'me');
  }
});

test('clients carry the label that the NetworkPolicy asks for', () => {
  const objects = synth({ items: ['a'] });
  const policy = objects.find(({ kind }) => kind === 'NetworkPolicy');
  const [key, value] = Object.entries(policy.spec.ingress[0].from[0].podSelector.matchLabels)[0] as [string, string];
  for (const job of [jobOf(objects), jobOf(objects, 'fruit-fill')]) {
    expect(job.spec.template.metadata.labels[key]).toBe(value);
  }
});

test('without DNS, clients find the store by the variables of its Service', () => {
  const of = chart();
  const redis = RedisStore.pod(of, 'redis', { serviceName: 'my-redis', discovery: ServiceDiscovery.ENVIRONMENT });
  const objects = synth({ redis, items: ['a'] }, of);
  for (const job of [jobOf(objects), jobOf(objects, 'fruit-fill')]) {
    expect(job.spec.template.spec.enableServiceLinks).toBe(true);
    expect(job.spec.template.spec.containers[0].env[0]).toEqual({
      name: 'REDIS_URL',
      value: 'redis://$(MY_REDIS_SERVICE_HOST):$(MY_REDIS_SERVICE_PORT)',
    });
  }
});

test('credentials go by Secret reference, authorities by a mounted Secret', () => {
  const of = chart();
  const secret = kplus.Secret.fromSecretName(of, 'credentials', 'credentials');
  const redis = RedisStore.external(of, 'redis', {
    host: 'redis.example.com',
    tls: true,
    username: { secret, key: 'user' },
    password: { secret, key: 'password' },
    certificateAuthorities: { secret, key: 'ca.crt' },
  });
  const objects = synth({ redis, items: ['a'] }, of);
  for (const map of objects.filter(({ kind }) => kind === 'ConfigMap')) map.data = Object.keys(map.data);
  expect(objects).toMatchSnapshot();
});

test('one store serves several queues', () => {
  const of = chart();
  const redis = RedisStore.pod(of, 'redis');
  for (const name of ['one', 'two']) {
    new RedisWorkQueueJob(of, name, { ...MINIMAL, queueName: name, jobName: name, items: ['a'], redis });
  }
  expect(Testing.synth(of).filter(({ kind }) => kind === 'Pod')).toHaveLength(1);
});

test('a JSON patch reaches fields that are newer than 1.27, and dependencies order the objects', () => {
  const of = chart();
  const fruit = new RedisWorkQueueJob(of, 'fruit', { ...MINIMAL, items: ['a'] });
  const before = new ApiObject(of, 'before', { apiVersion: 'v1', kind: 'ConfigMap' });
  fruit.job.addDependency(before);
  ApiObject.of(fruit).addJsonPatch(
    JsonPatch.add('/spec/podReplacementPolicy', 'Failed'),
    JsonPatch.add('/spec/managedBy', 'example.com/controller'),
    JsonPatch.add('/spec/template/spec/containers/0/resizePolicy', []),
  );
  const objects = Testing.synth(of);
  const job = objects.at(-1);
  expect(job.spec).toMatchObject({ podReplacementPolicy: 'Failed', managedBy: 'example.com/controller' });
  expect(job.spec.template.spec.containers[0].resizePolicy).toEqual([]);
});

test('every sub-resource is within reach', () => {
  const fruit = new RedisWorkQueueJob(chart(), 'fruit', { ...MINIMAL, items: ['a'] });
  expect(fruit.node.defaultChild).toBe(fruit.job);
  expect(fruit.node.children.map(({ node }) => node.id)).toEqual(['Resource', 'Store', 'Fill', 'Gate']);
  expect(fruit.fill?.node.children.map(({ node }) => node.id)).toEqual(['Items0', 'Scripts', 'Resource']);
  expect([fruit.redis.redisPod, fruit.redis.service, fruit.redis.networkPolicy, fruit.gateScript]).not.toContain(
    undefined,
  );
  expect(fruit.batch).toBe(fruit.fill?.batch);
});

test('every construct that makes objects has one of them as its default child', () => {
  const of = chart();
  const redis = RedisStore.persistent(of, 'persistent');
  const made = new RedisWorkQueueJob(of, 'entry', {
    queueName: 'job2',
    entry: WORKER,
    filler: { entry: WORKER },
    redis,
  });
  const filled = new RedisWorkQueueJob(of, 'items', { ...MINIMAL, items: ['a'] });
  expect(ApiObject.of(made)).toBe(made.job);
  expect(ApiObject.of(made.bundle as EntryBundle)).toBe(made.bundle?.parts[0]);
  expect(ApiObject.of(made.filler as FillerJob)).toBe(made.filler?.job);
  expect(ApiObject.of(filled.fill as FillJob)).toBe(filled.fill?.job);
  expect(ApiObject.of(filled.redis)).toBe(filled.redis.redisPod);
  expect(ApiObject.of(redis)).toBe(redis.statefulSet);
});

describe.each([
  ['minimal', (_: Chart) => ({})],
  ['minimal with items', (_: Chart) => ({ items: ['a'] })],
  ['everything', everything],
  ['persistent', (of: Chart) => ({ redis: RedisStore.persistent(of, 'redis'), items: ['a'] })],
  [
    'a password',
    (of: Chart) => ({
      redis: RedisStore.pod(of, 'redis', { password: { secret: kplus.Secret.fromSecretName(of, 's', 's'), key: 'k' } }),
    }),
  ],
])('what is made: %s', (_, props) => {
  const of = chart();
  const given: Partial<RedisWorkQueueJobProps> = props(of);
  const objects = synth(given, of);

  test('is valid for Kubernetes 1.27', () => {
    for (const object of objects) {
      const Model = MODELS[object.kind];
      if (!Model) throw new Error(`no validator for ${object.kind}`);
      expect(() => new Model(object).validate()).not.toThrow();
    }
  });

  test('passes Pod Security "restricted" and carries no token, link or CPU limit of its own', () => {
    const pods = objects.flatMap((object) =>
      object.kind === 'Pod' ? [object.spec] : (object.spec?.template?.spec ?? []),
    );
    expect(pods.length).toBeGreaterThan(0);
    for (const pod of pods) {
      expect(pod.enableServiceLinks).toBe(false);
      expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
      expect(pod.securityContext.runAsUser).toBeGreaterThan(0);
      expect(pod).not.toHaveProperty('hostNetwork');
      for (const container of [...(pod.initContainers ?? []), ...pod.containers]) {
        expect(container.securityContext).toMatchObject({
          allowPrivilegeEscalation: false,
          capabilities: { drop: ['ALL'] },
        });
        expect(container.imagePullPolicy).toBe(container.name === 'worker' ? given.imagePullPolicy : undefined);
        expect(container.resources.requests).toBeDefined();
      }
    }
  });

  test('fits into the annotation of kubectl apply', () => {
    for (const object of objects) expect(JSON.stringify(object).length).toBeLessThan(250_000);
  });
});

const refused: [string, object, RegExp][] = [
  ['no queue name', { queueName: '' }, /queueName is ""\. It must name the Redis list/],
  ['braces in the queue name', { queueName: 'a{b}' }, /queueName is "a\{b\}"\. Braces are not allowed.*Use "ab"/],
  [
    'a toleration of a value without a key',
    { tolerations: [{ value: 'gpu' }] },
    /operator is undefined\. Without a key it must be "Exists", without a value; or give a key\.$/,
  ],
  ['a control character in the queue name', { queueName: 'a\nb' }, /queueName is "a\\nb"/],
  ['no image', { image: undefined }, /image is undefined\. Name the image of the worker.*or give `entry`/],
  ['an image with a space', { image: 'a b' }, /image is "a b"/],
  ['negative parallelism', { parallelism: -1 }, /parallelism is -1\. It must be a whole number from 1/],
  ['fractional parallelism', { parallelism: 1.5 }, /parallelism is 1\.5/],
  ['endless parallelism', { parallelism: Number.POSITIVE_INFINITY }, /parallelism is Infinity/],
  ['no number of attempts', { maxAttempts: Number.NaN }, /maxAttempts is NaN/],
  ['no concurrency', { concurrency: 0 }, /concurrency is 0\. It must be a whole number from 1 to 10000/],
  ['a negative backoff limit', { backoffLimit: -1 }, /backoffLimit is -1/],
  ['a short lease', { lease: Duration.millis(999) }, /lease is "999 ms"\. .*from 1 s to 3600 s/],
  ['a long lease', { lease: Duration.minutes(61) }, /lease is "3660000 ms"/],
  [
    'half a second of deadline',
    { activeDeadline: Duration.millis(1500) },
    /activeDeadline is "1500 ms"\. .*whole seconds from 1 s to 2147483647 s/,
  ],
  ['an endless deadline', { activeDeadline: Duration.days(25_000) }, /activeDeadline is "2160000000000 ms"/],
  ['a grace period that no timer can wait for', { terminationGracePeriod: Duration.days(30) }, /to 2147483 s/],
  ['half a millisecond', { settle: Duration.millis(0.5) }, /settle is "0\.5 ms"/],
  ['root', { user: 0 }, /user is 0\. It must be a whole number from 1/],
  ['the root group', { group: 0 }, /group is 0/],
  ['a Job name in capitals', { jobName: 'Fruit' }, /jobName is "Fruit"/],
  ['a long Job name', { jobName: 'a'.repeat(64) }, /jobName is .*at most 63/],
  [
    'a Job name too long for its fill',
    { jobName: 'a'.repeat(59), items: ['a'] },
    /jobName is .*at most 58.*"-fill" is added/,
  ],
  ...[{}, { items: ['a'] }].map((more): [string, object, RegExp] => [
    `a Job name too long for the highest index, ${JSON.stringify(more)}`,
    { jobName: 'a'.repeat(58), completionMode: 'Indexed', ...more },
    /jobName is .*at most 57.*, as the host names of pods add an index, up to "-99999"\.$/,
  ]),
  [
    'a run that ends with its first dead letter, and tolerates them',
    { failFast: true, tolerateDeadLetters: true },
    /failFast is true\. The first dead letter then fails the Job, .*Use one of them\.$/,
  ],
  [
    'workers without indexes that leave early',
    { idleWorkers: 'leave' },
    /idleWorkers is "leave"\. Without indexes, Kubernetes replaces no pod .*IdleWorkers\.WAIT; or completionMode/,
  ],
  [
    'an entry without indexes whose workers leave early',
    { image: undefined, entry: WORKER, completionMode: 'NonIndexed', idleWorkers: 'leave' },
    /idleWorkers is "leave"\. Without indexes/,
  ],
  ['a bad label key', { podLabels: { 'a/b/c': 'd' } }, /a key of podLabels is "a\/b\/c"/],
  ['a bad label value', { podLabels: { team: 'two words' } }, /podLabels\["team"\] is "two words"/],
  ['the label of a store', { podLabels: { 'cdk8s-redis-work-queue/store': 'redis' } }, /a key of podLabels is "cdk8s/],
  ['the label of a client of its own store', { podLabels: { [CLIENT_LABEL]: 'x' } }, /a key of podLabels is "cdk8s/],
  ["the Job's own label", { podLabels: { 'job-name': 'x' } }, /a key of podLabels is "job-name"/],
  ['a bad node label', { nodeSelector: { team: '-' } }, /nodeSelector\["team"\] is "-"/],
  ['an annotation that is no string', { podAnnotations: { a: 1 } }, /podAnnotations\["a"\] is 1/],
  ['a bad priority class', { priorityClassName: 'Low!' }, /priorityClassName is "Low!"/],
  [
    'env of the contract',
    { env: { REDIS_URL: kplus.EnvValue.fromValue('x') } },
    /a name in env is "REDIS_URL"\. The construct sets it/,
  ],
  ['env with its prefix', { env: { WORK_QUEUE_X: kplus.EnvValue.fromValue('x') } }, /a name in env is "WORK_QUEUE_X"/],
  ['env with a bad name', { env: { '1A': kplus.EnvValue.fromValue('x') } }, /a name in env is "1A"/],
  ['env as a list', { env: { A: ['x'] } }, /env\.A is \[ 'x' \]\. It must be text, .*EnvValue\.fromSecretValue/],
  ['a toleration without key', { tolerations: [{ effect: 'NoSchedule' }] }, /tolerations\[0\]\.operator is undefined/],
  [
    'a toleration of an empty key',
    { tolerations: [{ key: '', value: 'a' }] },
    /tolerations\[0\]\.operator is undefined/,
  ],
  ['a toleration of a bad key', { tolerations: [{ key: 'a b' }] }, /tolerations\[0\]\.key is "a b"/],
  [
    'a toleration of a bad value',
    { tolerations: [{ key: 'a', value: 'two words' }] },
    /tolerations\[0\]\.value is "two words"\. It must be a string of at most 63 letters/,
  ],
  [
    'a toleration of no effect',
    { tolerations: [{ key: 'a', effect: 'Never' }] },
    /tolerations\[0\]\.effect is "Never"/,
  ],
  [
    'more memory requested than allowed',
    { resources: { memory: { request: Size.gibibytes(2), limit: Size.mebibytes(512) } } },
    /resources\.memory\.request is "2Gi"\. It must not exceed the limit, 512Mi/,
  ],
  [
    'more CPU requested than allowed',
    { resources: { cpu: { request: kplus.Cpu.units(1.5), limit: kplus.Cpu.millis(1400) } } },
    /resources\.cpu\.request is "1\.5"\. It must not exceed the limit, 1400m/,
  ],
  ['negative CPU', { resources: { cpu: { request: kplus.Cpu.millis(-1) } } }, /resources\.cpu\.request is "-1m"/],
  [
    'memory that would be none',
    { resources: { memory: { limit: Size.kibibytes(512) } } },
    /resources\.memory\.limit is "512Ki"\. It must be at least Size\.mebibytes\(1\)/,
  ],
  ['one item for all of them', { items: 'apple' }, /items is "apple"\. It must be an array: \["apple"/],
  ['an empty text for all items', { items: '' }, /items is ""\. It must be an array: \["apple"/],
  ['half a surrogate pair', { items: ['\ud83c'] }, /items\[0\]/],
];

test.each(refused)('refuses %s', (_, props, message) => {
  expect(() => synth(props as never)).toThrow(message);
});

test('an error names the construct', () => {
  expect(() => synth({ parallelism: 0 })).toThrow('test/fruit: parallelism is 0.');
});

test('an error about a name that nobody gave says where it comes from and which prop gives another', () => {
  const named = (name: string, props: object = {}) => {
    const of = chart();
    of.generateObjectName = () => name;
    return new RedisWorkQueueJob(of, 'fruit', {
      ...MINIMAL,
      ...props,
      redis: RedisStore.external(of, 'redis', { host: 'r' }),
    });
  };
  for (const props of [{}, { items: ['a'] }, { filler: { entry: WORKER } }]) {
    expect(() => named('a'.repeat(63), props)).not.toThrow();
  }
  expect(() => named('Fruit', { items: ['a'] })).toThrow(
    /: jobName, made from the path of the construct, is "Fruit"\. It must be at most 58 .* is added\. Set `jobName`\./,
  );
});

test('refuses a volume that Pod Security "restricted" does', () => {
  const of = chart();
  const volume = kplus.Volume.fromHostPath(of, 'host', 'host', { path: '/' });
  expect(() => synth({ volumeMounts: [{ mountPath: '/host', volume }] }, of)).toThrow(
    /volumeMounts\[0\]\.volume is "hostPath"\./,
  );
});

test('refuses two volumes on one path', () => {
  const of = chart();
  const volumeMounts = ['a', 'b'].map((name) => ({
    mountPath: '/cache',
    volume: kplus.Volume.fromEmptyDir(of, name, name),
  }));
  expect(() => synth({ volumeMounts }, of)).toThrow(
    /volumeMounts\[1\]\.mountPath is "\/cache"\. It is the path of volumeMounts\[0\] too/,
  );
});

test('one volume may be mounted twice, but two volumes do not share a name', () => {
  const of = chart();
  const volume = (id: string) => kplus.Volume.fromEmptyDir(of, id, 'cache', { sizeLimit: Size.gibibytes(id.length) });
  const [one, same, other] = [volume('a'), volume('b'), volume('cc')];
  const mounted = (...volumes: kplus.Volume[]) => volumes.map((each, i) => ({ mountPath: `/${i}`, volume: each }));
  expect(jobOf(synth({ volumeMounts: mounted(one, one, same) }, of)).spec.template.spec.volumes).toHaveLength(2);
  expect(() => synth({ volumeMounts: mounted(one, other) })).toThrow(
    /volumeMounts\[1\]\.volume\.name is "cache"\. Another volume has that name/,
  );
});

test('refuses a fill and a gate that know no authority for TLS', () => {
  const withStore = (props: object, store: object = {}) => {
    const of = chart();
    const redis = RedisStore.external(of, 'redis', { host: 'redis.example.com', tls: true, ...store });
    return synth({ redis, ...props }, of);
  };
  const message = (name: string, image = 'redis:8.2.10') =>
    new RegExp(`^test/redis: certificateAuthorities is undefined\\. The ${name} runs ${image}, .*gate: false`);
  expect(() => withStore({})).toThrow(message('gate'));
  expect(() => withStore({ items: ['a'], gate: false })).toThrow(message('fill'));
  expect(() => withStore({ filler: { image: 'filler' }, gate: false })).toThrow(message('seal'));
  expect(() => withStore({ gate: false })).not.toThrow();
  expect(() => withStore({ items: ['a'] }, { image: 'mirror.example/redis-with-authorities:8' })).not.toThrow();
  for (const image of [
    'redis',
    'redis:7.4-bookworm',
    'redis@sha256:0123456789abcdef',
    'docker.io/library/redis:8.2',
    'mirror.example:5000/docker/library/redis:8.2@sha256:0123456789abcdef',
    'valkey/valkey:8.1',
    'ghcr.io/valkey-io/valkey',
  ]) {
    expect(() => withStore({}, { image })).toThrow(message('gate', image));
    expect(() => withStore({}, { image, imageHasAuthorities: true })).not.toThrow();
  }
  expect(() => withStore({}, { image: 'cache:1', imageHasAuthorities: false })).toThrow(message('gate', 'cache:1'));
});

function storeWithAuthorities(of: Chart): RedisStore {
  return RedisStore.external(of, 'redis', {
    host: 'redis.example.com',
    tls: true,
    certificateAuthorities: { secret: kplus.Secret.fromSecretName(of, 'ca', 'ca'), key: 'ca.crt' },
  });
}

test('refuses a volume on the path of the authorities', () => {
  const of = chart();
  const volumeMounts = [{ mountPath: '/etc/redis-ca/', volume: kplus.Volume.fromEmptyDir(of, 'a', 'a') }];
  expect(() => synth({ redis: storeWithAuthorities(of), volumeMounts }, of)).toThrow(
    /volumeMounts\[0\]\.mountPath is "\/etc\/redis-ca\/"\. It is the path of the `certificateAuthorities` of the store too/,
  );
});

test.each([
  ['a worker', {}, 'fruit'],
  ['a filler', { filler: { image: 'filler' } }, 'fruit-fill'],
])('the authorities of the store leave alone what %s trusts otherwise', (_, props, name) => {
  const of = chart();
  const env = { SSL_CERT_FILE: kplus.EnvValue.fromValue('/my.pem') };
  const objects = synth({ redis: storeWithAuthorities(of), env, ...props }, of);
  const { containers, initContainers } = jobOf(objects, name).spec.template.spec;
  const program = [...containers, ...initContainers].find(({ name }) => name === 'worker' || name === 'fill');
  const variables = Object.fromEntries(
    program.env.map((each: { name: string; value: string }) => [each.name, each.value]),
  );
  expect(variables).toMatchObject({ REDIS_CA_FILE: '/etc/redis-ca/ca.pem' });
  expect(variables.SSL_CERT_FILE).toBe(name === 'fruit' ? '/my.pem' : undefined);
  expect(variables).not.toHaveProperty('NODE_EXTRA_CA_CERTS');
  expect(program.volumeMounts).toContainEqual({ name: 'redis-ca', mountPath: '/etc/redis-ca', readOnly: true });
});

test('refuses memory for a store beside a store', () => {
  const of = chart();
  const redis = RedisStore.pod(of, 'redis');
  expect(() => synth({ redis, redisMemory: Size.gibibytes(1) }, of)).toThrow(/redisMemory is "1Gi"\./);
  expect(JSON.stringify(synth({ redisMemory: Size.gibibytes(1) }))).toContain('614mb');
});

test('refuses a store of another namespace', () => {
  const app = new App();
  const redis = RedisStore.pod(new Chart(app, 'a', { namespace: 'a' }), 'redis');
  expect(() => synth({ redis }, new Chart(app, 'b', { namespace: 'b' }))).toThrow(
    /redis is "a store in the namespace a"/,
  );
});

describe('the store that a Job makes', () => {
  const store = (props: Partial<RedisWorkQueueJobProps>, of = chart(), id = 'fruit') => {
    const { redis } = new RedisWorkQueueJob(of, id, { ...MINIMAL, ...props });
    return [redis.redisPod, redis.service, redis.networkPolicy].map((object) => object?.name);
  };

  test('is named after the Job', () => {
    expect(store({ jobName: 'fruit' })).toEqual(['fruit-redis', 'fruit-redis', 'fruit-redis-clients']);
  });

  test('is named after the Job that the chart names, without the hash of its code', () => {
    const of = chart();
    of.generateObjectName = () => 'fruit';
    expect(store({ image: undefined, entry: WORKER }, of)).toEqual([
      'fruit-redis',
      'fruit-redis',
      'fruit-redis-clients',
    ]);
  });

  test('has a name of its own beside each Job of a namespace', () => {
    const of = chart();
    const names = [store({}, of, 'one'), store({}, of, 'two'), store({ jobName: 'three' }, of, 'three')].flat();
    expect(new Set(names).size).toBe(6);
    expect(() => Testing.synth(of)).not.toThrow();
  });

  test.each([
    ['57 characters', 'a'.repeat(57), true],
    ['58 characters', 'a'.repeat(58), false],
    ['63 characters', 'a'.repeat(63), false],
    ['a digit first', '2026-11-23', false],
  ])('takes the name of a Job with %s only where it makes a name of a Service', (_, jobName, named) => {
    const [pod, service] = store({ jobName });
    const fromPath = /^test-fruit-store(-service)?-c[0-9a-f]{7}$/;
    for (const name of [pod, service]) {
      if (named) expect(name).toBe(`${jobName}-redis`);
      else expect(name).toMatch(fromPath);
    }
  });

  test('of two Jobs of one name says which props rename it', () => {
    const of = chart();
    for (const id of ['one', 'two']) store({ jobName: 'fruit' }, of, id);
    const app = of.node.root as App;
    const errors = app.node.findAll().flatMap(({ node }) => node.validate());
    expect(errors).toContainEqual(
      expect.stringMatching(
        /both the Service "fruit-redis".*by `serviceName`, or by the `jobName` that a default store/,
      ),
    );
  });
});
