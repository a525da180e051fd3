import { Redis } from 'ioredis';
import { Authority, CAN_ISSUE } from '../local/redis/authority';
import { type RedisCluster, startRedisCluster } from '../local/redis-cluster';
import { defineQueue, WorkQueue } from '../worker';
import { EXIT } from '../worker/contract';
import { Connection } from '../worker/redis/connection';
import { Doorbell } from '../worker/redis/doorbell';
import { type Env, expectEnding, QueueUnderTest } from './queue-under-test';
import { RedisFront } from './redis-front';
import { useRedis } from './redis-under-test';
import { startTlsProxy } from './tls-proxy';
import { endWorkers, type WorkerProcess } from './worker-process';

const LEASE = 6_000;

/** Connections of a test, closed with it. */
const opened: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
});

function connect(url: string, options: ConstructorParameters<typeof Connection>[1] = {}): Connection {
  const connection = new Connection({ url }, options);
  opened.push(connection);
  return connection;
}

describe('on a Redis Cluster', () => {
  let cluster: RedisCluster;
  let slot: number;
  /** The node that serves the slot of the queue at first, and the two others. */
  let home: number;
  let next: number;
  let other: number;
  const queue = new QueueUnderTest();
  const clients: Redis[] = [];
  let tests = 0;

  beforeEach(async () => {
    cluster = await startRedisCluster();
    queue.name = `queue-${++tests}`;
    slot = await cluster.slotOf(queue.name);
    home = await cluster.ownerOf(slot);
    [next, other] = [(home + 1) % 3, (home + 2) % 3];
    for (const url of cluster.urls) clients.push(new Redis(url, { disconnectTimeout: 0 }));
    for (const client of clients) client.on('error', () => {});
  });

  afterEach(async () => {
    await endWorkers();
    for (const client of clients.splice(0)) client.disconnect();
    await cluster.stop();
  });

  const client = (node: number) => clients[node] as Redis;

  /** Resolves when this many clients are blocked on a node. */
  async function blocked(node: number, count: number): Promise<void> {
    const ask = () => client(node).info('clients');
    await queue.until('clients are blocked', ask, (info) => info.includes(`\nblocked_clients:${count}\r`));
  }

  test('81: the node that has the queue evicts keys, and the one that is asked first does not', async () => {
    await client(home).config('SET', 'maxmemory-policy', 'allkeys-lru');
    const work = new WorkQueue(defineQueue({ name: queue.name }), { url: cluster.urls[next] as string });
    opened.push(work);
    await expect(work.fill(['apple'])).rejects.toThrow('this Redis evicts keys');
  });

  test('each kind of call goes to the node that serves the slot, whichever was given', async () => {
    const connection = connect(cluster.urls[next]!);
    expect(await connection.command('RPUSH', queue.name, 'a', 'b')).toBe(2);
    expect(await connection.bytes('LPOP', queue.name)).toEqual(Buffer.from('a'));
    expect(await connection.block(50, () => ['BLPOP', queue.name, 1])).toEqual([queue.name, 'b']);
    await cluster.moveSlot(slot, home, other);
    // All that are under way at once, when the slot has moved.
    const answers = [connection.command('RPUSH', queue.name, 'c'), connection.command('LLEN', queue.name)];
    expect(await Promise.all(answers.map((answer) => connection.insist(() => answer)))).toEqual([1, 1]);
    expect(await client(other).lrange(queue.name, 0, -1)).toEqual(['c']);
  });

  test('who is blocked when the slot moves listens on at the new node, for the rest of the time', async () => {
    const doorbell = new Doorbell({ url: cluster.urls[home]! }, queue.name, {});
    opened.push(doorbell);
    const begun = performance.now();
    const heard = doorbell.wait(120_000);
    await blocked(home, 1);
    await cluster.moveSlot(slot, home, next);
    await blocked(next, 1);
    await client(next).rpush(queue.keys.wake, '1');
    await heard;
    expect(performance.now() - begun).toBeLessThan(120_000);

    const lefts: number[] = [];
    const connection = connect(cluster.urls[next]!);
    const unheard = connection.block(2_000, (left) => {
      lefts.push(left);
      return ['BLPOP', queue.name, left / 1_000];
    });
    await blocked(next, 1);
    await cluster.moveSlot(slot, next, home);
    expect(await unheard).toBeNull();
    expect(lefts).toHaveLength(2);
    expect(lefts[1]).toBeLessThan(lefts[0]!);
  });

  test('where the node that the slot moved to is gone, it begins again at the address that was given', async () => {
    const connection = connect(cluster.urls[home]!, { deadline: 1_000 });
    await cluster.moveSlot(slot, home, next);
    expect(await connection.command('RPUSH', queue.name, 'a')).toBe(1);
    await cluster.servers[next]!.kill();
    const answer = connection.insist(() => connection.command('RPUSH', queue.name, 'b'));
    // What it had is lost with it.
    const id = await client(home).call('CLUSTER', 'MYID');
    await client(other).call('CLUSTER', 'SETSLOT', slot, 'NODE', id as string);
    await client(home).call('CLUSTER', 'SETSLOT', slot, 'NODE', id as string);
    expect(await answer).toBe(1);
    expect(await client(home).lrange(queue.name, 0, -1)).toEqual(['b']);
  });

  /** Starts a worker that is given this node. */
  const start = (node: number, env: Env = {}): WorkerProcess =>
    queue.start({ WORK_QUEUE_LEASE_MS: LEASE, ...env }, { url: cluster.urls[node]! });

  async function fill(...items: string[]): Promise<void> {
    const work = new WorkQueue(defineQueue({ name: queue.name }), { url: cluster.urls[other]! });
    await work.fill(items);
    await work.seal();
    await work.close();
  }

  test('workers, wherever they begin, and a fill go on while the slot moves from node to node', async () => {
    await fill('wait apple', ...Array.from({ length: 300 }, (_, index) => `sleep 10 ${index}`));
    const workers = [0, 1].map((node) => start(node, { WORK_QUEUE_CONCURRENCY: 2 }));
    await Promise.all(workers.map((worker) => worker.line('finished')));
    for (const [from, to] of [
      [home, next],
      [next, other],
      [other, home],
    ] as const) {
      await cluster.moveSlot(slot, from, to);
      for (const worker of workers) {
        const before = worker.count('finished');
        await worker.until('it goes on', () => worker.count('finished') > before + 2 || undefined);
      }
    }
    for (const worker of workers) worker.tell('wait apple');
    for (const worker of workers) await expectEnding(worker, EXIT.drained, 'queue: 301 items, 301 done, 0 dead');
    expect(await client(home).hgetall(queue.keys.attempts)).toEqual({});
  });

  test('a slot that is split between two nodes is waited for, and is neither lost nor configuration', async () => {
    await fill('wait apple', 'banana');
    const worker = start(home, { WORK_QUEUE_STORE_TIMEOUT_MS: 60_000 });
    await worker.line(/started .*wait apple/);
    const move = cluster.slotMove(slot, home, next);
    await move.begin();
    await move.key(queue.keys.meta);
    worker.tell('wait apple');
    await worker.line(
      /does not answer \((ReplyError: )?(TRYAGAIN|ASK|ERR Script attempted to access a non local key).*\), trying again/,
    );
    await move.keys();
    await move.finish();
    await expectEnding(worker, EXIT.drained, 'queue: 2 items, 2 done, 0 dead');
    expect(worker.count('started [')).toBe(2);
  });
});

describe('what a node says', () => {
  const under = useRedis({ password: 'secret word' });
  const fronts: RedisFront[] = [];
  const moved = (where: string) => `-MOVED 1 ${where}\r\n`;

  /** A Redis that says this of each GET. */
  async function node(answer: (connection: number) => string): Promise<RedisFront> {
    const front = await RedisFront.start(under.server.port, (request, connection) =>
      /\bget\b/i.test(request) ? answer(connection) : 'pass',
    );
    fronts.push(front);
    return front;
  }

  const urlOf = (port: number, scheme = 'redis', host = '127.0.0.1') =>
    `${scheme}://:${encodeURIComponent('secret word')}@${host}:${port}`;

  beforeEach(() => under.redis.set('key', 'value'));
  afterEach(async () => {
    for (const front of fronts.splice(0)) await front.close();
  });

  test.each([
    ['an IPv4 address', () => `127.0.0.1:${under.server.port}`],
    ['a name', () => `localhost:${under.server.port}`],
    ['no host, which is its own', () => `:${under.server.port}`],
  ])('%s: it is asked, with the password that was given', async (_, where) => {
    const front = await node(() => moved(where()));
    const connection = connect(urlOf(front.port));
    expect(await connection.command('GET', 'key')).toBe('value');
    expect(await connection.command('GET', 'key')).toBe('value');
    expect(front.connections).toBe(1);
  });

  test('two nodes that name each other: neither is asked without end', async () => {
    const ports: number[] = [];
    let asked = 0;
    const say = (other: number) => {
      asked++;
      return moved(`127.0.0.1:${ports[other]}`);
    };
    ports.push((await node(() => say(1))).port, (await node(() => say(0))).port);
    await expect(connect(urlOf(ports[0]!)).command('GET', 'key')).rejects.toThrow('MOVED');
    expect(asked).toBe(4);
  });

  test('a node without an address, or one that is gone, is asked for again and again', async () => {
    const gone = await node(() => '');
    const { port } = gone;
    await gone.close();
    fronts.pop();
    const answers = [moved('?:6379'), moved(`127.0.0.1:${port}`), moved(`127.0.0.1:${under.server.port}`)];
    const front = await node(() => answers.shift()!);
    const connection = connect(urlOf(front.port));
    expect(await connection.insist(() => connection.command('GET', 'key'))).toBe('value');
    expect(answers).toEqual([]);
  });

  test('a node that its cluster has lost is left: the address may lead to another one', async () => {
    const front = await node((connection) => (connection === 1 ? '-CLUSTERDOWN The cluster is down\r\n' : 'pass'));
    const connection = connect(urlOf(front.port));
    expect(await connection.insist(() => connection.command('GET', 'key'))).toBe('value');
    expect(front.connections).toBe(2);
  });

  test.each([
    'ASK 1 127.0.0.1:1',
    'TRYAGAIN Multiple keys request during rehashing of slot',
    'CLUSTERDOWN Hash slot not served',
    'ERR Script attempted to access a non local key in a cluster node script: f_1, on @user_script:1.',
  ])('%s: it is asked again, also at the very start', async (words) => {
    let asked = 0;
    const front = await node(() => (++asked < 3 ? `-${words}\r\n` : 'pass'));
    const connection = connect(urlOf(front.port));
    expect(await connection.insist(() => connection.command('GET', 'key'))).toBe('value');
  });

  const itIfIssued = CAN_ISSUE ? test : test.skip;
  itIfIssued(
    'over TLS, nodes that are told by IP address show the certificate of the name that was given',
    async () => {
      const authority = new Authority();
      try {
        const to = await startTlsProxy(under.server.port, authority, { names: 'DNS:localhost' });
        const front = await node(() => moved(`127.0.0.1:${to.port}`));
        const from = await startTlsProxy(front.port, authority, { names: 'DNS:localhost' });
        const url = urlOf(from.port, 'rediss', 'localhost');
        const connection = new Connection({ url, caFile: authority.file });
        expect(await connection.command('GET', 'key')).toBe('value');
        connection.close();
        for (const proxy of [from, to]) proxy.stop();
      } finally {
        authority.remove();
      }
    },
  );
});
