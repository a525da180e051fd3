import { Redis } from 'ioredis';
import { type RedisCluster, startRedisCluster } from './redis-cluster';

let cluster: RedisCluster;

beforeAll(async () => {
  cluster = await startRedisCluster({ nodes: 3, password: 'pass word' });
});
afterAll(() => cluster.stop());

/** A client that follows no redirection. */
async function withClient<T>(node: number, act: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(cluster.urls[node]!);
  try {
    return await act(client);
  } finally {
    client.disconnect();
  }
}

test('each slot is served by one node, and the others redirect to it', async () => {
  const owners = await Promise.all([0, 16_383, await cluster.slotOf('key')].map((slot) => cluster.ownerOf(slot)));
  expect(owners.slice(0, 2)).toEqual([0, 2]);
  const owner = owners[2]!;
  await withClient(owner, async (client) => expect(await client.set('key', 'value')).toBe('OK'));
  await withClient((owner + 1) % 3, async (client) => {
    const { port } = cluster.servers[owner]!;
    await expect(client.get('key')).rejects.toThrow(`MOVED ${await cluster.slotOf('key')} 127.0.0.1:${port}`);
  });
});

test('replicas follow, and take over by hand and when their primary dies', async () => {
  const args = ['--cluster-node-timeout', '3000'];
  const replicated = await startRedisCluster({ replicas: 1, password: 'pass word', args });
  try {
    expect(replicated.servers).toHaveLength(6);
    const home = await replicated.ownerOf(await replicated.slotOf('key'));
    const key = async (node: number) => {
      const redis = new Redis(replicated.urls[node]!);
      return redis.get('key').finally(() => redis.disconnect());
    };
    await replicated.command(home, 'SET', 'key', 'value');
    const next = await replicated.failover(home);
    expect(await key(next)).toBe('value');
    await expect(key(home)).rejects.toThrow('MOVED');
    await replicated.server(next).kill();
    await replicated.untilPromoted(home);
    expect(await key(home)).toBe('value');
  } finally {
    await replicated.stop();
  }
});

test('a slot moves step by step, or at once', async () => {
  const slot = await cluster.slotOf('{moving}');
  const from = await cluster.ownerOf(slot);
  const to = (from + 1) % 3;
  const move = cluster.slotMove(slot, from, to);
  await withClient(from, async (client) => {
    for (const name of ['a', 'b', 'c']) await client.set(`{moving}:${name}`, name);
    await move.begin();
    await move.key('{moving}:b');
    await expect(client.get('{moving}:b')).rejects.toThrow('ASK');
    await expect(client.mget('{moving}:a', '{moving}:b')).rejects.toThrow(/TRYAGAIN|ASK/);
    expect(await move.keys(1)).toBe(1);
    expect(await move.keys()).toBe(1);
    await move.finish();
    await expect(client.get('{moving}:a')).rejects.toThrow('MOVED');
  });
  await cluster.untilAgreed();
  expect(await cluster.ownerOf(slot)).toBe(to);
  await cluster.moveSlot(slot, to, from);
  await withClient(from, async (client) => {
    expect(await client.mget('{moving}:a', '{moving}:b', '{moving}:c')).toEqual(['a', 'b', 'c']);
  });
});
