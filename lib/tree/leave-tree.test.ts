import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Chart, Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { EntryBundle, FillerJob, FillJob, RedisStore, RedisWorkQueueJob } from '..';

const folder = mkdtempSync(join(tmpdir(), 'leave-tree-'));
afterAll(() => rmSync(folder, { recursive: true }));

const ENTRY = join(__dirname, '../../examples/walkthrough/worker.ts');
const BROKEN = join(folder, 'broken.ts');
writeFileSync(BROKEN, 'const = 1;');

type Make = (chart: Chart) => unknown;

const job =
  (props: object): Make =>
  (chart) =>
    new RedisWorkQueueJob(chart, 'it', { queueName: 'q', image: 'worker', ...props });
const fill =
  (props: object): Make =>
  (chart) => {
    const redis = RedisStore.external(new Chart(chart.node.root, 'elsewhere'), 'redis', { host: 'redis' });
    return new FillJob(chart, 'it', { name: 'fill', queueName: 'q', items: ['a'], redis, ...props });
  };
const pod =
  (props: object): Make =>
  (chart) =>
    RedisStore.pod(chart, 'it', props);
const persistent =
  (props: object): Make =>
  (chart) =>
    RedisStore.persistent(chart, 'it', props);
const external =
  (props: object): Make =>
  (chart) =>
    RedisStore.external(chart, 'it', { host: 'redis', ...props });
const withVolume = (name: string): Make => {
  return (chart) =>
    job({ volumeMounts: [{ mountPath: '/a', volume: kplus.Volume.fromEmptyDir(chart, name, name) }] })(chart);
};
const overTls: Make = (chart) =>
  job({ redis: RedisStore.external(new Chart(chart.node.root, 'elsewhere'), 'r', { host: 'r', tls: true }) })(chart);

const failing: [string, Make][] = [
  ['a queue name', job({ queueName: '' })],
  ['no props', (chart) => new RedisWorkQueueJob(chart, 'it', undefined as never)],
  ['an image', job({ image: 'a b' })],
  ['an entry that is not there', job({ image: undefined, entry: 'nowhere.ts' })],
  ['an entry with a syntax error', job({ image: undefined, entry: BROKEN })],
  ['the name of the Job', job({ jobName: 'Fruit' })],
  ['memory of the default store', job({ redisMemory: Size.mebibytes(1) })],
  ['items', job({ items: [1] })],
  ['a filler without a program', job({ filler: {} })],
  ['an entry of the filler', job({ filler: { entry: BROKEN } })],
  ['a variable of the filler', job({ filler: { image: 'filler', env: { '1': kplus.EnvValue.fromValue('a') } } })],
  [
    'a variable of the filler beside an entry',
    job({ image: undefined, entry: ENTRY, filler: { image: 'f', batch: '' } }),
  ],
  ['a variable', job({ env: { WORK_QUEUE_X: kplus.EnvValue.fromValue('a') } })],
  ['a setting', job({ lease: Duration.millis(1) })],
  ['a store that gate and fill cannot verify', overTls],
  ['a volume', withVolume('gate')],
  ['resources', job({ resources: { memory: { request: Size.kibibytes(1) } } })],
  ['a deadline', job({ activeDeadline: Duration.millis(1), items: ['a'] })],
  ['a toleration', job({ tolerations: [{ key: 'a b' }], items: ['a'] })],
  ['a volume beside an entry', (chart) => job({ image: undefined, entry: ENTRY, volumeMounts: [{}] })(chart)],
  ['the name of a fill', fill({ name: 'A' })],
  ['the items of a fill', fill({ items: [null] })],
  ['a toleration of a fill', fill({ tolerations: [{ key: 'a b' }] })],
  ['no props of a fill', (chart) => new FillJob(chart, 'it', undefined as never)],
  ['the name of a store', pod({ podName: 'A' })],
  ['the Service of a store', pod({ serviceName: '1' })],
  ['memory of a store', persistent({ memory: Size.mebibytes(1) })],
  ['storage of a store', persistent({ storage: Size.kibibytes(1) })],
  ['the host of a store', external({ host: 'a b' })],
  ['the password of a store', external({ password: 'secret' })],
];

test.each(failing)('a construct that refuses %s leaves nothing behind for a synth', (_, make) => {
  const outdir = mkdtempSync(join(folder, 'dist-'));
  const app = new App({ outdir });
  const chart = new Chart(app, 'chart');
  expect(() => make(chart)).toThrow();
  expect(chart.node.tryFindChild('it')).toBeUndefined();
  app.synth();
  expect(chart.toJson()).toEqual([]);
  expect(readdirSync(outdir).map((file) => file.replace(/\..*/, ''))).not.toContain('it');
  // The place is free for another try.
  job({ items: ['a'] })(chart);
  app.synth();
  expect(chart.toJson()).not.toEqual([]);
});

test('a construct that cannot be made because its id is taken leaves the other one where it is', () => {
  const chart = new Chart(new App({ outdir: folder }), 'chart');
  const first = pod({})(chart);
  for (const make of [pod({}), job({}), external({})]) expect(() => make(chart)).toThrow(/already a Construct/);
  expect(chart.node.tryFindChild('it')).toBe(first);
});

test.each([
  // @ts-expect-error only RedisWorkQueueJob makes it
  ['EntryBundle', (chart: Chart) => new EntryBundle(chart, 'it')],
  // @ts-expect-error only RedisWorkQueueJob makes it
  ['FillerJob', (chart: Chart) => new FillerJob(chart, 'it', { name: 'fill' })],
])('%s is made by RedisWorkQueueJob alone, and says so', (_, make) => {
  const chart = new Chart(new App({ outdir: folder }), 'chart');
  expect(() => make(chart)).toThrow(/^An? \w+ is made by RedisWorkQueueJob: give that/);
  expect(chart.node.children).toEqual([]);
});
