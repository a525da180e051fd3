import { Redis } from 'ioredis';
import { type RedisCluster, startRedisCluster } from '../local/redis-cluster';
import { EXIT } from '../worker/contract';
import { defineQueue, WorkQueue } from '../worker/library';
import { expectEnding, QueueUnderTest } from './queue-under-test';
import { until } from './until';
import { endWorkers } from './worker-process';

const ITEMS = 10_000;

let cluster: RedisCluster;
const queue = new QueueUnderTest();

beforeAll(async () => {
  cluster = await startRedisCluster({ replicas: 1, password: 'pass word' });
  queue.name = 'on-a-cluster';
});
afterEach(endWorkers);
afterAll(() => cluster?.stop());

test('2,000 items while their primary hands over by hand and is killed: each is done, and none is charged', async () => {
  const nodes = cluster.servers.map(({ port }) => `127.0.0.1:${port}`);
  const first = await cluster.ownerOf(await cluster.slotOf(queue.name));
  // Begins with the node that will be gone.
  const url = `redis://:pass%20word@${[nodes[first], ...nodes.filter((_, node) => node !== first)].join()}`;
  const work = new WorkQueue(defineQueue({ name: queue.name }), { url });
  const items = Array.from({ length: ITEMS }, (_, index) => `sleep 50 ${index}`);
  await work.fill(items, { batchId: 'cluster', seal: true });
  await work.close();
  const settings = { WORK_QUEUE_LEASE_MS: 30_000, WORK_QUEUE_CONCURRENCY: 20, WORK_QUEUE_BATCH: 'cluster' };
  const workers = [0, 1].map(() => queue.start(settings, { url }));
  await Promise.all(workers.map((worker) => worker.line('finished sleep')));
  const finishedBy = () => workers.reduce((sum, worker) => sum + worker.count('finished'), 0);
  /** Resolves when more has been finished; at once where nothing is left to finish. */
  const goesOn = async () => {
    const before = finishedBy();
    await until('workers finish more', finishedBy, (now) => now > before + 2 || now >= ITEMS);
  };

  const second = await cluster.failover(first);
  await goesOn();
  const [replica] = await cluster.replicasOf(second);
  expect(replica).toBe(first);
  await cluster.servers[second]!.kill();
  await cluster.untilPromoted(first);
  await goesOn();
  await cluster.servers[second]!.start();

  for (const worker of workers) {
    await expectEnding(worker, EXIT.drained, `queue: ${ITEMS} items, ${ITEMS} done, 0 dead`);
  }
  const primary = new Redis(cluster.urls[first]!);
  expect(await primary.hgetall(queue.keys.attempts)).toEqual({});
  primary.disconnect();
});
