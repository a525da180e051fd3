import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiObject, App, Chart, JsonPatch } from 'cdk8s';
import { Construct } from 'constructs';
import * as lib from '../lib';
import { MUTABLE } from '../lib/kubernetes/job-hash';

// docs/objects.md lists every object that a construct makes, with its path for patches, and what may change of it.

const { FillJob, RedisStore, RedisWorkQueueCronJob, RedisWorkQueueDeployment, RedisWorkQueueJob } = lib;

const ENTRY = join(__dirname, '../examples/walkthrough/worker.ts');
const page = readFileSync(join(__dirname, '../docs/objects.md'), 'utf8');

/** The cells of the table below a heading of the page. */
function tableOf(heading: string): string[][] {
  const [, section = ''] = page.split(`\n## ${heading}\n`);
  const rows = (section.split(/^## /m)[0] as string).split('\n').filter((line) => /^\| /.test(line));
  return rows.slice(1).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

const code = (cell = '') => /`([^`]*)`/.exec(cell)?.[1] ?? '';

interface Made {
  readonly construct: string;
  readonly path: string;
  readonly kind: string;
  readonly object: ApiObject;
  readonly of: Construct;
}

const app = new App();
const chart = new Chart(app, 'test', { namespace: 'batch' });
const redis = RedisStore.persistent(chart, 'persistent', {
  password: { secret: { name: 'credentials' }, key: 'password' },
});
const first = new RedisWorkQueueJob(chart, 'first', {
  queueName: 'job2',
  entry: ENTRY,
  items: ['apple'],
  gate: true,
  redis: RedisStore.pod(chart, 'pod'),
});
RedisStore.replicated(chart, 'replicated', { metrics: true, podMonitor: true });
new RedisWorkQueueJob(chart, 'second', {
  queueName: 'second',
  image: 'worker',
  filler: { entry: ENTRY },
  egressPolicy: true,
  redis: first.redis,
  after: [first],
});
new FillJob(chart, 'fill', { name: 'fill', queueName: 'third', items: ['apple'], redis });
new RedisWorkQueueDeployment(chart, 'scaled', {
  queueName: 'job2',
  entry: ENTRY,
  scaledObject: { maxReplicaCount: 5 },
});
new RedisWorkQueueDeployment(chart, 'on a store', {
  queueName: 'stream',
  image: 'worker',
  redis,
  scaledObject: { maxReplicaCount: 5 },
});
new RedisWorkQueueDeployment(chart, 'hpa', {
  queueName: 'other',
  image: 'worker',
  redis,
  egressPolicy: true,
  horizontalPodAutoscaler: { maxReplicas: 5 },
});
const nightly = { schedule: '0 2 * * *', egressPolicy: true, redis };
new RedisWorkQueueCronJob(chart, 'nightly', { ...nightly, queueName: 'job2', entry: ENTRY, items: ['apple'] });
new RedisWorkQueueCronJob(chart, 'filled', {
  ...nightly,
  queueName: 'filled',
  image: 'worker',
  filler: { entry: ENTRY },
});

/** The number of a part is that of the first one on the page. */
const firstOf = (path: string) => path.replace(/\d+$/, '0');

const made: Made[] = chart.node.children.flatMap((of) =>
  of.node.findAll().flatMap((object) => {
    if (!ApiObject.isApiObject(object)) return [];
    const [store] = object.node.scopes.filter((scope) => scope instanceof RedisStore);
    const root = (store ?? of) as Construct;
    const path = firstOf(object.node.path.slice(root.node.path.length + 1));
    const kind = object.toJson().immutable ? `${object.kind}, immutable` : object.kind;
    return [{ construct: root.constructor.name, path, kind, object, of: root }];
  }),
);

const PATHS = tableOf('Child paths').map(([construct, path, kind = '', property]) => ({
  construct: code(construct),
  path: code(path),
  kind: kind.replace(/, of .*/, ''),
  properties: [...(property ?? '').matchAll(/`([^`]*)`/g)].map(([, name]) => name as string),
}));
const CHANGES = tableOf('What may change after apply');

const named = ({ construct, path, kind }: { construct: string; path: string; kind: string }) =>
  `${construct} ${path} ${kind}`;

test('the page has the path of every object, and no other', () => {
  expect(made.length).toBeGreaterThan(30);
  expect([...new Set(made.map(named))].sort()).toEqual(PATHS.map(named).sort());
});

test('every construct of the package that makes objects is walked', () => {
  const constructs = (Object.values(lib) as { name: string; prototype: unknown }[]).filter(
    (each) => typeof each === 'function' && each.prototype instanceof Construct,
  );
  const parts = ['EntryBundle', 'FillerJob', 'RunFill'];
  expect(
    constructs
      .map(({ name }) => name)
      .filter((name) => !parts.includes(name))
      .sort(),
  ).toEqual([...new Set(made.map(({ construct }) => construct))].sort());
});

test.each(PATHS)('$construct: $path is found by its property', ({ construct, path, kind, properties }) => {
  const objects = made.filter((each) => named(each) === named({ construct, path, kind }));
  expect(objects.length).toBeGreaterThan(0);
  for (const { object, of } of objects.filter(({ object }) => !/[1-9]$/.test(object.node.path))) {
    const found = properties.map((property) =>
      property
        .split(/[.[\]]+/)
        .filter(Boolean)
        .reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], of),
    );
    expect(found).toContain(object);
  }
});

test('what is found by its path takes a patch', () => {
  for (const { of, object } of made) {
    const path = object.node.path.slice(of.node.path.length + 1);
    const found = path.split('/').reduce<Construct>((scope, id) => scope.node.findChild(id) as Construct, of);
    ApiObject.of(found).addJsonPatch(JsonPatch.add('/metadata/annotations', { note: path }));
    expect(object.toJson().metadata.annotations).toEqual({ note: path });
  }
});

test('the page says of every kind of object what may change', () => {
  expect(CHANGES.map(([kind]) => kind).sort()).toEqual([...new Set(made.map(({ kind }) => kind))].sort());
});

test('of a Job may change what is not in the hash of its name', () => {
  const [, fields = ''] = CHANGES.find(([kind]) => kind === 'Job') ?? [];
  const [specs = ''] = fields.split('; with indexes');
  expect([...specs.matchAll(/`(\w+)`/g)].map(([, field]) => field).sort()).toEqual([...MUTABLE].sort());
  expect(fields).toContain('with indexes `completions`');
});
