import { App, Chart, Duration, Lazy } from 'cdk8s';
import {
  FillJob,
  InvalidPropError,
  RedisStore,
  RedisWorkQueueCronJob,
  RedisWorkQueueDeployment,
  RedisWorkQueueJob,
} from '../../lib';
import { CRON_JOB } from '../../lib/cron-job/redis-work-queue-cron-job-table';
import { HORIZONTAL_POD_AUTOSCALER } from '../../lib/deployment/horizontal-pod-autoscaler';
import { POD_DISRUPTION_BUDGET } from '../../lib/deployment/pod-disruption-budget';
import { DEPLOYMENT } from '../../lib/deployment/redis-work-queue-deployment-table';
import { SCALED_OBJECT } from '../../lib/deployment/scaled-object';
import { ROLLING_UPDATE, STRATEGY } from '../../lib/deployment/strategy';
import { FILL_JOB } from '../../lib/fill/fill-job-table';
import { FILL_POD } from '../../lib/fill/fill-pod';
import { FILLER } from '../../lib/fill/queue-filler-table';
import { shown } from '../../lib/invalid-prop';
import { JOB } from '../../lib/job/redis-work-queue-job-table';
import { dnsConfig, hostAlias } from '../../lib/props/dns';
import { kueue, kueueQueue } from '../../lib/props/kueue';
import { containerPort, sidecar } from '../../lib/props/pod-containers';
import { rate } from '../../lib/props/rate';
import { resources } from '../../lib/props/resources';
import type { Shape } from '../../lib/props/shape';
import { toleration } from '../../lib/props/tolerations';
import { topologySpreadConstraint } from '../../lib/props/topology-spread';
import { volumeMount } from '../../lib/props/volumes';
import { CLUSTER_REDIS, EXTERNAL_REDIS, SENTINEL_REDIS } from '../../lib/store/existing-redis-table';
import { PERSISTENT_REDIS, REDIS_POD } from '../../lib/store/redis-store-table';
import { REPLICATED_REDIS } from '../../lib/store/replicated-redis-table';
import { CRON_JOB_ROWS } from './cron-job-input';
import type { Wrong } from './wrong';
import {
  AUTOSCALER_ROWS,
  BUDGET_ROWS,
  CONTAINER_ROWS,
  DEPLOYMENT_ROWS,
  FILL_JOB_ROWS,
  FILLER_ROWS,
  JOB_ROWS,
  KUEUE_QUEUE_ROWS,
  KUEUE_ROWS,
  MOUNT_ROWS,
  mount,
  PERSISTENT_ROWS,
  POD_PROPS_ROWS,
  POD_ROWS,
  PORT_ROWS,
  RATE_ROWS,
  REPLICATED_ROWS,
  RESOURCES_ROWS,
  ROLLING_UPDATE_ROWS,
  SCALED_OBJECT_ROWS,
  STRATEGY_ROWS,
  store,
  TOLERATION_ROWS,
} from './wrong-input';
import { ALIAS_ROWS, DNS_ROWS, SPREAD_ROWS } from './wrong-pods';
import { CLUSTER_ROWS, EXTERNAL_ROWS, SENTINEL_ROWS } from './wrong-stores';

type Make = (props: object, chart: Chart) => unknown;

const job: Make = (props, of) => new RedisWorkQueueJob(of, 'it', { queueName: 'q', image: 'worker', ...props });

const deployment: Make = (props, of) =>
  new RedisWorkQueueDeployment(of, 'it', { queueName: 'q', image: 'worker', redis: external(of), ...props });
/** One that is reached from every namespace. */
const external = (of: Chart) => RedisStore.external(of, 'redis', { host: 'redis.example.com' });

const INTERFACES: [string, Shape<never>, Wrong<object>, Make][] = [
  ['RedisWorkQueueJobProps', JOB as never, JOB_ROWS, job],
  [
    'RedisWorkQueueCronJobProps',
    CRON_JOB as never,
    CRON_JOB_ROWS,
    (props, of) =>
      new RedisWorkQueueCronJob(of, 'it', {
        schedule: '@daily',
        queueName: 'q',
        image: 'worker',
        ...('filler' in props ? {} : { items: ['a'] }),
        ...props,
      }),
  ],
  ['QueueFiller', FILLER as never, FILLER_ROWS, (props, of) => job({ filler: { image: 'filler', ...props } }, of)],
  [
    'FillJobProps',
    FILL_JOB as never,
    FILL_JOB_ROWS,
    (props, of) => new FillJob(of, 'it', { name: 'fill', queueName: 'q', items: ['a'], redis: store, ...props }),
  ],
  ['RedisPodProps', REDIS_POD as never, POD_ROWS, (props, of) => RedisStore.pod(of, 'it', props)],
  [
    'PersistentRedisProps',
    PERSISTENT_REDIS as never,
    PERSISTENT_ROWS,
    (props, of) => RedisStore.persistent(of, 'it', props),
  ],
  [
    'ReplicatedRedisProps',
    REPLICATED_REDIS as never,
    REPLICATED_ROWS,
    (props, of) => RedisStore.replicated(of, 'it', props),
  ],
  [
    'ExternalRedisProps',
    EXTERNAL_REDIS as never,
    EXTERNAL_ROWS,
    (props, of) => RedisStore.external(of, 'it', { host: 'redis', ...props }),
  ],
  [
    'SentinelRedisProps',
    SENTINEL_REDIS as never,
    SENTINEL_ROWS,
    (props, of) => RedisStore.sentinel(of, 'it', { sentinels: ['a:26379'], primaryName: 'mymaster', ...props }),
  ],
  [
    'ClusterRedisProps',
    CLUSTER_REDIS as never,
    CLUSTER_ROWS,
    (props, of) => RedisStore.cluster(of, 'it', { nodes: ['a:6379'], ...props }),
  ],
  ['PodProps', FILL_POD as never, POD_PROPS_ROWS, (props, of) => job({ items: ['a'], fillPod: props }, of)],
  [
    'TopologySpreadConstraint',
    topologySpreadConstraint as never,
    SPREAD_ROWS,
    (props, of) => {
      const zone = { maxSkew: 1, topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'ScheduleAnyway' };
      return job({ topologySpreadConstraints: [{ ...zone, ...props }] }, of);
    },
  ],
  ['DnsConfig', dnsConfig as never, DNS_ROWS, (props, of) => job({ dnsConfig: props }, of)],
  [
    'HostAlias',
    hostAlias as never,
    ALIAS_ROWS,
    (props, of) => job({ hostAliases: [{ ip: '10.1.2.3', hostnames: ['a'], ...props }] }, of),
  ],
  [
    'Toleration',
    toleration as never,
    TOLERATION_ROWS,
    (props, of) =>
      job({ tolerations: [{ operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 60, ...props }] }, of),
  ],
  [
    'KueueProps',
    kueue as never,
    KUEUE_ROWS,
    (props, of) => job({ parallelism: 8, kueue: { localQueue: 'batch', ...props } }, of),
  ],
  [
    'KueueQueueProps',
    kueueQueue as never,
    KUEUE_QUEUE_ROWS,
    (props, of) => {
      const fill = { name: 'fill', queueName: 'q', items: ['a'], redis: store };
      return new FillJob(of, 'it', { ...fill, kueue: { localQueue: 'batch', ...props } });
    },
  ],
  [
    'Rate',
    rate as never,
    RATE_ROWS,
    (props, of) => job({ rate: { items: 100, per: Duration.minutes(1), ...props } }, of),
  ],
  ['ContainerResources', resources as never, RESOURCES_ROWS, (props, of) => job({ resources: props }, of)],
  ['VolumeMount', volumeMount as never, MOUNT_ROWS, (props, of) => job({ volumeMounts: mount(props) }, of)],
  [
    'PodContainer',
    sidecar as never,
    CONTAINER_ROWS,
    (props, of) => job({ sidecars: [{ name: 'proxy', image: 'proxy', ...props }] }, of),
  ],
  [
    'ContainerPort',
    containerPort as never,
    PORT_ROWS,
    (props, of) => job({ sidecars: [{ name: 'a', image: 'a', ports: [{ containerPort: 1, ...props }] }] }, of),
  ],
];

INTERFACES.push(
  [
    'RedisWorkQueueDeploymentProps',
    DEPLOYMENT as never,
    DEPLOYMENT_ROWS,
    (props, of) => new RedisWorkQueueDeployment(of, 'it', { queueName: 'q', image: 'worker', ...props }),
  ],
  [
    'DeploymentStrategy',
    STRATEGY as never,
    STRATEGY_ROWS,
    (props, of) => deployment({ strategy: { rollingUpdate: { maxSurge: 1 }, ...props } }, of),
  ],
  [
    'RollingUpdate',
    ROLLING_UPDATE as never,
    ROLLING_UPDATE_ROWS,
    (props, of) => deployment({ strategy: { rollingUpdate: props } }, of),
  ],
  [
    'PodDisruptionBudgetProps',
    POD_DISRUPTION_BUDGET as never,
    BUDGET_ROWS,
    (props, of) => deployment({ podDisruptionBudget: props }, of),
  ],
  [
    'HorizontalPodAutoscalerProps',
    HORIZONTAL_POD_AUTOSCALER as never,
    AUTOSCALER_ROWS,
    (props, of) => deployment({ horizontalPodAutoscaler: { maxReplicas: 20, ...props } }, of),
  ],
  [
    'ScaledObjectProps',
    SCALED_OBJECT as never,
    SCALED_OBJECT_ROWS,
    (props, of) => deployment({ scaledObject: { maxReplicaCount: 20, ...props } }, of),
  ],
);

const newChart = () => new Chart(new App(), 'test');

function refusal(make: Make, props: object): Error {
  try {
    make(props, newChart());
  } catch (error) {
    return error as Error;
  }
  throw new Error('It was accepted.');
}

describe.each(INTERFACES)('%s', (_, shape, wrong, make) => {
  const rows = Object.entries(wrong as Record<string, readonly [unknown, RegExp][]>);
  const props = Object.keys((shape as Shape<object>).props);

  test('has rows here for each prop of its table', () => {
    expect(
      rows
        .filter(([, values]) => values.length > 0)
        .map(([name]) => name)
        .sort(),
    ).toEqual([...props].sort());
  });

  test.each(
    rows.flatMap(([name, values]) => values.map(([value, message]) => [name, shown(value), value, message] as const)),
  )('%s refuses %s', (name, _, value, message) => {
    const error = refusal(make, { [name]: value });
    expect(error.message).toMatch(message);
    expect(error).toBeInstanceOf(InvalidPropError);
    expect(error.message).not.toContain('hunter2');
  });

  test.each(props)('%s takes nothing that no prop takes, whatever it is', (name) => {
    const circular: unknown[] = [];
    circular.push(circular);
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    const throwing = Object.defineProperty({}, 'name', {
      enumerable: true,
      get: () => {
        throw new Error('boom');
      },
    });
    const nothing: unknown[] = [
      ...[Symbol('s'), 10n ** 30n, () => 'x', class {}, Number.NaN, Number.NEGATIVE_INFINITY, -0.5],
      ...[new Map([['a', 1]]), new Set([1]), new Date(0), /x/, new Error('x'), Promise.resolve('x'), Buffer.from('x')],
      ...[
        Lazy.any({ produce: () => 'x' }),
        circular,
        revoked.proxy,
        throwing,
        Object.create(null, { a: { value: [1], enumerable: true } }),
      ],
      ...[[undefined], [null], [Symbol('s')], [Lazy.any({ produce: () => 'x' })], new Array(3)],
    ];
    for (const value of nothing) {
      const error = refusal(make, { [name]: value });
      expect(error).toBeInstanceOf(InvalidPropError);
      expect(error.message).toContain(name);
      expect(error.message.length).toBeLessThan(2_000);
    }
  });
});
