import Redis from 'ioredis';
import { LocalCluster } from '../../local/cluster';
import { type RedisServer, startRedisServer } from '../../local/redis';
import { synthesize } from './synthesize';

let server: RedisServer;
let cluster: LocalCluster;

beforeEach(async () => {
  server = await startRedisServer({ appendOnly: true });
});

afterEach(async () => {
  await cluster?.stop();
  await server.stop();
});

test('both are drained, though their Redis is killed and comes back in between', async () => {
  cluster = new LocalCluster({ redisUrl: server.url }).apply(await synthesize('two-queues'));
  expect(await Promise.all([cluster.run('invoices-fill'), cluster.run('reminders-fill')])).toEqual([[0], [0]]);
  const invoices = cluster.start('invoices');
  const reminders = cluster.start('reminders');
  await Promise.all([invoices[0]!.line(/^Invoice/), reminders[0]!.line(/^Reminder/)]);
  await server.restart('SIGKILL');
  expect(await Promise.all([...invoices, ...reminders].map((pod) => pod.ended))).toEqual([0, 0, 0]);

  const customers = ['ada', 'boole', 'church', 'dijkstra', 'erdos', 'floyd', 'goedel', 'hopper'];
  expect(invoices.flatMap((pod) => pod.all(/^Invoice for (\w+)/)).sort()).toEqual(customers);
  expect(reminders.flatMap((pod) => pod.all(/^Reminder to (\w+)/)).sort()).toEqual(customers);

  const redis = new Redis(server.port);
  const queuesOf = (await redis.keys('*')).map((key) => /^\{(.*)\}:/.exec(key)?.[1] ?? key);
  expect([...new Set(queuesOf)].sort()).toEqual(['invoices', 'reminders']);
  redis.disconnect();
});
