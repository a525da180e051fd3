import { Redis } from 'ioredis';
import { startRedisCluster } from '../local/redis-cluster';
import { defineQueue, type ListQueuesOptions, listQueues, WorkQueue } from '../worker';
import { RedisFront } from './redis-front';
import { useRedis } from './redis-under-test';

async function names(options: ListQueuesOptions): Promise<string[]> {
  const found: string[] = [];
  for await (const name of listQueues(options)) found.push(name);
  return found;
}

async function fill(url: string, ...queues: string[]): Promise<void> {
  for (const name of queues) {
    const queue = new WorkQueue(defineQueue({ name }), { url });
    await queue.fill(['a'], { batchId: 'b' });
    await queue.close();
  }
}

describe('of a single Redis', () => {
  const store = useRedis();

  test('all queues are named once, among any number of other keys', async () => {
    await fill(store.server.url, 'one', 'two:three', '林檎');
    await store.redis.mset(Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`other:${i}`, i])));
    await store.redis.rpush('bare', 'a');
    await store.redis.set('{text}:meta', 'no hash');
    await store.redis.hset('{a}b}:meta', 'field', 'no name of a queue');
    await store.redis.hset('{bull}:queue:meta', 'field', 'of another program');
    const url = store.server.url;
    expect((await names({ url })).sort()).toEqual(['one', 'two:three', '林檎']);
    expect(await names({ url: `${url}/3` })).toEqual([]);
  });

  test('who may not look is told what allows it', async () => {
    await store.redis.call('ACL', 'SETUSER', 'worker', 'on', '>secret', '~*', '-@all', '+info', '+ping');
    const user = { url: store.server.url, username: 'worker', password: 'secret', patience: 500 };
    await expect(names(user)).rejects.toThrow(
      /does not let this user list its queues: SCAN is refused\. Allow it \(ACL SETUSER … \+scan\), or name the queue/,
    );
    await store.redis.call('ACL', 'SETUSER', 'worker', '+scan');
    expect((await names(user)).length).toBeGreaterThan(0);
  });

  test('where it is broken off, it ends at once, whether Redis answers or not', async () => {
    const over = new AbortController();
    const left: string[] = [];
    const front = await RedisFront.start(store.server.port, (request) => {
      if (!/\bscan\b/i.test(request)) return 'pass';
      over.abort(new Error('enough'));
      return 'swallow';
    });
    try {
      const log = { info: () => {}, warn: (line: string) => left.push(line) };
      await expect(names({ url: front.url, signal: over.signal, log })).rejects.toThrow('enough');
      await expect(names({ url: front.url, signal: over.signal, log })).rejects.toThrow('enough');
      expect([front.connections, left]).toEqual([1, []]);
    } finally {
      await front.close();
    }
  });

  test('an option that does not exist is refused', async () => {
    await expect(names({ url: store.server.url, queue: 'x' } as ListQueuesOptions)).rejects.toThrow('queue');
  });
});

test('of a Redis Cluster, those on each of its nodes, from any one of them', async () => {
  const cluster = await startRedisCluster();
  try {
    const queues = Array.from({ length: 12 }, (_, i) => `queue-${i}`);
    for (const name of queues) {
      const home = await cluster.ownerOf(await cluster.slotOf(name));
      await cluster.command(home, 'HSET', `{${name}}:meta`, 'version', 1);
    }
    const counts = await Promise.all(
      cluster.urls.map(async (url) => {
        const redis = new Redis(url);
        const count = (await redis.keys('{*}:meta')).length;
        redis.disconnect();
        return count;
      }),
    );
    expect(counts.every((count) => count > 0 && count < queues.length)).toBe(true);
    for (const url of cluster.urls) expect((await names({ url })).sort()).toEqual([...queues].sort());
  } finally {
    await cluster.stop();
  }
});
