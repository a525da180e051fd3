import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Chart, Duration, JsonPatch, Size, Testing, Yaml } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import {
  CompletionMode,
  IdleWorkers,
  RedisStore,
  RedisWorkQueueJob,
  type RedisWorkQueueJobProps,
  ServiceDiscovery,
} from 'cdk8s-redis-work-queue';
import { rwq } from './rwq';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rwq-explain-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

type Props = Omit<RedisWorkQueueJobProps, 'redis'>;

/** What `explain` says of a chart, every sentence on one line. */
async function explain(props: Partial<Props>, store: (chart: Chart) => RedisStore | undefined = () => undefined) {
  const chart = new Chart(Testing.app(), 'fruit');
  const redis = store(chart);
  new RedisWorkQueueJob(chart, 'job', {
    queueName: 'job2',
    image: 'registry.example/fruit:1',
    ...(redis && { redis }),
    ...props,
  } as RedisWorkQueueJobProps);
  return explainText(Yaml.stringify(...Testing.synth(chart)));
}

async function explainText(yaml: string): Promise<string> {
  const { code, stdout, stderr } = await rwq(['explain', '-'], { input: yaml });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout.replace(/\n {4}/g, ' ');
}

test('a label that the chart gives to everything makes no fill of the workers', async () => {
  const chart = new Chart(Testing.app(), 'fruit', { labels: { 'app.kubernetes.io/component': 'fill' } });
  new RedisWorkQueueJob(chart, 'job', { queueName: 'job2', image: 'registry.example/fruit:1', items: ['apple'] });
  const said = await explainText(Yaml.stringify(...Testing.synth(chart)));
  expect(said).toContain('works through the queue job2');
  expect(said).toMatch(/Job \S+ pushes 1 item from the manifests/);
});

test('the walkthrough: what runs, what is guaranteed, what to watch for', async () => {
  const said = await explain({ parallelism: 2, items: ['apple', 'banana'] }, (chart) =>
    RedisStore.pod(chart, 'redis', { podName: 'redis-master', serviceName: 'redis' }),
  );
  for (const sentence of [
    / works through the queue job2\n/,
    '2 workers at once, each with the image registry.example/fruit:1, one item at a time.',
    /Job \S+ pushes 2 items from the manifests, once however often it runs, and seals the queue\./,
    'An init container holds the workers back until the fill is sealed.',
    /kept by Pod redis-master \(redis:\S+\), reached as redis:6379, with an append-only file on an emptyDir, with room for 153mb/,
    'Complete means: every item is done',
    "A worker's lease is 10 s",
    'An item gets 3 attempts; after the last one it is a dead letter and the Job fails at its end (exit 80).',
    'do not count as failures of the Job',
    'All workers share one clock: after the first loss Kubernetes replaces none for 10 s, after the second for 20 s',
    'For an image on the runtime of this package, completionMode: CompletionMode.INDEXED',
    'Workers know their batch',
    'an image whose program calls runWorker or speaks the protocol',
    'The store is on an emptyDir',
    'Pod redis-master has no controller',
    'Redis has no password. The NetworkPolicy',
    'itemTimeout is not set',
    'backoffLimit 30 tolerates 10 poison items: each one that kills its worker costs 3 pods.',
    'No activeDeadline',
  ]) {
    expect(said).toMatch(sentence);
  }
  for (const word of ['suspended', 'No NetworkPolicy', 'podFailurePolicy', 'Unsealed', 'noeviction', 'Each index'])
    expect(said).not.toContain(word);
});

test('a queue has the name that its workers find, whatever is escaped in the manifest', async () => {
  const said = await explain({ queueName: 'a$(REDIS_URL)$$', items: ['apple'] });
  expect(said).toContain(' works through the queue a$(REDIS_URL)$$\n');
  expect(said).toMatch(/Job \S+ pushes 1 items? from the manifests/);
});

test('who reaches the store, and a policy for the workers is none for the store', async () => {
  const guarded = await explain({}, (chart) =>
    RedisStore.pod(chart, 'redis', { networkPolicyPeers: [{ podSelector: {} }] }),
  );
  expect(guarded).toContain('The NetworkPolicy lets only labelled pods and 1 further peer in');
  const open = await explain({ egressPolicy: true }, (chart) =>
    RedisStore.pod(chart, 'redis', { networkPolicy: false }),
  );
  expect(open).toContain('No NetworkPolicy guards the store');
});

test('every knob is heard', async () => {
  const password = (chart: Chart) => ({
    secret: kplus.Secret.fromSecretName(chart, 'credentials', 'redis'),
    key: 'password',
  });
  const said = await explain(
    {
      concurrency: 5,
      maxAttempts: 2,
      backoffLimit: 7,
      lease: Duration.seconds(20),
      itemTimeout: Duration.minutes(5),
      rate: { items: 1_200, per: Duration.minutes(1) },
      startTimeout: Duration.minutes(2),
      settle: Duration.seconds(5),
      activeDeadline: Duration.hours(2),
      ttlAfterFinished: Duration.days(1),
      suspend: true,
      tolerateDeadLetters: true,
    },
    (chart) =>
      RedisStore.persistent(chart, 'redis', {
        storage: Size.gibibytes(3),
        networkPolicy: false,
        password: password(chart),
      }),
  );
  for (const sentence of [
    '1 worker at once',
    '5 items at a time',
    'All workers together start at most 1,200 items in 1 min.',
    'These manifests do not fill the queue',
    'Workers wait 2 min for the first item.',
    'until the first item arrives',
    /kept by StatefulSet \S+ .* on a volume of 3Gi/,
    'every item is done or a dead letter',
    'lease is 20 s',
    'An item gets 2 attempts; after the last one it is a dead letter, which the Job tolerates.',
    'The Job is suspended',
    'No NetworkPolicy guards the store',
    'backoffLimit 7 tolerates 3 poison items: each one that kills its worker costs 2 pods.',
    'activeDeadline ends the Job after 2 h, drained or not.',
    'removed 1 d after its end',
    'an empty queue counts as drained after 5 s',
  ]) {
    expect(said).toMatch(sentence);
  }
  for (const word of ['no password', 'itemTimeout is not set', 'emptyDir', 'has no controller'])
    expect(said).not.toContain(word);
});

test('a store that is found by the variables that Kubernetes injects', async () => {
  const said = await explain({}, (chart) =>
    RedisStore.pod(chart, 'redis', { serviceName: 'my-redis', discovery: ServiceDiscovery.ENVIRONMENT }),
  );
  expect(said).toMatch(/kept by Pod \S+ \(redis:\S+\), reached as my-redis:6379, with an append-only file/);
  expect(said).not.toMatch(/not among these manifests|not encrypted/);
});

test('a filler, and a store that is elsewhere', async () => {
  const said = await explain({ filler: { image: 'registry.example/filler:1' } }, (chart) =>
    RedisStore.external(chart, 'redis', { host: 'redis.example.com' }),
  );
  expect(said).toContain(
    'the program of registry.example/filler:1 fills the queue, and when it has ended with 0 the queue is sealed',
  );
  expect(said).toContain('a Redis that is not among these manifests: redis.example.com:6379');
  expect(said).toContain('The connection to the store is not encrypted');
});

const key = (key: string) => ({ secret: { name: 'credentials' }, key });

test.each<[string, (chart: Chart) => RedisStore, string]>([
  [
    'sentinels',
    (chart) =>
      RedisStore.sentinel(chart, 'redis', {
        sentinels: ['s1', 's2:26380'],
        primaryName: 'mymaster',
        tls: true,
        database: 2,
      }),
    'a Redis that is not among these manifests: the primary mymaster of the sentinels s1:26379, s2:26380, database 2, over TLS.',
  ],
  [
    'a Redis Cluster',
    (chart) => RedisStore.cluster(chart, 'redis', { nodes: ['n1', 'n2:7000'] }),
    'a Redis Cluster that is not among these manifests: n1:6379, n2:7000.',
  ],
  [
    'a Redis whose address is in a Secret',
    (chart) => RedisStore.external(chart, 'redis', { host: key('host'), database: key('db') }),
    'a Redis that is not among these manifests: <host in Secret credentials>:6379, database <db in Secret credentials>.',
  ],
])('a store that is %s', async (_, store, sentence) => {
  expect(await explain({ gate: false }, store)).toContain(sentence);
});

describe('workers with indexes', () => {
  const indexed = { completionMode: CompletionMode.INDEXED };
  const items = Array.from({ length: 50 }, (_, i) => `${i}`);

  test.each([
    [25, 'Workers that find nothing left to claim end with 0 and give their nodes back; indexes 0 to 2 stay until'],
    [2, 'Workers that find nothing left to claim end with 0 and give their nodes back; index 0 stays until the queue'],
  ])('of %i workers, which stay', async (parallelism, sentence) => {
    const said = await explain({ ...indexed, parallelism, items });
    expect(said).toContain(sentence);
    expect(said).toContain('Complete means: every item is done');
    expect(said).toContain(
      'Each index has a clock of its own: a lost worker is replaced about 10 s after the first loss',
    );
    for (const word of ['completions', 'share one clock', 'successPolicy', 'backoffLimitPerIndex', 'does not mean'])
      expect(said).not.toContain(word);
  });

  test.each([
    ['one worker', { ...indexed, items }],
    ['idle workers that wait', { ...indexed, items, parallelism: 9, idleWorkers: IdleWorkers.WAIT }],
  ])('nobody leaves early: %s', async (_, props) => {
    const said = await explain(props);
    expect(said).toContain('Complete means: every item is done');
    expect(said).not.toMatch(/nothing left to claim|does not mean/);
  });

  /** What is said of a Job of four workers, of which the upper two may leave, with some fields changed. */
  const changed = (spec: object, leaveFrom: string | undefined) =>
    explainText(
      JSON.stringify({
        kind: 'Job',
        metadata: { name: 'j' },
        spec: {
          completionMode: 'Indexed',
          parallelism: 4,
          completions: 4,
          backoffLimitPerIndex: 2_147_483_647,
          ...spec,
          template: {
            spec: {
              containers: [
                {
                  name: 'worker',
                  env: [
                    { name: 'WORK_QUEUE_NAME', value: 'q' },
                    ...(leaveFrom === undefined ? [] : [{ name: 'WORK_QUEUE_LEAVE_FROM_INDEX', value: leaveFrom }]),
                  ],
                },
              ],
            },
          },
        },
      }),
    );
  const policy = (...rules: object[]) => ({ successPolicy: { rules } });

  test.each<[string, object, string | undefined]>([
    ['no policy, which takes all indexes', {}, '2'],
    ['those that stay', policy({ succeededIndexes: '0-1', succeededCount: 1 }), '2'],
    ['those that stay, one by one', policy({ succeededIndexes: '0,1', succeededCount: 2 }), '2'],
    ['more than can leave', policy({ succeededCount: 3 }), '2'],
    ['all of some, one of which stays', policy({ succeededIndexes: '1-3' }), '2'],
    ['any, where all stay', policy({ succeededCount: 1 }), undefined],
    ['more workers than may have an index', { completions: 2, ...policy({ succeededIndexes: '0-1' }) }, '2'],
  ])('Complete means that all is done: %s', async (_, spec, leaveFrom) => {
    const said = await changed(spec, leaveFrom);
    expect(said).toContain('Complete means: every item is done');
    expect(said).not.toContain('Complete does not mean');
  });

  test.each<[string, object, string]>([
    ['one that may leave', policy({ succeededIndexes: '2' }), 'succeededIndexes 2'],
    ['one of all', policy({ succeededCount: 1 }), 'succeededCount 1'],
    ['one of some', policy({ succeededIndexes: '0-3', succeededCount: 1 }), 'succeededIndexes 0-3, succeededCount 1'],
    ['one of several rules', policy({ succeededIndexes: '0' }, { succeededIndexes: '1,3', succeededCount: 1 }), '1,3'],
    ['a number of no use', policy({ succeededIndexes: '0-3', succeededCount: 2 }), 'succeededCount 2'],
  ])('a policy that those meet which may leave: %s', async (_, spec, rule) => {
    const said = await changed(spec, '2');
    expect(said).toMatch(/The successPolicy \(.*\) is met by workers that leave .*Name only indexes below 2\./);
    expect(said).toContain(rule);
    expect(said).not.toContain('Complete means');
  });

  test('no index stays', async () => {
    const said = await changed({}, '0');
    expect(said).toContain('WORK_QUEUE_LEAVE_FROM_INDEX is 0, so no worker stays until the queue is drained');
    expect(said).not.toContain('Complete means');
  });

  test.each([
    [{ completions: 9 }, 'completions is 9, and parallelism 4: a worker that has ended is followed by one that finds'],
    [{ completions: 3 }, 'completions is 3, and parallelism 4: no more workers run than there are indexes'],
    [{ completions: null }, 'completionMode is Indexed, and completions is not set: Kubernetes refuses it'],
    [{ backoffLimitPerIndex: 5 }, 'backoffLimitPerIndex is 5: an index that loses more workers is given up for good'],
    [{ backoffLimitPerIndex: null }, 'backoffLimitPerIndex gives each index its own'],
  ])('what does not go together: %j', async (spec, sentence) => {
    expect(await changed(spec, '2')).toContain(sentence);
  });
});

test('more workers than items', async () => {
  const yaml = (parallelism: number, items: string[]) => {
    const chart = new Chart(Testing.app(), 'fruit');
    const { job } = new RedisWorkQueueJob(chart, 'job', { queueName: 'q', image: 'i', items });
    job.addJsonPatch(JsonPatch.replace('/spec/parallelism', parallelism));
    return Yaml.stringify(...Testing.synth(chart));
  };
  expect(await explainText(yaml(3, ['a', 'b']))).toContain('3 workers for 2 items: the others find nothing to claim.');
  expect(await explainText(yaml(2, ['a', 'b']))).not.toContain('the others find nothing');
  expect(await explainText(yaml(1, []))).not.toContain('the others find nothing');
});

test('manifests that somebody wrote by hand', async () => {
  const container = {
    name: 'c',
    image: 'mine:1',
    env: [
      { name: 'WORK_QUEUE_NAME', value: 'q' },
      { name: 'REDIS_URL', value: 'redis://store:6379' },
    ],
  };
  const pod = (containers: unknown[]) => ({ metadata: { labels: { app: 'store' } }, spec: { containers } });
  const said = await explainText(
    [
      {
        kind: 'Job',
        metadata: { name: 'j' },
        spec: { completions: 4, template: { spec: { restartPolicy: 'OnFailure', containers: [container] } } },
      },
      {
        kind: 'Deployment',
        metadata: { name: 'endless' },
        spec: { replicas: 3, template: { spec: { containers: [container] } } },
      },
      {
        kind: 'Deployment',
        metadata: { name: 'store' },
        spec: { template: pod([{ image: 'redis', args: ['--maxmemory-policy', 'allkeys-lru'] }]) },
      },
      { kind: 'Service', metadata: { name: 'store' }, spec: { selector: { app: 'store' } } },
    ]
      .map((object) => JSON.stringify(object))
      .join('\n---\n'),
  );
  for (const sentence of [
    'completions is 4',
    'No podFailurePolicy fails the Job on exit 80, 81, 82, 83',
    'restartPolicy is OnFailure',
    'backoffLimit 6 tolerates 2 poison items',
    'The store has no volume',
    'no append-only file',
    'maxmemory-policy is allkeys-lru',
    'No NetworkPolicy',
    'Deployment endless works through the queue q',
    '3 workers at once',
    'A Deployment does not end with the queue',
  ]) {
    expect(said).toContain(sentence);
  }
});

test('rules about other containers say nothing of the worker', async () => {
  const said = await explainText(
    JSON.stringify({
      kind: 'Job',
      metadata: { name: 'j' },
      spec: {
        podFailurePolicy: {
          rules: [
            { action: 'FailJob', onExitCodes: { containerName: 'worker', operator: 'In', values: [80] } },
            { action: 'FailJob', onExitCodes: { operator: 'In', values: [81] } },
            { action: 'FailJob', onExitCodes: { containerName: 'gate', operator: 'In', values: [81, 82, 83] } },
          ],
        },
        template: { spec: { containers: [{ name: 'worker', env: [{ name: 'WORK_QUEUE_NAME', value: 'q' }] }] } },
      },
    }),
  );
  expect(said).toContain('No podFailurePolicy fails the Job on exit 82, 83');
  expect(said).toContain('A rule of the podFailurePolicy names no container');
});

test.each([
  'kind: List\nitems: 3',
  'kind: List\nitems: [null, 3, {kind: 4}]',
  'kind: Job\nspec: {template: {spec: {containers: 5}}}',
  'kind: Job\nspec: {template: {spec: {containers: {name: c}, initContainers: [null]}}}',
  'kind: Service\nmetadata: null\nspec: {selector: null}',
  'kind: [Job]',
  '- a\n- b',
])('odd YAML is passed over: %j', async (odd) => {
  const none = await rwq(['explain', '-'], { input: odd });
  expect(none).toMatchObject({ code: 1, stderr: expect.stringMatching(/^rwq: None of \d objects? runs workers/) });
  const worker = `kind: Job
metadata: {name: j}
spec:
  podFailurePolicy: {rules: [null, {onExitCodes: 3}]}
  template:
    metadata: {labels: null}
    spec:
      volumes: {}
      initContainers: gate
      containers: [null, {env: [null, {name: WORK_QUEUE_NAME, value: q}, {name: WORK_QUEUE_LEASE_MS, value: soon}]}]`;
  const said = await explainText(`${worker}\n---\n${odd}\n`);
  expect(said).toContain('1 worker at once, each with an image that is not named here, one item at a time.');
  expect(said).toContain("A worker's lease is 10 s");
  expect(said).toContain(
    'WORK_QUEUE_LEASE_MS is "soon": allowed are whole numbers, and workers end at once (exit 81).',
  );
});

test('files and folders; what is no YAML is named with its line', async () => {
  writeFileSync(
    join(folder, 'a.yaml'),
    '---\nkind: Job\nmetadata: {name: j}\nspec: {template: {spec: {containers: [{env: [{name: WORK_QUEUE_NAME, value: q}]}]}}}\n---\n',
  );
  writeFileSync(join(folder, 'ignored.txt'), ': : :');
  expect((await rwq(['explain', folder])).stdout).toContain('Job j works through the queue q');
  expect((await rwq(['explain', join(folder, 'a.yaml')])).code).toBe(0);
  writeFileSync(join(folder, 'wrong.yaml'), 'kind: Job\nspec: [1,\n');
  const wrong = await rwq(['explain', join(folder, 'wrong.yaml')]);
  expect(wrong).toMatchObject({ code: 1, stderr: expect.stringMatching(/wrong\.yaml:3 is not YAML: /) });
  expect(await rwq(['explain', join(folder, 'nowhere')])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('There is no file'),
  });
  const none = await rwq(['explain', '-'], { input: 'kind: ConfigMap\n' });
  expect(none).toMatchObject({ code: 1, stderr: expect.stringContaining('None of 1 object runs workers') });
});
