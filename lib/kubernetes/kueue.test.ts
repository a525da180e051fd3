import { join } from 'node:path';
import { Duration, Testing } from 'cdk8s';
import { FillJob, RedisStore, RedisWorkQueueJob, type RedisWorkQueueJobProps } from '../index';
import { JobObject } from './job-object';
import type { KueueProps } from './kueue';

const kueue: KueueProps = { localQueue: 'batch' };

function synth(props: Partial<RedisWorkQueueJobProps>) {
  const of = Testing.chart();
  new RedisWorkQueueJob(of, 'fruit', { queueName: 'q', image: 'worker', jobName: 'fruit', ...props });
  return Testing.synth(of);
}

// biome-ignore lint/suspicious/noExplicitAny: manifests have no type
const jobOf = (objects: any[], name = 'fruit') =>
  objects.find(({ kind, metadata }) => kind === 'Job' && metadata.name === name);

/** What the metadata of a Job says to Kueue. */
function toKueue({ metadata }: { metadata: { labels?: object; annotations?: object } }) {
  const of = (entries: object = {}) =>
    Object.fromEntries(
      Object.entries(entries)
        .filter(([key]) => key.startsWith('kueue.x-k8s.io/'))
        .map(([key, value]) => [key.slice('kueue.x-k8s.io/'.length), value]),
    );
  return { labels: of(metadata.labels), annotations: of(metadata.annotations) };
}

test.each([
  ['items', { items: ['a'] }],
  ['a filler', { filler: { image: 'filler' } }],
])('workers and their fill wait in one local queue: %s', (_, fill) => {
  const objects = synth({ kueue: { ...kueue, priorityClass: 'low' }, ...fill });
  for (const name of ['fruit', 'fruit-fill']) {
    const job = jobOf(objects, name);
    expect(toKueue(job)).toEqual({ labels: { 'queue-name': 'batch', 'priority-class': 'low' }, annotations: {} });
    // Kueue suspends by itself, and compares nothing in the pods.
    expect(job.spec).not.toHaveProperty('suspend');
    expect(JSON.stringify(job.spec)).not.toContain('kueue');
  }
});

test('partial admission and the longest time are for the workers alone', () => {
  const all = { ...kueue, minParallelism: 2, maxExecTime: Duration.hours(1) };
  const objects = synth({ parallelism: 4, kueue: all, filler: { image: 'filler' } });
  expect(toKueue(jobOf(objects))).toEqual({
    labels: { 'queue-name': 'batch', 'max-exec-time-seconds': '3600' },
    annotations: { 'job-min-parallelism': '2' },
  });
  expect(toKueue(jobOf(objects, 'fruit-fill'))).toEqual({ labels: { 'queue-name': 'batch' }, annotations: {} });
});

test('a FillJob of its own waits in a local queue, too', () => {
  const of = Testing.chart();
  const redis = RedisStore.external(of, 'redis', { host: 'redis' });
  new FillJob(of, 'fill', { name: 'fill', queueName: 'q', items: ['a'], redis, kueue });
  expect(toKueue(jobOf(Testing.synth(of), 'fill'))).toEqual({ labels: { 'queue-name': 'batch' }, annotations: {} });
});

test('without it, nothing is said to Kueue', () => {
  for (const job of synth({ items: ['a'] }).filter(({ kind }) => kind === 'Job'))
    expect(toKueue(job)).toEqual({ labels: {}, annotations: {} });
});

test.each([true, false])('suspend: %s is refused, as Kueue owns it', (suspend) => {
  expect(() => synth({ kueue, suspend })).toThrow(
    new RegExp(`suspend is ${suspend}\\. Kueue suspends the Job until it admits it\\..*localqueue batch .*stopPolicy`),
  );
});

test.each([
  [undefined, 1],
  [4, 4],
  [4, 5],
])('of parallelism %s, at least %s is no partial admission', (parallelism, minParallelism) => {
  expect(() => synth({ parallelism, kueue: { ...kueue, minParallelism } })).toThrow(
    `kueue.minParallelism is ${minParallelism}. It must be less than \`parallelism\`, ${parallelism ?? 1}.`,
  );
});

/** A Job of this spec, as it would be rendered. */
function rendered(spec: object, minParallelism: number) {
  const of = Testing.chart();
  const job = new JobObject(of, 'job', { name: 'job', hashed: false });
  job.define({ labels: {}, spec: { ...spec }, kueue: { ...kueue, minParallelism } });
  return toKueue(job.toJson()).annotations;
}

const indexed = (parallelism: number, succeededIndexes: string) => ({
  ...{ parallelism, completions: parallelism, completionMode: 'Indexed' },
  successPolicy: { rules: [{ succeededIndexes, succeededCount: 1 }] },
});

test('an Indexed Job keeps as many completions as it has workers', () => {
  expect(rendered(indexed(10, '0'), 1)).toEqual({
    'job-min-parallelism': '1',
    'job-completions-equal-parallelism': 'true',
  });
  expect(rendered({ parallelism: 10 }, 1)).toEqual({ 'job-min-parallelism': '1' });
});

test('the workers of an entry have indexes, of which partial admission keeps those that end the Job', () => {
  const entry = join(__dirname, '../../examples/walkthrough/worker.ts');
  const of = (minParallelism: number) =>
    toKueue(
      jobOf(
        synth({ queueName: 'job2', image: undefined, entry, parallelism: 25, kueue: { ...kueue, minParallelism } }),
      ),
    ).annotations;
  expect(of(3)).toEqual({ 'job-min-parallelism': '3', 'job-completions-equal-parallelism': 'true' });
  expect(() => of(2)).toThrow('test/fruit: kueue.minParallelism is 2. It must be at least 3');
});

test('an Indexed Job with fewer indexes than it can succeed by would be refused when Kueue starts it', () => {
  expect(rendered(indexed(25, '0-2'), 3)).toMatchObject({ 'job-min-parallelism': '3' });
  expect(() => rendered(indexed(25, '0-2'), 2)).toThrow(
    /kueue\.minParallelism is 2\. It must be at least 3: an Indexed Job of 25 workers succeeds by its first 3 indexes/,
  );
});

test('where there are no more workers than the least, all of them must be admitted', () => {
  expect(rendered({ parallelism: 2 }, 2)).toEqual({});
  expect(rendered(indexed(2, '0'), 5)).toEqual({});
});
