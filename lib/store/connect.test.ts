import { ApiObject, Chart, JsonPatch, Testing } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { MODELS } from '../../test/manifest-models';
import { VERSIONS } from '../../test/plus/versions';
import { CLIENT_LABEL, InvalidPropError, RedisStore, RedisWorkQueueJob, ServiceDiscovery } from '..';

// biome-ignore lint/suspicious/noExplicitAny: manifests have no type
type Manifest = any;

const newChart = (namespace?: string) => new Chart(Testing.app(), 'test', { namespace });
const IMAGE = 'registry.example/api:1';
const CONTAINERS = [{ name: 'api', image: IMAGE }];

/** A store that asks for all that a store can ask for. */
function external(chart: Chart): RedisStore {
  const secret = kplus.Secret.fromSecretName(chart, 'secret', 'credentials');
  const key = (name: string) => ({ secret, key: name });
  return RedisStore.external(chart, 'redis', {
    host: 'redis.example.com',
    tls: true,
    certificateAuthorities: key('ca.crt'),
    username: key('user'),
    password: key('password'),
  });
}

const made = (chart: Chart) => RedisStore.pod(chart, 'redis', { podName: 'redis', serviceName: 'redis' });

/** The one object of these that is no store's. */
function api(chart: Chart): Manifest {
  const [object, ...more] = Testing.synth(chart).filter(({ metadata }) => metadata.name === 'api');
  expect(more).toEqual([]);
  const Model = MODELS[object.kind];
  if (Model) new Model(object).validate();
  return object;
}

function podOf({ kind, metadata, spec }: Manifest): Manifest {
  if (kind === 'Pod') return { metadata, spec };
  return kind === 'CronJob' ? spec.jobTemplate.spec.template : spec.template;
}

const metadata = { name: 'api' };
const selector = { matchLabels: { app: 'api' } };
const template = { metadata: { labels: { app: 'api' } }, spec: { containers: CONTAINERS } };
const object = (chart: Chart, kind: string, spec: object, apiVersion = 'apps/v1') =>
  new ApiObject(chart, 'api', { apiVersion, kind, metadata, spec });

/** Everything that runs pods, of cdk8s-plus, generated, and as plain manifests. */
const WORKLOADS: [string, (chart: Chart) => Construct][] = [
  ['a kplus.Deployment', (chart) => new kplus.Deployment(chart, 'api', { metadata, containers: CONTAINERS })],
  [
    'a kplus.StatefulSet',
    (chart) => {
      const service = new kplus.Service(chart, 'service', { ports: [{ port: 80 }] });
      return new kplus.StatefulSet(chart, 'api', { metadata, containers: CONTAINERS, service });
    },
  ],
  ['a kplus.DaemonSet', (chart) => new kplus.DaemonSet(chart, 'api', { metadata, containers: CONTAINERS })],
  ['a kplus.Pod', (chart) => new kplus.Pod(chart, 'api', { metadata, containers: CONTAINERS })],
  ['a kplus.Job', (chart) => new kplus.Job(chart, 'api', { metadata, containers: CONTAINERS })],
  [
    'a kplus.CronJob',
    (chart) =>
      new kplus.CronJob(chart, 'api', {
        metadata,
        containers: CONTAINERS,
        schedule: { expressionString: '0 3 * * *' } as never,
      }),
  ],
  [
    'a generated KubeDeployment',
    (chart) => new kplus.k8s.KubeDeployment(chart, 'api', { metadata, spec: { selector, template } }),
  ],
  ['an ApiObject of a Deployment', (chart) => object(chart, 'Deployment', { selector, template })],
  ['an ApiObject of a Pod', (chart) => object(chart, 'Pod', template.spec, 'v1')],
  [
    'an ApiObject of a CronJob without labels',
    (chart) =>
      object(
        chart,
        'CronJob',
        {
          schedule: '0 3 * * *',
          jobTemplate: { spec: { template: { spec: { ...template.spec, restartPolicy: 'Never' } } } },
        },
        'batch/v1',
      ),
  ],
  [
    'an ApiObject of an Argo Rollout',
    (chart) => object(chart, 'Rollout', { selector, template }, 'argoproj.io/v1alpha1'),
  ],
  [
    'a construct around one',
    (chart) => {
      const around = new Construct(chart, 'around');
      new ApiObject(around, 'Resource', {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata,
        spec: { selector, template },
      });
      return around;
    },
  ],
];

describe.each(WORKLOADS)('%s', (_, make) => {
  test('is connected as the workers of a queue are', () => {
    const chart = newChart();
    const redis = external(chart);
    const workload = make(chart);
    const names = ['REDIS_URL', 'REDIS_USERNAME', 'REDIS_PASSWORD', 'REDIS_CA_FILE'];
    expect(redis.connect(workload)).toEqual({ containers: ['api'], variables: names, labels: {}, volume: 'redis-ca' });
    const { spec } = podOf(api(chart));

    const { job } = new RedisWorkQueueJob(chart, 'job', { queueName: 'q', image: 'worker', gate: false, redis });
    const worker = job.toJson().spec.template.spec;
    const ofStore = ({ name }: { name: string }) => names.includes(name);
    expect(spec.containers[0].env).toEqual(worker.containers[0].env.filter(ofStore));
    expect(spec.containers[0].volumeMounts).toEqual(worker.containers[0].volumeMounts);
    expect(spec.volumes).toEqual(worker.volumes);
  });

  test('is let in by the NetworkPolicy of a made store, and connected once', () => {
    const chart = newChart();
    const redis = made(chart);
    const workload = make(chart);
    const first = redis.connect(workload);
    const once = api(chart);
    expect(first).toEqual({ containers: ['api'], variables: ['REDIS_URL'], labels: { [CLIENT_LABEL]: 'redis' } });
    expect(redis.connect(workload)).toEqual(first);
    expect(api(chart)).toEqual(once);
    const { metadata, spec } = podOf(once);
    expect(metadata.labels).toMatchObject(redis.clientLabels);
    expect(spec.containers[0].env).toEqual([{ name: 'REDIS_URL', value: 'redis://redis:6379' }]);
    expect(spec.volumes ?? []).toEqual([]);
  });
});

test.each(VERSIONS)('workloads of %s are connected', (version) => {
  const plus = require(version) as typeof kplus;
  const chart = newChart();
  const redis = external(chart);
  const service = new plus.Service(chart, 'service', { ports: [{ port: 80 }] });
  const workloads = [
    new plus.Deployment(chart, 'deployment', { containers: CONTAINERS }),
    new plus.StatefulSet(chart, 'stateful-set', { containers: CONTAINERS, service }),
    new plus.DaemonSet(chart, 'daemon-set', { containers: CONTAINERS }),
    new plus.Job(chart, 'job', { containers: CONTAINERS }),
    new plus.Pod(chart, 'pod', { containers: CONTAINERS }),
  ];
  for (const workload of workloads) redis.connect(workload);
  const pods = Testing.synth(chart)
    .filter(({ kind }) => kind !== 'Service')
    .map(podOf);
  expect(pods).toHaveLength(workloads.length);
  for (const { spec } of pods) {
    expect(spec.containers[0].env.map(({ name }: { name: string }) => name)).toEqual([
      'REDIS_URL',
      'REDIS_USERNAME',
      'REDIS_PASSWORD',
      'REDIS_CA_FILE',
    ]);
    expect(spec.containers[0].volumeMounts).toMatchObject([{ name: 'redis-ca', mountPath: '/etc/redis-ca' }]);
    expect(spec.volumes).toEqual([
      { name: 'redis-ca', secret: { secretName: 'credentials', items: [{ key: 'ca.crt', path: 'ca.pem' }] } },
    ]);
  }
});

describe.each<[string, (chart: Chart) => Construct]>([
  [
    'cdk8s-plus',
    (chart) =>
      new kplus.Deployment(chart, 'api', {
        metadata,
        containers: [
          { name: 'api', image: IMAGE, envVariables: { A: kplus.EnvValue.fromValue('a') } },
          { name: 'proxy', image: IMAGE },
        ],
        initContainers: [{ name: 'migrate', image: IMAGE }],
      }),
  ],
  [
    'a manifest',
    (chart) =>
      object(chart, 'Deployment', {
        selector,
        template: {
          ...template,
          spec: {
            containers: [
              { name: 'api', image: IMAGE, env: [{ name: 'A', value: 'a' }] },
              { name: 'proxy', image: IMAGE },
            ],
            initContainers: [{ name: 'migrate', image: IMAGE }],
          },
        },
      }),
  ],
])('several containers of %s', (_, make) => {
  const connected = (containers?: string[]) => {
    const chart = newChart();
    external(chart).connect(make(chart), containers && { containers });
    const { spec } = podOf(api(chart));
    return [...spec.containers, ...spec.initContainers]
      .filter(({ env = [] }) => env.some(({ name }: { name: string }) => name === 'REDIS_URL'))
      .map(({ name, env, volumeMounts }) => [name, env[0].name, volumeMounts.length]);
  };

  test('are all connected, without init containers, beside the variables that they have', () => {
    expect(connected()).toEqual([
      ['api', 'A', 1],
      ['proxy', 'REDIS_URL', 1],
    ]);
  });

  test('are connected by name', () => {
    expect(connected(['migrate', 'api'])).toEqual([
      ['api', 'A', 1],
      ['migrate', 'REDIS_URL', 1],
    ]);
  });

  test('have the name that was given', () => {
    expect(() => connected(['app'])).toThrow(/containers\[0\] is "app"\. The workload has api, proxy, migrate\./);
  });
});

test('patches of its own stay, before and after', () => {
  const chart = newChart();
  const workload = object(chart, 'Deployment', { selector, template });
  workload.addJsonPatch(JsonPatch.add('/spec/template/spec/containers/0/env', [{ name: 'A', value: 'a' }]));
  made(chart).connect(workload);
  workload.addJsonPatch(JsonPatch.add('/spec/template/spec/containers/0/env/-', { name: 'B', value: 'b' }));
  const { env } = podOf(api(chart)).spec.containers[0];
  expect(env.map(({ name }: { name: string }) => name)).toEqual(['A', 'REDIS_URL', 'B']);
});

test('without DNS, its Service is applied first, and the pods are given its variables', () => {
  const chart = newChart();
  const workload = object(chart, 'Deployment', { selector, template });
  const redis = RedisStore.pod(chart, 'redis', { serviceName: 'redis', discovery: ServiceDiscovery.ENVIRONMENT });
  redis.connect(workload);
  const kinds = Testing.synth(chart).map(({ kind }) => kind);
  expect(kinds.indexOf('Service')).toBeLessThan(kinds.indexOf('Deployment'));
  expect(podOf(api(chart)).spec.containers[0].env[0].value).toBe('redis://$(REDIS_SERVICE_HOST):$(REDIS_SERVICE_PORT)');
});

const withSpec = (spec: object) => (chart: Chart) =>
  object(chart, 'Deployment', { selector, template: { ...template, spec: { ...template.spec, ...spec } } });
const withContainer = (container: object) => withSpec({ containers: [{ ...CONTAINERS[0], ...container }] });

test.each<[string, (chart: Chart) => unknown, RegExp]>([
  ['a name', () => 'api', /test\/redis: workload is "api"\. It must be what pods are made of: a kplus\.Deployment/],
  ['nothing', () => undefined, /workload is undefined\. It must be/],
  ['a manifest', () => ({ kind: 'Deployment', spec: { template } }), /workload is \{ kind: .*an ApiObject/],
  ['a chart', (chart) => chart, /workload is .*Of a construct that holds several, give the one/],
  ['a Service', (chart) => object(chart, 'Service', {}, 'v1'), /and it is a Service without containers/],
  ['a kplus.Service', (chart) => new kplus.Service(chart, 'api', { ports: [{ port: 1 }] }), /is a Service without/],
  [
    'a Deployment without containers',
    (chart) => new kplus.Deployment(chart, 'api'),
    /workload is "a workload without containers"\. Add its containers first/,
  ],
  [
    'variables by name',
    withContainer({ env: { A: 'a' } }),
    /is "a Deployment whose env are no list.*env: \[\{ name: … \}\]/,
  ],
  ['a container without a name', withSpec({ containers: [{ image: IMAGE }] }), /whose containers are no list/],
  ['a container that is a text', withSpec({ containers: ['api'] }), /whose containers are no list/],
  ['mounts by name', withContainer({ volumeMounts: { a: '/a' } }), /volumeMounts: \[\{ mountPath: … \}\]/],
  ['a single volume', withSpec({ volumes: { name: 'a' } }), /whose volumes are no list/],
  [
    'another address of a Redis',
    withContainer({ env: [{ name: 'REDIS_URL', value: 'redis://other:6379' }] }),
    /whose container \\"api\\" has REDIS_URL"\. It would be another one for test\/redis\. Remove it/,
  ],
  [
    'another address in cdk8s-plus',
    (chart) => {
      const envVariables = { REDIS_URL: kplus.EnvValue.fromValue('redis://other:6379') };
      return new kplus.Deployment(chart, 'api', { containers: [{ image: IMAGE, envVariables }] });
    },
    /has REDIS_URL/,
  ],
  [
    'another volume of the name',
    withSpec({ volumes: [{ name: 'redis-ca', emptyDir: {} }] }),
    /a workload with a volume \\"redis-ca\\""\. What clients read of the store, such as its authorities, is on a volume of that name/,
  ],
  [
    'another volume in the place',
    withContainer({ volumeMounts: [{ name: 'mine', mountPath: '/etc/redis-ca' }] }),
    /mounts \\"mine\\" at \/etc\/redis-ca"\. .*Mount it elsewhere/,
  ],
])('refuses %s, and changes nothing', (_, make, message) => {
  const chart = newChart();
  const redis = external(chart);
  const workload = make(chart) as ApiObject;
  const before = ApiObject.isApiObject(workload) && workload.toJson();
  expect(() => redis.connect(workload)).toThrow(message);
  expect(() => redis.connect(workload)).toThrow(InvalidPropError);
  expect(ApiObject.isApiObject(workload) && workload.toJson()).toEqual(before);
});

test('refuses a pod that is the client of another store', () => {
  const chart = newChart();
  const workload = object(chart, 'Deployment', {
    selector,
    template: { ...template, metadata: { labels: { [CLIENT_LABEL]: 'other' } } },
  });
  expect(() => made(chart).connect(workload)).toThrow(
    /is "a client of other"\. A pod is a client of one store that a chart makes, and this one is redis/,
  );
});

test('refuses a pod in another namespace than a made store', () => {
  const app = Testing.app();
  const there = new Chart(app, 'there', { namespace: 'there' });
  const here = new Chart(app, 'here', { namespace: 'here' });
  const redis = made(there);
  const message = /redis is "a store in the namespace there"\. here\/api is in here, and a store that is made/;
  expect(() => redis.connect(object(here, 'Deployment', { selector, template }))).toThrow(message);
  const moved = new kplus.Deployment(here, 'moved', { metadata: { namespace: 'there' }, containers: CONTAINERS });
  expect(() => redis.connect(moved)).not.toThrow();
});

test('refuses a pod without the variables of Services where the store is found by them', () => {
  const chart = newChart();
  const redis = RedisStore.pod(chart, 'redis', { discovery: ServiceDiscovery.ENVIRONMENT });
  expect(() => redis.connect(withSpec({ enableServiceLinks: false })(chart))).toThrow(
    /enableServiceLinks: false"\. Clients find this store by the variables of its Service/,
  );
});
