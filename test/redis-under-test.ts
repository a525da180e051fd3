import { Redis, type RedisOptions } from 'ioredis';
import { type RedisServer, type RedisServerOptions, startRedisServer } from '../local/redis';

/** A private Redis, and a client of it. */
export class RedisUnderTest {
  server!: RedisServer;
  redis!: Redis;
}

/** One private Redis for the tests of a file. */
export function useRedis(options?: RedisServerOptions, client?: RedisOptions): RedisUnderTest {
  return startFor(new RedisUnderTest(), options, client);
}

/** Starts the private Redis of a fixture for the tests of a file. */
export function startFor<T extends RedisUnderTest>(
  fixture: T,
  options: RedisServerOptions = {},
  client: RedisOptions = {},
): T {
  beforeAll(async () => {
    fixture.server = await startRedisServer(options);
    fixture.redis = new Redis(fixture.server.url, client);
    fixture.redis.on('error', () => {});
  });
  afterAll(async () => {
    fixture.redis?.disconnect();
    await fixture.server?.stop();
  });
  return fixture;
}
