import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duration, Testing } from 'cdk8s';
import { CompletionMode, RedisStore, RedisWorkQueueCronJob, type RedisWorkQueueCronJobProps } from '../lib';
import { LocalCluster } from '../local/cluster';
import { defineQueue, WorkQueue } from '../worker';
import { queueKeys } from '../worker/contract';
import { useRedis } from './redis-under-test';
import { until } from './until';

// The Jobs of a CronJob, taken out of the manifests, with their pods as processes and a real Redis.

const DAY = 86_400_000;

const shared = useRedis();
let cluster: LocalCluster;
let root: string;

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'nightly-'));
  cluster = new LocalCluster();
  await shared.redis.flushall();
});

afterEach(async () => {
  await cluster.stop();
  rmSync(root, { recursive: true });
});

/** A program that a container runs. */
function program(name: string, text: string): { image: string; command: string[] } {
  const file = join(root, name);
  const header = `
    const { defineQueue, runFiller, runWorker, UnrecoverableError, WorkQueue } = require(${JSON.stringify(
      join(__dirname, '..', 'build', 'worker'),
    )});
    const { existsSync, writeFileSync } = require('node:fs');
    const { join } = require('node:path');
    const queue = defineQueue({ name: 'pages' });
    const file = (name) => join(${JSON.stringify(root)}, name);
    const there = async (name) => {
      while (!existsSync(file(name))) await new Promise((resolve) => setTimeout(resolve, 10));
    };`;
  writeFileSync(file, header + text);
  return { image: name, command: [process.execPath, file] };
}

const touch = (name: string) => writeFileSync(join(root, name), '');

const worker = () => program('worker.js', 'runWorker(queue, (item) => item.toUpperCase(), { results: true });');

function apply(props: Partial<RedisWorkQueueCronJobProps>): RedisWorkQueueCronJob {
  const chart = Testing.chart();
  const nightly = new RedisWorkQueueCronJob(chart, 'nightly', {
    schedule: '0 2 * * *',
    queueName: 'pages',
    cronJobName: 'nightly',
    redis: RedisStore.external(chart, 'redis', { host: '127.0.0.1', port: shared.server.port }),
    completionMode: CompletionMode.INDEXED,
    lease: Duration.seconds(4),
    keepRuns: Duration.days(1),
    ...props,
  });
  cluster.apply(Testing.synth(chart));
  return nightly;
}

function start(job: string) {
  cluster.trigger('nightly', job);
  return cluster.startJob(job);
}

/** How the queue of a run stands. */
async function stateOf(name: string) {
  const queue = new WorkQueue(defineQueue({ name }), { url: shared.server.url });
  const results: unknown[] = [];
  for await (const { result } of queue.results()) results.push(result);
  const { done, dead, batch, total } = await queue.status();
  await queue.close();
  return { results: results.sort(), done, dead, total, batch };
}

/** All keys of the queue of a run go after a while, once the last of its workers has ended. */
async function goes(name: string) {
  const { meta } = queueKeys(name);
  await until(
    `${meta} is to go`,
    () => shared.redis.pttl(meta),
    (left) => left >= 0 && left <= DAY,
  );
}

test('two runs that overlap do all of their own items, on queues of their own, which go after a while', async () => {
  const nightly = apply({ ...worker(), parallelism: 2, items: ['a', 'b', 'c'] });
  const [first, second] = [start('nightly-1'), start('nightly-2')];
  expect(await Promise.all([first.ended, second.ended])).toMatchObject([
    { condition: 'Complete' },
    { condition: 'Complete' },
  ]);
  for (const job of ['nightly-1', 'nightly-2']) {
    expect(await stateOf(nightly.queueOf(job))).toMatchObject({
      results: ['A', 'B', 'C'],
      ...{ done: 3, dead: 0, total: 3 },
      batch: expect.stringContaining(`${job}-`),
    });
    await goes(nightly.queueOf(job));
  }
  expect(await shared.redis.exists('pages', queueKeys('pages').meta)).toBe(0);
  // Applied or triggered again under its name, it is done.
  const again = start('nightly-1');
  expect(await again.ended).toMatchObject({ condition: 'Complete' });
  expect(await stateOf(nightly.queueOf('nightly-1'))).toMatchObject({ done: 3 });
  await goes(nightly.queueOf('nightly-1'));
});

test('a pod that is killed in its fill loses nothing and pushes nothing twice, and what comes later fills no more', async () => {
  const filler = program(
    'filler.js',
    `runFiller(queue, async function* () {
      writeFileSync(file(existsSync(file('asked')) ? 'asked again' : 'asked'), '');
      for (let i = 0; i < 1_500; i++) yield 'item ' + i;
      writeFileSync(file('half'), '');
      await there('go on');
      // The source has changed by the time that somebody asks again.
      for (let i = 1_500; i < (existsSync(file('changed')) ? 9_999 : 2_000); i++) yield 'item ' + i;
    });`,
  );
  const late = program(
    'worker.js',
    `runWorker(queue, async (item) => {
      if (item !== 'item 0') return;
      writeFileSync(file('working'), '');
      await there('finish');
    });`,
  );
  const nightly = apply({ ...late, parallelism: 2, filler, concurrency: 100 });
  const job = start('nightly-1');
  const filling = () => there('half');
  await filling();
  rmSync(join(root, 'half'));
  const [index0, index1] = [job.pods.get(0)!.pod, job.pods.get(1)!.pod];
  index0.kill('SIGKILL');
  await filling();
  // Index 1 has not run it.
  expect(index1.exitCodes.size).toBe(0);
  touch('go on');
  await there('working');
  touch('changed');
  const later = job.pods.get(0)!.pod;
  later.kill('SIGKILL');
  await later.ended;
  touch('finish');
  expect(await job.ended).toMatchObject({ condition: 'Complete' });
  expect(cluster.podsOf('nightly-1').at(-1)?.output).toContain('Sealed before, with 2000 items');
  expect(await stateOf(nightly.queueOf('nightly-1'))).toMatchObject({
    ...{ done: 2_000, dead: 0, total: 2_000, batch: 'nightly-1' },
  });
  await goes(nightly.queueOf('nightly-1'));
});

test('a run that failed stays, and a Job of its name goes on with it; one of another name begins anew', async () => {
  const fails = program(
    'worker.js',
    `runWorker(queue, (item) => {
      if (item === 'bad' && !existsSync(file('mended'))) throw new UnrecoverableError('no');
      return item;
    }, { results: true });`,
  );
  // Without indexes, each pod fills.
  const nightly = apply({ ...fails, completionMode: undefined, parallelism: 2, items: ['good', 'bad'] });
  expect(await start('nightly-1').ended).toMatchObject({ condition: 'Failed', reason: 'PodFailurePolicy' });
  const name = nightly.queueOf('nightly-1');
  expect(await stateOf(name)).toMatchObject({ results: ['good'], done: 1, dead: 1 });
  expect(await shared.redis.pttl(queueKeys(name).meta)).toBe(-1);

  touch('mended');
  const queue = new WorkQueue(defineQueue({ name }), { url: shared.server.url });
  expect(await queue.retryDead()).toBe(1);
  await queue.close();
  expect(await start('nightly-1').ended).toMatchObject({ condition: 'Complete' });
  expect(await stateOf(name)).toMatchObject({ results: ['bad', 'good'], done: 2, dead: 0 });
  await goes(name);

  expect(await start('by-hand').ended).toMatchObject({ condition: 'Complete' });
  expect(await stateOf(nightly.queueOf('by-hand'))).toMatchObject({ results: ['bad', 'good'], done: 2 });
});

test('a pod that does not know its run does nothing', async () => {
  apply({ ...worker(), items: ['a'] });
  const { jobTemplate } = cluster.object('CronJob', 'nightly').spec;
  const [turn, fill] = jobTemplate.spec.template.spec.initContainers;
  expect(turn.name).toBe('turn');
  // As on Kubernetes 1.26, which does not set the label.
  const env = fill.env.map((variable: { name: string }) =>
    variable.name === 'WORK_QUEUE_JOB' ? { name: 'WORK_QUEUE_JOB', value: '' } : variable,
  );
  const template = { spec: { ...jobTemplate.spec.template.spec, initContainers: [], containers: [{ ...fill, env }] } };
  cluster.apply([{ kind: 'Job', metadata: { name: 'old' }, spec: { template } }]);
  const codes = await cluster.run('old');
  expect([codes, cluster.podsOf('old')[0]?.output]).toEqual([[81], expect.stringContaining('WORK_QUEUE_JOB is empty')]);
  expect(await shared.redis.keys('*pages*')).toEqual([]);
});

async function there(name: string): Promise<void> {
  await until(`there is a file ${name}`, () => existsSync(join(root, name)));
}
