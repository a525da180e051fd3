import { join } from 'node:path';
import { Duration, Testing } from 'cdk8s';
import { RedisWorkQueueJob } from 'cdk8s-redis-work-queue';
import { WorkQueue } from 'cdk8s-redis-work-queue/worker';
import { positions } from '../../examples/chess/queue';
import { LocalCluster } from '../../local/cluster';
import { type RedisServer, startRedisServer } from '../../local/redis';
import { synthesize } from './synthesize';

let server: RedisServer;
let queue: WorkQueue<{ fen: string; depth: number }>;
let cluster: LocalCluster;

beforeEach(async () => {
  server = await startRedisServer();
  queue = new WorkQueue(positions, { url: server.url });
});

afterEach(async () => {
  await cluster?.stop();
  await queue.close();
  await server.stop();
});

test('the games add up to a number that is known', async () => {
  cluster = new LocalCluster({ redisUrl: server.url }).apply(await synthesize('chess', { DEPTH: '4' }));
  expect(await cluster.run('count-games-fill')).toEqual([0]);
  const pods = cluster.start('count-games', { pods: 2 });
  expect(await Promise.all(pods.map((pod) => pod.ended))).toEqual([0, 0]);

  let games = 0;
  let items = 0;
  for await (const { result } of queue.results()) {
    games += result as number;
    items++;
  }
  expect({ items, games }).toEqual({ items: 20, games: 197_281 });
});

test('an item that computes for several leases without yielding is run once', async () => {
  const chart = Testing.chart();
  new RedisWorkQueueJob(chart, 'games', {
    jobName: 'count-games',
    queue: positions,
    items: positions.items([{ fen: 'rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR w KQkq - 0 1', depth: 5 }]),
    entry: join(__dirname, '../../examples/chess/worker.ts'),
    lease: Duration.seconds(4),
  });
  cluster = new LocalCluster({ redisUrl: server.url }).apply(Testing.synth(chart));
  expect(await cluster.run('count-games-fill')).toEqual([0]);
  const pods = cluster.start('count-games', { pods: 2 });
  expect(await Promise.all(pods.map((pod) => pod.ended))).toEqual([0, 0]);

  expect(pods.flatMap((pod) => pod.all(/(Working on)/))).toEqual(['Working on']);
  const results = [];
  for await (const { result } of queue.results()) results.push(result);
  expect(results).toEqual([4_865_609]);
});
