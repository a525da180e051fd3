import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Testing } from 'cdk8s';
import { RedisStore, RedisWorkQueueJob, type RedisWorkQueueJobProps } from '../lib';
import { LocalCluster, type LocalPod, type Manifest } from '../local/cluster';
import { defineQueue, FillRefusedError, WorkQueue } from '../worker';
import { queueKeys } from '../worker/contract';
import { useRedis } from './redis-under-test';
import { until } from './until';

// A chart that is applied again with other items: its Jobs, as processes, against a real server.

const QUEUE = 'fruit';

const shared = useRedis();
let cluster: LocalCluster;
let root: string;
let entry: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'next-batch-'));
  entry = join(root, 'worker.ts');
  writeFileSync(
    entry,
    `import { existsSync } from 'node:fs';
     import { defineQueue, runWorker, UnrecoverableError } from 'cdk8s-redis-work-queue/worker';
     await runWorker(defineQueue({ name: '${QUEUE}' }), async (item: string, { log }) => {
       log('Working on ' + item);
       if (item === 'rotten') throw new UnrecoverableError('rotten');
       while (item === 'slow' && !existsSync(process.env.GO as string)) await new Promise((go) => setTimeout(go, 20));
     });`,
  );
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

beforeEach(async () => {
  cluster = new LocalCluster();
  await shared.redis.flushall();
});

afterEach(() => cluster.stop());

/** The names of the Jobs of a chart, which is applied: that of the workers and that of the fill. */
function apply(items: string[], props: Partial<RedisWorkQueueJobProps> = {}): { job: string; fill: string } {
  const chart = Testing.chart();
  const { port } = shared.server;
  const redis = RedisStore.external(chart, 'redis', { host: '127.0.0.1', port });
  new RedisWorkQueueJob(chart, 'fruit', {
    queueName: QUEUE,
    entry,
    items,
    redis,
    parallelism: Math.min(2, items.length),
    ...props,
  });
  const manifests: Manifest[] = Testing.synth(chart);
  cluster.apply(manifests);
  const jobs = manifests.filter(({ kind }) => kind === 'Job').map(({ metadata }) => metadata.name as string);
  const fill = jobs.find((name) => name.includes('-fill-')) as string;
  return { job: jobs.find((name) => name !== fill) as string, fill };
}

/** Runs both Jobs to their ends. */
async function run({ job, fill }: { job: string; fill: string }, env = {}) {
  const running = [cluster.startJob(job, { env }), cluster.startJob(fill)];
  return (await Promise.all(running.map(({ ended }) => ended))).map((end) => end?.condition);
}

const outputOf = (...jobs: string[]) =>
  jobs
    .flatMap((job) => cluster.podsOf(job))
    .map(({ output }) => output)
    .join('');
const counts = () => shared.redis.hmget(queueKeys(QUEUE).meta, 'total', 'claimed', 'done');
const ending = async (pod: LocalPod | undefined) => [await pod?.ended, pod?.output];

test('other items, once all are done: fill and Job are Complete, and late pods of the old ones end with 0', async () => {
  const old = apply(['apple', 'banana', 'cherry']);
  expect(await run(old)).toEqual(['Complete', 'Complete']);
  const next = apply(['date', 'elder']);
  expect(next.job).not.toBe(old.job);

  // One of the new pods is there before the fill; its gate is left out.
  const [early] = cluster.start(next.job, { pods: 1, container: 'worker', env: { WORK_QUEUE_SETTLE_MS: '600000' } });
  await early?.line('is not in the queue fruit yet');
  expect(await run(next)).toEqual(['Complete', 'Complete']);
  expect(await early?.ended).toBe(0);
  expect(await counts()).toEqual(['2', '2', '2']);
  for (const item of ['date', 'elder']) expect(outputOf(next.job).split(`Working on ${item}`)).toHaveLength(2);

  const [late] = cluster.start(old.job, { pods: 1 });
  expect(await ending(late)).toEqual([0, expect.stringMatching(/open the batch \w+ is done, items: 3; .*3 done/s)]);
  const [fill] = cluster.start(old.fill);
  expect(await ending(fill)).toEqual([
    0,
    expect.stringMatching(/was done before in fruit, items: 3\. Nothing is pushed/),
  ]);
  expect(await counts()).toEqual(['2', '2', '2']);
  expect(await run(old)).toEqual(['Complete', 'Complete']);
});

test('other items, while the new ones are worked on: a late pod of the old Job ends with 0 and takes none of them', async () => {
  const old = apply(['apple']);
  expect(await run(old)).toEqual(['Complete', 'Complete']);
  const next = apply(['slow', 'date']);
  const go = join(root, 'go');
  const running = run(next, { GO: go });
  const { meta } = queueKeys(QUEUE);
  await until(
    'one of two items is done',
    async () => String(await shared.redis.hmget(meta, 'claimed', 'done')),
    (claimedAndDone) => claimedAndDone === '2,1',
  );
  const [late] = cluster.start(old.job, { pods: 1 });
  expect(await ending(late)).toEqual([0, expect.not.stringContaining('Working on')]);
  writeFileSync(go, '');
  expect(await running).toEqual(['Complete', 'Complete']);
});

test('other items, before all are done: both fail at once, the message clears the way, and the old batch goes on', async () => {
  const go = join(root, 'go on');
  const old = apply(['slow', 'apple']);
  const running = run(old, { GO: go });
  const { meta } = queueKeys(QUEUE);
  await until(
    'an item is done',
    () => shared.redis.hget(meta, 'done'),
    (done) => done === '1',
  );
  const next = apply(['date'], { parallelism: 1 });
  expect(await run(next)).toEqual(['Failed', 'Failed']);
  const why = /another batch, \w+ \(this \w+ (belongs to|is) \w+\), which has 1 item left\. .*rwq purge --queue fruit/;
  const [[fill], [gate]] = [cluster.podsOf(next.fill), cluster.podsOf(next.job)];
  expect(await ending(fill)).toEqual([81, expect.stringMatching(why)]);
  expect(await ending(gate)).toEqual([82, expect.stringMatching(why)]);
  writeFileSync(go, '');
  expect(await running).toEqual(['Complete', 'Complete']);
  expect(await run(next)).toEqual(['Complete', 'Complete']);
});

test('a program fills one batch after another, and one that was replaced is not read again', async () => {
  const lines: string[] = [];
  const log = { info: (line: string) => lines.push(line), warn: (line: string) => lines.push(line) };
  const queue = new WorkQueue(defineQueue({ name: QUEUE }), { url: shared.server.url, log });
  const { meta } = queueKeys(QUEUE);
  try {
    await queue.fill(['a', 'b'], { batchId: 'monday', seal: true });
    await expect(queue.fill(['c'], { batchId: 'tuesday' })).rejects.toThrow(FillRefusedError);
    expect(await queue.formerItems('monday')).toBeUndefined();
    await shared.redis.del(QUEUE);
    await shared.redis.hset(meta, { claimed: 2, done: 2, clock: 5_000 });
    expect(await queue.fill(['c'], { batchId: 'tuesday' })).toBe(1);
    expect(await queue.status()).toMatchObject({ batch: 'tuesday', clock: 0, claimed: 0, sealed: false });
    const never = () => Promise.reject(new Error('it is read'));
    expect(await queue.fill(never, { batchId: 'monday', seal: true })).toBe(2);
    expect(lines).toEqual(['batch monday was done before in the queue fruit, with 2 items: nothing is pushed']);
    expect([await queue.formerItems('monday'), await queue.formerItems('tuesday')]).toEqual([2, undefined]);
    expect(await queue.seal({ batchId: 'monday' })).toBe(2);
    await expect(queue.seal({ batchId: 'monday', total: 3 })).rejects.toThrow(/which was done before: 2, not 3/);
    expect(await queue.purge()).toBe(true);
    expect(await queue.exists()).toBe(false);
  } finally {
    await queue.close();
  }
});

test('other items, while there are dead letters: refused, until they are dropped', async () => {
  const old = apply(['rotten', 'apple'], { tolerateDeadLetters: true });
  expect(await run(old)).toEqual(['Complete', 'Complete']);
  const next = apply(['date']);
  const [fill] = cluster.start(next.fill);
  expect(await ending(fill)).toEqual([81, expect.stringContaining('(rwq dead drop --all --queue fruit)')]);
  await shared.redis.hset(queueKeys(QUEUE).meta, 'dropped', 1);
  await shared.redis.del(queueKeys(QUEUE).dead);
  expect(await run(next)).toEqual(['Complete', 'Complete']);
});
