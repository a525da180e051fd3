import { join } from 'node:path';
import { Chart, Testing } from 'cdk8s';
import { CLIENT_LABEL, FillJob, RedisStore, RedisWorkQueueJob, type RedisWorkQueueJobProps } from '..';

const ENTRY = join(__dirname, '../../examples/walkthrough/worker.ts');

type Labels = Record<string, string>;
// biome-ignore lint/suspicious/noExplicitAny: manifests have no type
type Manifest = any;

/** What decorates objects anywhere, with values of the user's. */
const OF_THE_CHART: Labels = Object.fromEntries(
  ['name', 'instance', 'version', 'component', 'part-of', 'managed-by'].map((name) => [
    `app.kubernetes.io/${name}`,
    `my-${name}`,
  ]),
);

/** Every object that can be made, in one chart: both kinds of store, each kind of worker and of fill. */
function everything(chart: Chart): void {
  const job = (id: string, props: Partial<RedisWorkQueueJobProps>) =>
    new RedisWorkQueueJob(chart, id, { queueName: id, ...props });
  job('entry', { queueName: 'job2', entry: ENTRY, items: ['a'], gate: true });
  job('image', {
    image: 'worker',
    filler: { entry: ENTRY },
    redis: RedisStore.persistent(chart, 'persistent'),
  });
  const redis = RedisStore.pod(chart, 'pod');
  job('filler', { image: 'worker', filler: { image: 'filler' }, redis });
  new FillJob(chart, 'fill', { name: `${chart.node.id}-fill`, queueName: 'other', items: ['a'], redis });
}

test("the chart's labels win over those that describe, on every object and in every pod template", () => {
  const chart = new Chart(Testing.app(), 'test', { labels: OF_THE_CHART });
  everything(chart);
  const objects = Testing.synth(chart);
  expect(new Set(objects.map(({ kind }) => kind))).toEqual(
    new Set(['ConfigMap', 'Job', 'NetworkPolicy', 'Pod', 'Service', 'StatefulSet']),
  );
  for (const { kind, metadata, spec } of objects) {
    const all = { metadata: metadata.labels, template: spec?.template?.metadata.labels ?? metadata.labels };
    expect({ kind, name: metadata.name, ...all }).toMatchObject({ metadata: OF_THE_CHART, template: OF_THE_CHART });
  }
});

test("the chart's labels do not win over those by which selectors find pods", () => {
  const labels = { [CLIENT_LABEL]: 'x', 'cdk8s-redis-work-queue/store': 'x' };
  const chart = new Chart(Testing.app(), 'test', { labels });
  everything(chart);
  expectSelectorsToFind(Testing.synth(chart));
});

test('labels of the pods win over both', () => {
  const chart = new Chart(Testing.app(), 'test', { labels: { 'app.kubernetes.io/part-of': 'chart' } });
  const podLabels = { 'app.kubernetes.io/part-of': 'mine', 'app.kubernetes.io/name': 'mine' };
  const { job } = new RedisWorkQueueJob(chart, 'work', { queueName: 'q', image: 'worker', podLabels });
  expect(job.toJson().spec.template.metadata.labels).toMatchObject(podLabels);
});

test('labels of a fill win over those of the chart', () => {
  const chart = new Chart(Testing.app(), 'test', { labels: { team: 'chart' } });
  const redis = RedisStore.external(chart, 'redis', { host: 'redis' });
  const { job, scripts } = new FillJob(chart, 'fill', {
    name: 'fill',
    queueName: 'q',
    items: ['a'],
    redis,
    labels: { team: 'mine' },
  });
  expect(job.toJson().spec.template.metadata.labels).toMatchObject({ team: 'mine' });
  for (const object of [job, scripts]) expect(object.toJson().metadata.labels).toMatchObject({ team: 'mine' });
});

test('selectors find what they should when a tool overwrites the labels that tools own', () => {
  const app = Testing.app();
  const charts = ['one', 'two'].map((id) => new Chart(app, id, { namespace: 'shared' }));
  for (const chart of charts) everything(chart);
  const objects = charts.flatMap((chart) => Testing.synth(chart));
  expectSelectorsToFind(objects);
  // Argo CD, Helm and Flux write to the metadata of what they apply, not to the templates in it.
  for (const { metadata } of objects) {
    for (const key of Object.keys(OF_THE_CHART)) metadata.labels[key] = 'of-a-tool';
    metadata.labels['helm.sh/chart'] = 'of-a-tool';
  }
  expectSelectorsToFind(objects);
});

test('no selector uses a label that is not of this package', () => {
  const chart = Testing.chart();
  everything(chart);
  for (const object of Testing.synth(chart)) {
    for (const selector of selectorsOf(object)) {
      expect(Object.keys(selector)).toEqual([expect.stringMatching(/^cdk8s-redis-work-queue\//)]);
    }
  }
});

/** Every `selector`, `podSelector` and `labelSelector` in an object. */
function selectorsOf(value: Manifest): Labels[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries<Manifest>(value).flatMap(([field, inner]) =>
    /selector$/i.test(field) ? [inner.matchLabels ?? inner] : selectorsOf(inner),
  );
}

interface Pod {
  readonly owner: string;
  readonly labels: Labels;
  readonly spec: Manifest;
}

/** Each Service and policy of a store selects the pod of that store alone, and lets in whoever connects to it. */
function expectSelectorsToFind(objects: Manifest[]): void {
  const pods: Pod[] = objects.flatMap(({ kind, metadata, spec }) => {
    if (kind === 'Pod') return [{ owner: metadata.name, labels: metadata.labels, spec }];
    return spec?.template
      ? [{ owner: metadata.name, labels: spec.template.metadata.labels, spec: spec.template.spec }]
      : [];
  });
  const found = (selector: Labels) =>
    pods.filter(({ labels }) => Object.entries(selector).every(([key, value]) => labels[key] === value));
  const owners = (selected: Pod[]) => selected.map(({ owner }) => owner).sort();
  const clientsOf = (host: string) =>
    pods.filter(({ spec }) => JSON.stringify(spec).includes(`"redis://${host}:6379"`));

  const services = objects.filter(({ kind }) => kind === 'Service');
  expect(services.length).toBeGreaterThan(2);
  const stores = services.map(({ metadata, spec }) => {
    const selected = found(spec.selector);
    expect(selected.map((pod) => pod.spec.containers[0].name)).toEqual(['redis']);
    const policy = objects.find(
      (each) => each.kind === 'NetworkPolicy' && each.metadata.name === `${metadata.name}-clients`,
    );
    expect(owners(found(policy.spec.podSelector.matchLabels))).toEqual(owners(selected));
    const clients = found(policy.spec.ingress[0].from[0].podSelector.matchLabels);
    expect(owners(clients)).toEqual(owners(clientsOf(metadata.name)));
    expect(clients.length).toBeGreaterThan(1);
    return selected[0]?.owner;
  });
  expect(new Set(stores).size).toBe(stores.length);
  for (const { spec } of objects.filter(({ kind }) => kind === 'StatefulSet')) {
    expect(owners(found(spec.selector.matchLabels))).toHaveLength(1);
    expect(spec.template.metadata.labels).toMatchObject(spec.selector.matchLabels);
  }
}
