import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Testing } from 'cdk8s';
import { RedisStore, RedisWorkQueueJob } from '../lib';
import { LocalCluster } from '../local/cluster';
import { defineQueue, WorkQueue } from '../worker';
import { useRedis } from './redis-under-test';

// A Job whose workers begin after another one's queue is drained, as processes, against a real server.

const shared = useRedis();
let cluster: LocalCluster;
let root: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'after-'));
});

afterAll(() => rmSync(root, { recursive: true, force: true }));
afterEach(() => cluster?.stop());

/** The file of a worker that fails for good at items called `bad`, as long as there is no file `mended`. */
function entryOf(name: string): string {
  const file = join(root, `${name}.ts`);
  writeFileSync(
    file,
    `import { existsSync } from 'node:fs';
     import { defineQueue, runWorker, UnrecoverableError } from 'cdk8s-redis-work-queue/worker';
     runWorker(defineQueue({ name: '${name}' }), async (item: string, { log }) => {
       log('${name} has ' + item);
       if (item === 'bad' && !existsSync('${join(root, 'mended')}')) throw new UnrecoverableError('bad');
     });`,
  );
  return file;
}

test('its workers wait while the first queue has items left or dead letters, and begin when it is drained', async () => {
  const chart = Testing.chart();
  const redis = RedisStore.external(chart, 'redis', { host: '127.0.0.1', port: shared.server.port });
  const first = new RedisWorkQueueJob(chart, 'first', {
    jobName: 'first',
    queueName: 'first',
    entry: entryOf('first'),
    items: ['good', 'bad'],
    redis,
  });
  new RedisWorkQueueJob(chart, 'second', {
    jobName: 'second',
    queueName: 'second',
    entry: entryOf('second'),
    items: ['a', 'b'],
    parallelism: 2,
    redis,
    after: [first],
  });
  cluster = new LocalCluster().apply(Testing.synth(chart));

  // All is applied at once, and what is filled in ahead waits for its workers.
  expect(await cluster.run('second-fill')).toEqual([0]);
  const [one, two] = cluster.start('second');
  await one?.line('wait for the queue first: it is not filled yet');
  expect(await cluster.run('first-fill')).toEqual([0]);

  expect(await cluster.run('first')).toEqual([80]);
  // It says the same only now and then, so another pod says how it stands.
  const [third] = cluster.start('second', { pods: 1, container: 'after-1' });
  await third?.line('wait for the queue first: it has 1 dead letter');
  expect([one, two, third].map((pod) => [pod?.over, pod?.count('second has')])).toEqual(
    [one, two, third].map(() => [false, 0]),
  );

  const client = new WorkQueue(defineQueue({ name: 'first' }), { url: shared.server.url });
  writeFileSync(join(root, 'mended'), '');
  expect(await client.retryDead()).toBe(1);
  await client.close();
  expect(await cluster.run('first')).toEqual([0]);
  expect(await Promise.all([one, two, third].map((pod) => pod?.ended))).toEqual([0, 0, 0]);
  const has = [one, two].flatMap((pod) => pod?.all(/second has (\w)/) ?? []);
  expect(has.sort()).toEqual(['a', 'b']);
  for (const pod of [one, two, third]) expect(pod?.output).toContain('drained the queue first, items: 2');
});
