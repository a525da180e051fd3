import type { Redis } from 'ioredis';
import type { RedisServerOptions } from '../local/redis';
import { defineQueue, WorkQueue } from '../worker';
import { queueKeys } from '../worker/contract';
import { RedisUnderTest, startFor } from './redis-under-test';
import { until } from './until';
import { type Ended, endWorkers, startWorker, type WorkerProcess, type WorkerProcessOptions } from './worker-process';

export type Env = WorkerProcessOptions['env'];

/** One private Redis for the tests of a file, and a queue of its own for each test. */
export function useQueue(options: RedisServerOptions = {}): QueueUnderTest {
  const fixture = startFor(new QueueUnderTest(), options);
  let tests = 0;
  beforeEach(() => {
    fixture.name = `queue-${++tests}`;
  });
  afterEach(endWorkers);
  return fixture;
}

export class QueueUnderTest extends RedisUnderTest {
  name = '';

  get keys() {
    return queueKeys(this.name);
  }

  /** A worker on this queue, which settles quickly. */
  start(env: Env = {}, { url, ...options }: Partial<WorkerProcessOptions> = {}): WorkerProcess {
    const all = { QUEUE: this.name, WORK_QUEUE_NAME: this.name, WORK_QUEUE_SETTLE_MS: 300, ...env };
    return startWorker({ url: url ?? this.server.url, env: all, ...options });
  }

  /** Pushes items, as anybody would. */
  async push(...items: (string | Buffer)[]): Promise<void> {
    await this.redis.rpush(this.name, ...items);
  }

  /** Pushes items and seals the queue. */
  async fill(...items: string[]): Promise<void> {
    await this.withClient(async (client) => {
      if (items.length > 0) await client.fill(items);
      await client.seal();
    });
  }

  async withClient<T>(act: (client: WorkQueue<string>) => Promise<T>): Promise<T> {
    const client = new WorkQueue(defineQueue({ name: this.name }), { url: this.server.url });
    try {
      return await act(client);
    } finally {
      await client.close();
    }
  }

  /** Attempts and crashes that items are charged with, by id. */
  async attempts(): Promise<Record<string, string>> {
    const charges = Object.entries(await this.redis.hgetall(this.keys.attempts));
    return Object.fromEntries(charges.map(([id, charge]) => [id, charge.split('\n')[0] as string]));
  }

  /** {@link leaseRenewed} */
  renewed(by?: number): Promise<void> {
    return leaseRenewed(this.redis, this.name, by);
  }

  /** Resolves when the answer of Redis is as it should be; asks again and again. */
  until<T>(what: string, ask: (redis: Redis) => Promise<T>, isRight: (answer: T) => boolean): Promise<T> {
    return until(what, () => ask(this.redis), isRight);
  }
}

/**
 * Resolves when the lease of the one worker that holds items ends later than it did, by so many ms: then it was renewed, by
 * its lease thread where its main thread computes.
 */
export async function leaseRenewed(redis: Redis, queueName: string, by = 1): Promise<void> {
  const keys = queueKeys(queueName);
  const [holder = ''] = (await redis.zrange(keys.leases, '0', '0')) as string[];
  const end = async () => Number(await redis.zscore(keys.leases, holder));
  const first = await end();
  await until(`its lease, which ended at ${first}, ends ${by} ms later`, end, (now) => now >= first + by);
}

/** The worker ended in this code, and said so in its last line and in the termination message. */
export async function expectEnding(worker: WorkerProcess, code: number, what: string): Promise<Ended> {
  const ended = await worker.ended;
  expect({ ...ended, lines: worker.lines }).toMatchObject({
    code,
    summary: expect.stringContaining(what),
    terminationMessage: ended.summary,
  });
  expect(ended.summary).toContain(`(exit ${code}); this worker: `);
  return ended;
}
