import { networkInterfaces } from 'node:os';
import { type RedisServer, startRedisServer } from '../local/redis';
import { defineQueue, WorkQueue } from '../worker';
import { EXIT } from '../worker/contract';
import { expectEnding, useQueue } from './queue-under-test';

const here = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));
const testIfThere = here ? test : test.skip;
const queue = useQueue();
let server: RedisServer;

beforeAll(async () => {
  // The last --bind counts; the first address is for the fixture.
  server = await startRedisServer({ args: ['--bind', '127.0.0.1', ...(here ? ['::1'] : [])] });
});

afterAll(() => server.stop());

describe(`a Redis on ::1${here ? '' : ' (this machine has no IPv6)'}`, () => {
  testIfThere.each([
    ['as Kubernetes puts it into an address', (port: number) => ({ REDIS_URL: `redis://::1:${port}` })],
    ['in brackets', (port: number) => ({ REDIS_URL: `redis://[::1]:${port}` })],
    [
      'in the variables of a Service',
      (port: number) => ({ REDIS_URL: undefined, REDIS_SERVICE_HOST: '::1', REDIS_SERVICE_PORT: port }),
    ],
  ])('%s', async (_, envOf) => {
    const client = new WorkQueue(defineQueue({ name: queue.name }), { url: `redis://[::1]:${server.port}` });
    await client.fill(['apple'], { seal: true });
    await client.close();
    await expectEnding(queue.start(envOf(server.port)), EXIT.drained, 'queue: 1 item, 1 done');
  });
});
