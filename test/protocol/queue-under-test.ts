import type { RedisServerOptions } from '../../local/redis';
import { RedisUnderTest, startFor } from '../redis-under-test';
import { QueueDriver } from './queue-driver';

class DriverUnderTest extends RedisUnderTest {
  q!: QueueDriver;
}

/** A private Redis for the tests of a file, empty for each of them. */
export function queueUnderTest(options: RedisServerOptions & { readonly plain?: boolean } = {}) {
  const { plain = false, ...serverOptions } = options;
  const under = startFor(new DriverUnderTest(), serverOptions);
  beforeAll(() => {
    under.q = new QueueDriver(under.server.url, 'job2', { plain });
  });
  beforeEach(() => under.q.reset());
  afterAll(() => under.q.close());
  return under;
}

export const texts = (items: readonly { readonly payload: Buffer }[]) => items.map(({ payload }) => String(payload));

/** The leases of all that do not renew run out, and another worker takes back what they hold. */
export async function takenBackByAnother(q: QueueDriver): Promise<void> {
  const other = await q.enter('other');
  for (let passed = 0; passed < 11_000; passed += 1_000) {
    await q.pass(1_000);
    await other.renew();
  }
  await other.exchange();
}
