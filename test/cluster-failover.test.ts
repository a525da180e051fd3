import { Redis } from 'ioredis';
import { type RedisCluster, startRedisCluster } from '../local/redis-cluster';
import { EXIT } from '../worker/contract';
import { defineQueue, WorkQueue } from '../worker/library';
import { expectEnding, QueueUnderTest } from './queue-under-test';
import { endWorkers } from './worker-process';

const ITEMS = 2_000;

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
  const items = ['wait apple', ...Array.from({ length: ITEMS }, (_, index) => `sleep 5 ${index}`)];
  await work.fill(items, { batchId: 'cluster', seal: true });
  await work.close();
  const settings = { WORK_QUEUE_LEASE_MS: 30_000, WORK_QUEUE_CONCURRENCY: 4, WORK_QUEUE_BATCH: 'cluster' };
  const workers = [0, 1].map(() => queue.start(settings, { url }));
  await Promise.all(workers.map((worker) => worker.line('finished sleep')));
  /** Resolves when each worker has finished more. */
  const goesOn = () =>
    Promise.all(
      workers.map((worker) => {
        const before = worker.count('finished');
        return worker.until('it goes on', () => worker.count('finished') > before + 2 || undefined);
      }),
    );

  const second = await cluster.failover(first);
  await goesOn();
  const [replica] = await cluster.replicasOf(second);
  expect(replica).toBe(first);
  await cluster.servers[second]!.kill();
  await cluster.untilPromoted(first);
  await goesOn();
  await cluster.servers[second]!.start();

  for (const worker of workers) worker.tell('wait apple');
  for (const worker of workers) {
    await expectEnding(worker, EXIT.drained, `queue: ${ITEMS + 1} items, ${ITEMS + 1} done, 0 dead`);
  }
  const primary = new Redis(cluster.urls[first]!);
  expect(await primary.hgetall(queue.keys.attempts)).toEqual({});
  primary.disconnect();
});
