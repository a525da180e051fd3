import { readFileSync, statSync, truncateSync } from 'node:fs';
import Redis from 'ioredis';
import { appendOnlyFile, cutTornTransaction, type RedisServer, startRedisServer } from '.';

let server: RedisServer;
let redis: Redis;

beforeEach(async () => {
  server = await startRedisServer({ appendOnly: true });
  redis = new Redis(server.url, { maxRetriesPerRequest: null, disconnectTimeout: 0 });
  redis.on('error', () => {});
});

afterEach(async () => {
  redis.disconnect();
  await server.stop();
});

/** Two writes in one step, and where in the file the second one begins. */
async function transaction(): Promise<{ file: string; second: number }> {
  await redis.eval(`redis.call('SET', 'first', 'of two') redis.call('SET', 'second', 'of two')`, 0);
  const file = appendOnlyFile(server);
  return { file, second: readFileSync(file).lastIndexOf('second') };
}

test('of a transaction that was torn nothing is left, also not after another restart', async () => {
  const { file, second } = await transaction();
  await server.kill('SIGKILL');
  truncateSync(file, second + 3);
  cutTornTransaction(file);
  await server.restart();
  await redis.set('later', 'whole');
  await redis.eval(`redis.call('SET', 'third', 'of two') redis.call('SET', 'fourth', 'of two')`, 0);
  await server.restart();
  expect(await redis.mget('first', 'second', 'later', 'third')).toEqual([null, null, 'whole', 'of two']);
});

test('a file that ends with a whole transaction stays as it is', async () => {
  const { file } = await transaction();
  await redis.set('later', 'whole');
  const { size } = statSync(file);
  await server.kill('SIGKILL');
  cutTornTransaction(file);
  expect(statSync(file).size).toBe(size);
});
