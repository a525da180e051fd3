import { App, Chart, Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import fc from 'fast-check';
import {
  CompletionMode,
  FillJob,
  IdleWorkers,
  InvalidPropError,
  LogFormat,
  RedisStore,
  RedisWorkQueueDeployment,
  RedisWorkQueueJob,
  RunInput,
  ServiceDiscovery,
  SpotNodes,
} from '../../lib';
import { MODELS } from '../manifest-models';
import { podProps } from '../pod-props';

// Any value at any place of good props is refused, or makes manifests that Kubernetes takes.

type Path = readonly (string | number)[];

/** Places of a value, where it is made of arrays and plain objects. */
function pathsOf(value: unknown, path: Path = []): Path[] {
  const isPlain = Array.isArray(value) || (typeof value === 'object' && value?.constructor === Object);
  return [
    path,
    ...(isPlain ? Object.keys(value as object).flatMap((key) => pathsOf((value as never)[key], [...path, key])) : []),
  ];
}

function replaced(value: unknown, [key, ...rest]: Path, by: unknown): unknown {
  if (key === undefined) return by;
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string, unknown>;
  copy[key] = replaced(copy[key], rest, by);
  return copy;
}

const POD = (of: Chart) => ({
  image: 'redis:8.2',
  imagePullPolicy: 'Never',
  cpu: { request: kplus.Cpu.millis(100), limit: kplus.Cpu.units(1) },
  ephemeralStorage: { limit: Size.gibibytes(1) },
  memory: Size.gibibytes(1),
  password: { secret: kplus.Secret.fromSecretName(of, 's', 'credentials'), key: 'password' },
  serviceName: 'redis',
  discovery: ServiceDiscovery.DNS,
  networkPolicy: true,
  networkPolicyPeers: [
    { podSelector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['a'] }] }, namespaceSelector: {} },
    { ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } },
  ],
  networkPolicyPorts: [4143],
  metrics: true,
  metricsImage: 'node:24',
  metricsPeers: [{ namespaceSelector: {} }],
  podMonitor: true,
  podMonitorLabels: { release: 'prometheus' },
  evictable: false,
  ...podProps(of),
});

const program = (of: Chart) => ({
  image: 'worker',
  command: ['node'],
  args: ['worker.js'],
  env: { C: 'c', D: 4, A: { value: 'a' }, B: { valueFrom: { secretKeyRef: { name: 'b', key: 'b' } } } },
  resources: {
    cpu: { request: kplus.Cpu.millis(100), limit: { amount: '2' } },
    memory: { request: Size.mebibytes(100), limit: Size.gibibytes(1) },
    ephemeralStorage: { limit: Size.gibibytes(1) },
    extended: { 'nvidia.com/gpu': 1 },
  },
  envFrom: [{ configMapRef: { name: 'a', optional: true } }, { secretRef: { name: 'b' }, prefix: 'B_' }],
  imagePullPolicy: 'Always',
  lifecycle: { preStop: { sleep: { seconds: 1 } } },
  securityContext: { runAsUser: 7, capabilities: { add: ['NET_BIND_SERVICE'] } },
  initContainers: [{ name: 'one', image: 'one', workingDir: '/srv' }],
  sidecars: [
    {
      name: 'two',
      image: 'two',
      env: { A: 'a' },
      ports: [{ containerPort: 80, name: 'http', protocol: 'TCP' }],
      startupProbe: { httpGet: { path: '/', port: 'http' }, periodSeconds: 1 },
    },
  ],
  volumeMounts: [
    { mountPath: '/cache', readOnly: true, subPath: 'a', volume: kplus.Volume.fromEmptyDir(of, 'cache', 'cache') },
  ],
  imagePullSecrets: [{ name: 'regcred' }],
  serviceAccount: { name: 'worker' },
  automountServiceAccountToken: true,
  readOnlyRootFilesystem: true,
});

const CONSTRUCTS: [string, (of: Chart) => object, (of: Chart, props: never) => unknown][] = [
  [
    'RedisWorkQueueJob with items',
    (of) => ({
      queueName: 'q',
      ...program(of),
      ...podProps(of),
      idsFromNamespace: false,
      jobLabels: { team: 'fruit' },
      jobAnnotations: { note: 'any text' },
      parallelism: 2,
      completionMode: CompletionMode.INDEXED,
      idleWorkers: IdleWorkers.LEAVE,
      concurrency: 2,
      lease: Duration.seconds(10),
      maxAttempts: 2,
      itemTimeout: Duration.seconds(10),
      rate: { items: 10, per: Duration.seconds(1) },
      startTimeout: Duration.seconds(10),
      storeTimeout: Duration.seconds(10),
      logFormat: LogFormat.TEXT,
      settle: Duration.seconds(10),
      gate: true,
      backoffLimit: 2,
      activeDeadline: Duration.hours(1),
      ttlAfterFinished: Duration.hours(1),
      suspend: true,
      egressPolicy: true,
      egressRules: [
        { to: [{ ipBlock: { cidr: '192.0.2.0/24' } }], ports: [{ port: 443, endPort: 445, protocol: 'TCP' }] },
      ],
      spot: SpotNodes.GKE,
      evictable: false,
      user: 1,
      group: 1,
      fsGroup: 1,
      terminationGracePeriod: Duration.seconds(10),
      jobName: 'fruit',
      redisMemory: Size.mebibytes(100),
      items: ['a', 'b'],
      cliResources: { memory: { limit: Size.mebibytes(32) } },
      tolerateDeadLetters: false,
      failFast: true,
      followUps: true,
    }),
    (of, props) => new RedisWorkQueueJob(of, 'it', props),
  ],
  [
    'RedisWorkQueueJob with a filler',
    (of) => ({
      queueName: 'q',
      image: 'worker',
      redis: RedisStore.external(of, 'redis', { host: 'redis' }),
      filler: { ...program(of), batch: '1', backoffLimit: 1, logFormat: LogFormat.JSON },
      fillPod: { ...podProps(of), idsFromNamespace: false },
      parallelism: 3,
      kueue: { localQueue: 'batch', priorityClass: 'low', minParallelism: 2, maxExecTime: Duration.hours(1) },
    }),
    (of, props) => new RedisWorkQueueJob(of, 'it', props),
  ],
  [
    'RedisWorkQueueJob with an agent',
    () => ({
      queueName: 'q',
      image: 'worker',
      agent: true,
      agentImage: 'node:24',
      agentPort: 7441,
      agentPatience: Duration.minutes(1),
      shareProcesses: false,
      itemTimeout: Duration.minutes(1),
      agentResources: { cpu: { limit: kplus.Cpu.units(1) }, memory: { request: Size.mebibytes(100) } },
    }),
    (of, props) => new RedisWorkQueueJob(of, 'it', props),
  ],
  [
    'RedisWorkQueueJob with a command',
    () => ({
      queueName: 'q',
      image: 'worker',
      run: ['convert', '{}'],
      runInput: RunInput.STDIN,
      runDeadCodes: [65, 66],
      runLaterCodes: [75],
      runResults: true,
    }),
    (of, props) => new RedisWorkQueueJob(of, 'it', props),
  ],
  [
    'RedisWorkQueueDeployment',
    (of) => ({
      queueName: 'q',
      ...program(of),
      ...podProps(of),
      idsFromNamespace: false,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: '25%' } },
      minReadySeconds: 5,
      podDisruptionBudget: { minAvailable: 1 },
      horizontalPodAutoscaler: { minReplicas: 2, maxReplicas: 9, itemsPerWorker: 40 },
      deploymentName: 'stream',
    }),
    (of, props) => new RedisWorkQueueDeployment(of, 'it', props),
  ],
  [
    'FillJob',
    (of) => ({
      name: 'fill',
      queueName: 'q',
      items: ['a'],
      redis: RedisStore.pod(of, 'redis'),
      labels: { team: 'fruit' },
      kueue: { localQueue: 'batch', priorityClass: 'low' },
      ...podProps(of),
    }),
    (of, props) => new FillJob(of, 'it', props),
  ],
  ['RedisStore.pod', (of) => ({ ...POD(of), podName: 'redis' }), (of, props) => RedisStore.pod(of, 'it', props)],
  [
    'RedisStore.persistent',
    (of) => ({ ...POD(of), statefulSetName: 'redis', storage: Size.gibibytes(2), storageClassName: 'fast' }),
    (of, props) => RedisStore.persistent(of, 'it', props),
  ],
  [
    'RedisStore.replicated',
    (of) => ({ ...POD(of), replicas: 5, persistent: true, storage: Size.gibibytes(2), storageClassName: 'fast' }),
    (of, props) => RedisStore.replicated(of, 'it', props),
  ],
  [
    'RedisStore.external',
    (of) => {
      const { password, imagePullSecrets } = { ...POD(of) };
      const more = { username: password, certificateAuthorities: password, imagePullSecrets };
      return { host: 'redis', port: 6379, tls: true, password, ...more, image: 'redis' };
    },
    (of, props) => RedisStore.external(of, 'it', props),
  ],
  [
    'RedisStore.sentinel',
    (of) => {
      const { password } = POD(of);
      const sentinel = { sentinelUsername: 'watcher', sentinelPassword: password };
      const address = { sentinels: ['a', 'b:26380', '[fd00::1]:26379'], primaryName: 'mymaster', database: password };
      return { ...address, ...sentinel, tls: true, username: 'fruit', password, certificateAuthorities: password };
    },
    (of, props) => RedisStore.sentinel(of, 'it', props),
  ],
  [
    'RedisStore.cluster',
    (of) => {
      const certificateAuthorities = { configMap: { name: 'ca' }, key: 'ca.crt' };
      const egressRules = [{ to: [{ ipBlock: { cidr: '10.0.0.0/8' } }], ports: [{ port: 6379 }] }];
      return { nodes: ['a', 'b:7000'], tls: true, password: POD(of).password, certificateAuthorities, egressRules };
    },
    (of, props) => RedisStore.cluster(of, 'it', props),
  ],
];

/** Values that look like good ones, beside all that JavaScript has. */
const anyValue = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withNullPrototype: true,
      withSparseArray: true,
    }),
  },
  fc.constantFrom<unknown>(
    null,
    undefined,
    '',
    '1',
    'true',
    'worker',
    '512Mi',
    '30s',
    0,
    -0,
    1,
    1.5,
    1e21,
    true,
    false,
    {},
    [],
  ),
  fc.constantFrom<unknown>(
    Duration.seconds(1),
    Duration.millis(1),
    Size.mebibytes(1.5),
    Size.tebibytes(9e9),
    kplus.Cpu.units(0.5),
  ),
  fc.constantFrom<unknown>(
    Symbol('s'),
    () => 'x',
    class {},
    ['a', 1],
    ['a', null],
    { a: undefined },
    { name: 'A B' },
    { name: 'a' },
  ),
  fc.string({ unit: 'binary' }),
  fc.double(),
);

// More workers than items is a thing to say, not to refuse.
beforeEach(() => jest.spyOn(console, 'warn').mockReturnValue());
afterEach(() => jest.restoreAllMocks());

describe.each(CONSTRUCTS)('%s', (_, good, make) => {
  const places = pathsOf(good(new Chart(new App(), 'places')));

  test('takes the good props', () => {
    expect(places.length).toBeGreaterThan(8);
    const of = new Chart(new App(), 'test');
    expect(() => make(of, good(of) as never)).not.toThrow();
  });

  test('refuses any value at any place, or makes good manifests of it', () => {
    fc.assert(
      fc.property(fc.constantFrom(...places), anyValue, (place, value) => {
        const of = new Chart(new App(), 'test');
        try {
          make(of, replaced(good(of), place, value) as never);
        } catch (error) {
          if (!(error instanceof InvalidPropError)) throw error;
          return;
        }
        for (const manifest of of.toJson()) {
          const Model = MODELS[manifest.kind] as (typeof MODELS)[string];
          if (manifest.kind !== 'PodMonitor') new Model(manifest).validate();
          // What is compressed may hold any letters.
          const { binaryData, ...written } = manifest;
          expect(JSON.stringify(written)).not.toMatch(/\[object |NaN|undefined|Infinity/);
        }
      }),
      { numRuns: Number(process.env.RUNS ?? 300) },
    );
  });
});
