import { ApiObject, Chart, JsonPatch, Size, Testing } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { MODELS } from '../../test/manifest-models';
import {
  InvalidPropError,
  RedisStore,
  RedisWorkQueueDeployment,
  type RedisWorkQueueDeploymentProps,
  RedisWorkQueueJob,
} from '..';

const newChart = (namespace?: string) => new Chart(Testing.app(), 'test', { namespace });
const BASE = { queueName: 'thumbnails', image: 'registry.example/thumbnails:1', deploymentName: 'thumbnails' };

// biome-ignore lint/suspicious/noExplicitAny: manifests have no type
type Manifests = Record<string, any>;

/** The objects by kind, of which the store has those that are named after it. */
function manifests(props: Partial<RedisWorkQueueDeploymentProps> = {}, chart = newChart('batch')): Manifests {
  new RedisWorkQueueDeployment(chart, 'thumbnails', { ...BASE, ...props });
  const objects = Testing.synth(chart);
  for (const object of objects) if (MODELS[object.kind]) new MODELS[object.kind]!(object).validate();
  return Object.fromEntries(objects.map((object) => [`${object.kind} ${object.metadata.name}`, object]));
}

test('three props make a Deployment, its budget, and a store with a volume', () => {
  const { 'Deployment thumbnails': deployment, ...others } = manifests();
  expect(Object.keys(others).sort()).toEqual([
    'NetworkPolicy thumbnails-redis-clients',
    'PodDisruptionBudget thumbnails',
    'Service thumbnails-redis',
    'StatefulSet thumbnails-redis',
  ]);
  const { selector, template } = deployment.spec;
  expect(deployment.spec).toMatchObject({ replicas: 1, minReadySeconds: 10 });
  expect(template.metadata.labels).toMatchObject(selector.matchLabels);
  expect(others['PodDisruptionBudget thumbnails'].spec).toEqual({
    maxUnavailable: 1,
    selector,
    unhealthyPodEvictionPolicy: 'AlwaysAllow',
  });
  const { restartPolicy = 'Always', initContainers, containers } = template.spec;
  expect([restartPolicy, initContainers, containers.length]).toEqual(['Always', undefined, 1]);
  expect(containers[0].env).toEqual([
    { name: 'REDIS_URL', value: 'redis://thumbnails-redis:6379' },
    { name: 'WORK_QUEUE_NAME', value: 'thumbnails' },
    { name: 'WORK_QUEUE_WORKER', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
    { name: 'WORK_QUEUE_ENDLESS', value: 'true' },
  ]);
});

test('a name that nobody has given is that of the path, and stays when the pods change', () => {
  const name = (image: string) => {
    const made = new RedisWorkQueueDeployment(newChart(), 'thumbnails', { queueName: 'q', image });
    return [made.deployment.name, made.podSelector] as const;
  };
  expect(name('worker:1')).toEqual(name('worker:2'));
});

test('a long name still makes a store', () => {
  const deploymentName = `t${'o'.repeat(62)}`;
  const { [`Deployment ${deploymentName}`]: deployment, ...others } = manifests({ deploymentName });
  expect(deployment).toBeDefined();
  expect(Object.keys(others).filter((name) => name.startsWith('StatefulSet'))).toHaveLength(1);
});

test('roll-outs and drains of nodes go as the chart says', () => {
  const {
    'Deployment thumbnails': { spec },
    'PodDisruptionBudget thumbnails': budget,
  } = manifests({
    replicas: 8,
    strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: '50%' } },
    minReadySeconds: 0,
    podDisruptionBudget: { minAvailable: '50%' },
  });
  expect(spec).toMatchObject({
    replicas: 8,
    minReadySeconds: 0,
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: '50%' } },
  });
  expect(budget.spec).toMatchObject({ minAvailable: '50%' });
  expect(budget.spec).not.toHaveProperty('maxUnavailable');
  expect(manifests({ strategy: { type: 'Recreate' } })['Deployment thumbnails'].spec.strategy).toEqual({
    type: 'Recreate',
  });
});

test.each([
  [undefined, undefined],
  [5, undefined],
  [600, 1200],
  [86_400, 87_000],
])('a roll-out is not stuck before a worker is ready after %p s', (minReadySeconds, progressDeadlineSeconds) => {
  const { spec } = manifests({ minReadySeconds })['Deployment thumbnails'];
  expect(spec.progressDeadlineSeconds).toBe(progressDeadlineSeconds);
});

describe('a ScaledObject', () => {
  test('scales by the list, reaches a made store from its own namespace, and leaves the replicas to KEDA', () => {
    const all = manifests({ concurrency: 5, scaledObject: { maxReplicaCount: 20, pollingInterval: 10 } });
    expect(all['Deployment thumbnails'].spec).not.toHaveProperty('replicas');
    expect(all['ScaledObject thumbnails']).toMatchObject({
      apiVersion: 'keda.sh/v1alpha1',
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'thumbnails' },
        minReplicaCount: 1,
        maxReplicaCount: 20,
        pollingInterval: 10,
        triggers: [
          {
            type: 'redis',
            metadata: { address: 'thumbnails-redis.batch.svc:6379', listName: 'thumbnails', listLength: '50' },
          },
        ],
      },
    });
    expect(all).not.toHaveProperty('TriggerAuthentication thumbnails');
    const policy = all['NetworkPolicy thumbnails-keda'].spec;
    expect(policy.podSelector).toEqual(all['NetworkPolicy thumbnails-redis-clients'].spec.podSelector);
    expect(policy.ingress).toEqual([
      {
        from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'keda' } } }],
        ports: [{ protocol: 'TCP', port: 6379 }],
      },
    ]);
  });

  test('from 0 workers on, one comes for whatever is not in the list', () => {
    const { triggers } = manifests({ scaledObject: { minReplicaCount: 0, maxReplicaCount: 2, itemsPerWorker: 7 } })[
      'ScaledObject thumbnails'
    ].spec;
    expect(triggers.map(({ metadata }: Manifests) => [metadata!.listName, metadata!.listLength])).toEqual([
      ['thumbnails', '7'],
      ...['retries', 'suspects', 'leases'].map((key) => [`{thumbnails}:${key}`, '1000000000']),
    ]);
  });

  test('has the credentials and the authorities of an external store, whose policy is not ours', () => {
    const chart = newChart();
    const secret = kplus.Secret.fromSecretName(chart, 'secret', 'credentials');
    const key = (name: string) => ({ secret, key: name });
    const redis = RedisStore.external(chart, 'redis', {
      host: 'redis.example.com',
      tls: true,
      certificateAuthorities: key('ca.crt'),
      username: key('user'),
      password: key('password'),
    });
    const all = manifests({ redis, scaledObject: { maxReplicaCount: 2 } }, chart);
    expect(all['TriggerAuthentication thumbnails'].spec.secretTargetRef).toEqual([
      { parameter: 'username', name: 'credentials', key: 'user' },
      { parameter: 'password', name: 'credentials', key: 'password' },
      { parameter: 'ca', name: 'credentials', key: 'ca.crt' },
    ]);
    expect(all['ScaledObject thumbnails'].spec.triggers).toEqual([
      {
        type: 'redis',
        metadata: {
          address: 'redis.example.com:6379',
          listName: 'thumbnails',
          listLength: '10',
          enableTLS: 'true',
        },
        authenticationRef: { name: 'thumbnails' },
      },
    ]);
    expect(Object.keys(all).filter((name) => name.startsWith('NetworkPolicy'))).toEqual([]);
  });

  const key = (key: string) => ({ secret: { name: 'credentials' }, key });

  test('asks the sentinels for the primary, with their own password', () => {
    const chart = new Chart(Testing.app(), 'test', { namespace: 'batch' });
    const redis = RedisStore.sentinel(chart, 'redis', {
      sentinels: ['s1', 's2.example.com:26380', '[fd00::3]'],
      primaryName: 'mymaster',
      database: 2,
      tls: true,
      certificateAuthorities: { configMap: { name: 'ca' }, key: 'ca.crt' },
      clientCertificate: { secret: { name: 'client' } },
      username: 'fruit',
      password: key('password'),
      sentinelUsername: key('watcher'),
      sentinelPassword: key('sentinel'),
    });
    const all = manifests({ redis, scaledObject: { maxReplicaCount: 2, minReplicaCount: 0 } }, chart);
    const { triggers } = all['ScaledObject thumbnails'].spec;
    expect(triggers).toHaveLength(4);
    for (const { type, metadata, authenticationRef } of triggers) {
      expect([type, authenticationRef]).toEqual(['redis-sentinel', { name: 'thumbnails' }]);
      expect(metadata).toMatchObject({
        addresses: 's1.batch.svc:26379,s2.example.com:26380,[fd00::3]:26379',
        sentinelMaster: 'mymaster',
        databaseIndex: '2',
        username: 'fruit',
        enableTLS: 'true',
      });
    }
    expect(all['TriggerAuthentication thumbnails'].spec).toEqual({
      secretTargetRef: [
        { parameter: 'password', name: 'credentials', key: 'password' },
        { parameter: 'sentinelUsername', name: 'credentials', key: 'watcher' },
        { parameter: 'sentinelPassword', name: 'credentials', key: 'sentinel' },
        { parameter: 'cert', name: 'client', key: 'tls.crt' },
        { parameter: 'key', name: 'client', key: 'tls.key' },
      ],
      configMapTargetRef: [{ parameter: 'ca', name: 'ca', key: 'ca.crt' }],
    });
  });

  test('asks the nodes of a Redis Cluster, at addresses of its own where it has some', () => {
    const trigger = (scaledObject: object) => {
      const chart = newChart();
      const redis = RedisStore.cluster(chart, 'redis', { nodes: ['n1.example.com', 'n2.example.com:7000'] });
      return manifests({ redis, scaledObject: { maxReplicaCount: 2, ...scaledObject } }, chart)[
        'ScaledObject thumbnails'
      ].spec.triggers[0];
    };
    expect(trigger({})).toEqual({
      type: 'redis-cluster',
      metadata: { addresses: 'n1.example.com:6379,n2.example.com:7000', listName: 'thumbnails', listLength: '10' },
    });
    expect(trigger({ address: 'a:1,b:2' }).metadata.addresses).toBe('a:1,b:2');
  });

  test('gets a host out of a Secret by its TriggerAuthentication', () => {
    const chart = newChart();
    const redis = RedisStore.external(chart, 'redis', { host: key('host'), port: 6380 });
    const all = manifests({ redis, scaledObject: { maxReplicaCount: 2 } }, chart);
    expect(all['ScaledObject thumbnails'].spec.triggers[0].metadata).toEqual({
      port: '6380',
      listName: 'thumbnails',
      listLength: '10',
    });
    expect(all['TriggerAuthentication thumbnails'].spec).toEqual({
      secretTargetRef: [{ parameter: 'host', name: 'credentials', key: 'host' }],
    });
  });

  test('refuses what KEDA cannot do: a database that a Secret holds, several addresses of one server', () => {
    const of = (props: object, scaledObject: object) => () => {
      const chart = newChart();
      const redis = RedisStore.external(chart, 'redis', { host: 'redis.example.com', ...props });
      manifests({ redis, scaledObject: { maxReplicaCount: 2, ...scaledObject } }, chart);
    };
    expect(of({ database: key('database') }, {})).toThrow(/scaledObject is .*`database` is in a Secret.*database: 2/);
    expect(of({}, { address: 'a:1,b:1' })).toThrow(/scaledObject\.address is "a:1,b:1"\. The store is at one address/);
  });

  test('needs an address where nobody knows the namespace', () => {
    const scaledObject = { maxReplicaCount: 2 };
    expect(() => manifests({ scaledObject }, newChart())).toThrow(
      /scaledObject\.address is undefined\. KEDA runs in another namespace.* new Chart\(app, "jobs", \{ namespace: "batch" \}\)/s,
    );
    const address = 'redis.elsewhere.svc:6379';
    const { triggers } = manifests({ scaledObject: { ...scaledObject, address } }, newChart())[
      'ScaledObject thumbnails'
    ].spec;
    expect(triggers[0].metadata.address).toBe(address);
  });
});

test('a HorizontalPodAutoscaler scales by the metric of the queue', () => {
  const all = manifests({ horizontalPodAutoscaler: { minReplicas: 2, maxReplicas: 9, itemsPerWorker: 40 } });
  expect(all['Deployment thumbnails'].spec).not.toHaveProperty('replicas');
  expect(all['HorizontalPodAutoscaler thumbnails'].spec).toEqual({
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'thumbnails' },
    minReplicas: 2,
    maxReplicas: 9,
    metrics: [
      {
        type: 'External',
        external: {
          metric: { name: 'redis_work_queue_items_waiting', selector: { matchLabels: { queue: 'thumbnails' } } },
          target: { type: 'AverageValue', averageValue: '40' },
        },
      },
    ],
  });
  expect(() => manifests({ queueName: 'a b', horizontalPodAutoscaler: { maxReplicas: 2 } })).toThrow(
    /"a b" is no value of a label/,
  );
});

test('the workers are those of a Job: what is said of pods, containers and the store holds', () => {
  const { spec } = manifests({ redisMemory: Size.gibibytes(1), nodeSelector: { disk: 'ssd' }, maxAttempts: 7 })[
    'Deployment thumbnails'
  ];
  expect(spec.template.spec.nodeSelector).toEqual({ disk: 'ssd' });
  expect(spec.template.spec.containers[0].env).toContainEqual({ name: 'WORK_QUEUE_MAX_ATTEMPTS', value: '7' });
});

test('an egress policy confines the workers to their store', () => {
  const { 'NetworkPolicy thumbnails-egress': policy, 'Deployment thumbnails': deployment } = manifests({
    egressPolicy: true,
  });
  const [term] = policy.spec.podSelector.matchExpressions;
  expect(deployment.spec.template.metadata.labels).toMatchObject({ [term.key]: term.values[0] });
  expect(JSON.stringify(policy.spec.egress)).toContain('thumbnails-redis');
});

test('whatever has no prop takes a JSON patch', () => {
  const chart = newChart();
  const made = new RedisWorkQueueDeployment(chart, 'thumbnails', BASE);
  ApiObject.of(made).addJsonPatch(JsonPatch.add('/spec/revisionHistoryLimit', 3));
  expect(Testing.synth(chart).find(({ kind }) => kind === 'Deployment').spec.revisionHistoryLimit).toBe(3);
});

test('a Job cannot come after a stream', () => {
  const chart = newChart();
  const stream = new RedisWorkQueueDeployment(chart, 'thumbnails', BASE);
  const job = { queueName: 'q', image: 'worker', redis: stream.redis, after: [stream] };
  expect(() => new RedisWorkQueueJob(chart, 'job', job)).toThrow(/The work of a RedisWorkQueueDeployment never ends/);
});

test.each([
  'items',
  'filler',
  'failFast',
  'tolerateDeadLetters',
  'settle',
  'startTimeout',
  'backoffLimit',
  'parallelism',
])('%s, a prop of RedisWorkQueueJob, is refused with what to write here', (name) => {
  const make = () => manifests({ [name]: 1 });
  expect(make).toThrow(InvalidPropError);
  expect(make).toThrow(new RegExp(`${name} is 1\\. (A stream|It is a field of a Job|The number of workers|A worker)`));
});

test('one that is refused leaves nothing behind', () => {
  const chart = newChart();
  expect(() => new RedisWorkQueueDeployment(chart, 'it', { ...BASE, scaledObject: { maxReplicaCount: 1 } })).toThrow();
  expect(chart.node.findAll()).toEqual([chart]);
});

test('two of one name are refused at synth', () => {
  const chart = newChart();
  const redis = RedisStore.external(chart, 'redis', { host: 'redis' });
  for (const id of ['one', 'two']) new RedisWorkQueueDeployment(chart, id, { ...BASE, redis });
  expect(chart.node.children.flatMap((child) => child.node.validate()).join()).toMatch(
    /are both the Deployment "thumbnails".*Rename one, by `deploymentName`/s,
  );
});
