import { App, Chart, Size } from 'cdk8s';
import {
  type ContainerResources,
  Cpu,
  FillJob,
  type PodContainer,
  RedisStore,
  RedisWorkQueueCronJob,
  RedisWorkQueueDeployment,
  RedisWorkQueueJob,
} from '../lib';

// A ResourceQuota refuses a pod of which one container does not say what it counts, a LimitRange one outside of its bounds.

// biome-ignore lint/suspicious/noExplicitAny: manifests have no type
type Manifest = any;

interface Amounts {
  readonly [resource: string]: string;
}

/** A container as the API server sees it: a limit alone is a request, too. */
interface Seen {
  readonly name: string;
  readonly requests: Amounts;
  readonly limits: Amounts;
}

/** Every container that a chart runs, sidecars and init containers too. */
function containersOf(objects: Manifest[]): Seen[] {
  const pods = objects.flatMap(({ kind, spec }) => {
    const workload = spec?.jobTemplate?.spec ?? spec;
    return kind === 'Pod' ? [spec] : (workload?.template?.spec ?? []);
  });
  return pods
    .flatMap(({ initContainers = [], containers }: Manifest) => [...initContainers, ...containers])
    .map(({ name, resources: { requests = {}, limits = {} } = {} as Manifest }) => ({
      name,
      requests: { ...limits, ...requests },
      limits,
    }));
}

const UNITS: Readonly<Record<string, number>> = { m: 1e-3, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30 };

function amount(quantity: string): number {
  const [, number, unit] = /^([\d.]+)(m|[KMG]i)?$/.exec(quantity) ?? [];
  if (number === undefined) throw new Error(`${quantity} is no quantity.`);
  return Number(number) * (unit ? (UNITS[unit] as number) : 1);
}

/** The containers for which a quota of this resource, such as `limits.cpu`, refuses their pod. */
function refusedByQuota(counted: string, objects: Manifest[]): string[] {
  const [, kind, resource] = /^(requests|limits)\.(.+)$/.exec(counted) as unknown as [
    string,
    'requests' | 'limits',
    string,
  ];
  return containersOf(objects)
    .filter((container) => container[kind][resource] === undefined)
    .map(({ name }) => name);
}

interface Bounds {
  readonly min: Amounts;
  readonly max: Amounts;
  readonly maxLimitRequestRatio: Amounts;
}

/** Why a LimitRange for containers refuses the pods of a chart. */
function refusedByRange({ min, max, maxLimitRequestRatio }: Bounds, objects: Manifest[]): string[] {
  return containersOf(objects).flatMap(({ name, requests, limits }) => {
    const of = (amounts: Amounts, resource: string, none: number) =>
      amounts[resource] === undefined ? none : amount(amounts[resource] as string);
    const tooLittle = Object.keys(min).filter((each) => of(requests, each, 0) < of(min, each, 0));
    const tooMuch = Object.keys(max).filter((each) => of(limits, each, Number.POSITIVE_INFINITY) > of(max, each, 0));
    const tooFar = Object.keys(maxLimitRequestRatio).filter(
      (each) => of(limits, each, Number.POSITIVE_INFINITY) / of(requests, each, 0) > of(maxLimitRequestRatio, each, 0),
    );
    return [
      ...tooLittle.map((each) => `${name} has little ${each}`),
      ...tooMuch.map((each) => `${name} has much ${each}`),
      ...tooFar.map((each) => `${name} has far more ${each} as a limit`),
    ];
  });
}

/** All containers that there are, each with these resources. */
function synth(resources: ContainerResources): Manifest[] {
  const chart = new Chart(new App(), 'test');
  const container = (name: string): PodContainer => ({ name, image: name, resources });
  const { cpu, memory, ephemeralStorage, extended, ...nothingElse } = resources;
  expect(nothingElse).toEqual({});
  const ofStore = { ...(cpu && { cpu }), ...(ephemeralStorage && { ephemeralStorage }) };
  const redis = RedisStore.pod(chart, 'redis', { serviceName: 'redis', ...ofStore });
  const { extended: _, ...cliResources } = resources;
  const around = { initContainers: [container('init')], sidecars: [container('sidecar')] };
  const first = new RedisWorkQueueJob(chart, 'first', {
    queueName: 'first',
    image: 'worker',
    items: ['a'],
    redis,
    resources,
    cliResources,
    ...around,
  });
  new RedisWorkQueueJob(chart, 'second', {
    queueName: 'second',
    image: 'worker',
    filler: { image: 'filler', resources, ...around },
    after: [first],
    redis,
    resources,
    cliResources,
  });
  new FillJob(chart, 'third', { name: 'third', queueName: 'third', items: ['a'], redis, resources: cliResources });
  new RedisWorkQueueDeployment(chart, 'stream', { queueName: 'stream', image: 'worker', redis, resources, ...around });
  const fills = { nightly: { items: ['a'] }, filled: { filler: { image: 'filler', resources } } };
  for (const [id, fill] of Object.entries(fills)) {
    const queue = { queueName: id, image: 'worker', schedule: '0 2 * * *', redis };
    new RedisWorkQueueCronJob(chart, id, { ...queue, resources, cliResources, ...around, ...fill });
  }
  for (const [id, own] of Object.entries({
    asked: { agent: true, agentResources: cliResources },
    run: { run: ['true'] },
  })) {
    new RedisWorkQueueJob(chart, id, { queueName: id, image: 'worker', redis, resources, ...own });
  }
  RedisStore.persistent(chart, 'persistent', { serviceName: 'persistent', ...ofStore });
  return chart.toJson();
}

const OF_FIRST = ['sidecar', 'gate', 'init', 'worker'];
const OF_SECOND = ['after-1', 'gate', 'worker'];
const OF_STREAM = ['sidecar', 'init', 'worker'];
const OF_NIGHTLY = ['sidecar', 'fill', 'init', 'worker'];
const OF_FILLED = ['sidecar', 'fill', 'seal', 'init', 'worker'];
const OF_AGENT = ['worker', 'agent'];
const OF_COMMAND = ['worker'];
const OF_FILLER = ['sidecar', 'after-1', 'init', 'fill', 'seal'];
const ALL = [
  ...OF_FIRST,
  ...OF_SECOND,
  ...OF_FILLER,
  ...OF_STREAM,
  ...OF_NIGHTLY,
  ...OF_FILLED,
  ...OF_AGENT,
  ...OF_COMMAND,
  'fill',
  'fill',
  'redis',
  'redis',
].sort();

const LIMITED: ContainerResources = {
  cpu: { limit: Cpu.millis(200) },
  memory: { limit: Size.mebibytes(256) },
  ephemeralStorage: { request: Size.mebibytes(10), limit: Size.gibibytes(1) },
};

test('every container of a chart is looked at', () => {
  expect(
    containersOf(synth({}))
      .map(({ name }) => name)
      .sort(),
  ).toEqual(ALL);
});

test.each(['requests.cpu', 'requests.memory'])('a quota of %s takes a chart as it is', (counted) => {
  expect(refusedByQuota(counted, synth({}))).toEqual([]);
});

test.each(['limits.cpu', 'limits.ephemeral-storage', 'requests.ephemeral-storage'])(
  'a quota of %s refuses a chart that does not say it, and takes one that does',
  (counted) => {
    expect(refusedByQuota(counted, synth({})).sort()).toEqual(ALL);
    expect(refusedByQuota(counted, synth(LIMITED))).toEqual([]);
  },
);

test('a quota of limits.memory refuses all but stores and agents, which have one, and takes a chart that says it', () => {
  const unlimited = ALL.filter((name) => name !== 'redis' && name !== 'agent');
  expect(refusedByQuota('limits.memory', synth({})).sort()).toEqual(unlimited);
  expect(refusedByQuota('limits.memory', synth(LIMITED))).toEqual([]);
});

test('limits of what runs redis-cli, and of a store, leave the requests as low as they are', () => {
  const requests = (name: string) =>
    containersOf(synth(LIMITED))
      .filter((container) => container.name === name)
      .map((container) => [container.requests.cpu, container.requests.memory]);
  for (const name of ['gate', 'after-1', 'seal']) {
    for (const each of requests(name)) expect(each).toEqual(['10m', '16Mi']);
  }
  expect(requests('redis')).toEqual(Array(2).fill(['100m', '256Mi']));
});

test('a limit below the request that is left lowers it, as Kubernetes refuses a request above its limit', () => {
  const seen = containersOf(synth({ cpu: { limit: Cpu.millis(5) }, memory: { limit: Size.mebibytes(8) } }));
  const above = seen.flatMap(({ name, requests, limits }) =>
    Object.keys(limits)
      .filter((each) => amount(requests[each] as string) > amount(limits[each] as string))
      .map(() => name),
  );
  expect(above).toEqual([]);
  expect(seen.find(({ name }) => name === 'gate')?.requests).toMatchObject({ cpu: '5m', memory: '8Mi' });
});

test('a LimitRange with bounds and a ratio refuses a chart as it is, and takes one within', () => {
  const range: Bounds = {
    min: { cpu: '50m', memory: '64Mi' },
    max: { cpu: '1', memory: '1Gi' },
    maxLimitRequestRatio: { cpu: '4' },
  };
  const asItIs = refusedByRange(range, synth({}));
  expect(asItIs).toEqual(
    expect.arrayContaining(['gate has little cpu', 'seal has little memory', 'worker has much cpu']),
  );
  const within = { cpu: { request: Cpu.millis(50), limit: Cpu.millis(200) }, memory: { limit: Size.mebibytes(256) } };
  const cli = { ...within, memory: { request: Size.mebibytes(64), limit: Size.mebibytes(64) } };
  expect(refusedByRange(range, synth({ ...within, memory: cli.memory }))).toEqual([]);
});

test('a quota of devices counts them, by the same request and limit, in the containers that ask for them alone', () => {
  const chart = new Chart(new App(), 'test');
  new RedisWorkQueueJob(chart, 'it', {
    queueName: 'q',
    image: 'worker',
    items: ['a'],
    resources: { extended: { 'nvidia.com/gpu': 1 } },
  });
  const objects = chart.toJson();
  expect(refusedByQuota('requests.nvidia.com/gpu', objects).sort()).toEqual(['fill', 'gate', 'redis']);
  const worker = containersOf(objects).find(({ name }) => name === 'worker');
  expect(worker?.requests).toEqual({ cpu: '100m', memory: '128Mi', 'nvidia.com/gpu': '1' });
  expect(worker?.limits).toEqual({ 'nvidia.com/gpu': '1' });
});

test('a stream has nothing that runs redis-cli, so it takes no resources for it', () => {
  const chart = new Chart(new App(), 'test');
  const props = { queueName: 'q', image: 'worker', cliResources: { cpu: { limit: Cpu.millis(100) } } };
  expect(() => new RedisWorkQueueDeployment(chart, 'it', props)).toThrow(
    /cliResources is .*A stream has neither gate nor fill, so nothing runs redis-cli\. Remove it/,
  );
});
