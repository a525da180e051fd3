import { type RedisServer, type RedisServerOptions, startRedisServer } from '../../local/redis';
import { QueueDriver } from './queue-driver';

/** A private Redis for the tests of a file, empty for each of them. */
export function queueUnderTest(options: RedisServerOptions & { readonly plain?: boolean } = {}) {
  const { plain = false, ...serverOptions } = options;
  const under = {} as { server: RedisServer; q: QueueDriver };
  beforeAll(async () => {
    under.server = await startRedisServer(serverOptions);
    under.q = new QueueDriver(under.server.url, 'job2', { plain });
  });
  beforeEach(() => under.q.reset());
  afterAll(async () => {
    under.q.close();
    await under.server.stop();
  });
  return under;
}

export const texts = (items: readonly { readonly payload: Buffer }[]) => items.map(({ payload }) => String(payload));
