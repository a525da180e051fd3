import { Redis } from 'ioredis';
import { type RedisServer, startRedisServer } from '../local/redis';
import { type RedisSentinels, startSentinels } from '../local/redis-sentinel';
import { defineQueue, WorkQueue } from '../worker';
import { EXIT } from '../worker/contract';
import { ConfigurationError, StoreUnreachableError } from '../worker/errors';
import { Connection } from '../worker/redis/connection';
import type { Script } from '../worker/scripts';
import { expectEnding, QueueUnderTest } from './queue-under-test';
import { RedisFront, type Treatment } from './redis-front';
import { useRedis } from './redis-under-test';
import { until } from './until';
import { endWorkers } from './worker-process';

/** Connections of a test, closed with it. */
const opened: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
});

describe('behind sentinels', () => {
  const SECRETS = { password: 'pass word', sentinelPassword: 'another word' };
  const ENV = { REDIS_SENTINEL_PASSWORD: SECRETS.sentinelPassword };
  const ITEMS = 10_000;

  let all: RedisSentinels;
  const queue = new QueueUnderTest();

  beforeAll(async () => {
    all = await startSentinels({ ...SECRETS, replicas: 1, downAfter: 4_000 });
    queue.name = 'behind-sentinels';
  });
  afterEach(endWorkers);
  afterAll(() => all?.stop());

  test('2,000 items while the primary fails over by hand and is killed: each is done, and none is charged', async () => {
    const work = new WorkQueue(defineQueue({ name: queue.name }), {
      url: all.url,
      sentinelPassword: SECRETS.sentinelPassword,
    });
    opened.push(work);
    await work.fill(
      Array.from({ length: ITEMS }, (_, index) => `sleep 50 ${index}`),
      {
        batchId: 'sentinels',
        seal: true,
      },
    );
    const settings = { WORK_QUEUE_LEASE_MS: 30_000, WORK_QUEUE_CONCURRENCY: 20, WORK_QUEUE_BATCH: 'sentinels' };
    const workers = [0, 1].map(() => queue.start({ ...settings, ...ENV }, { url: all.url }));
    await Promise.all(workers.map((worker) => worker.line('finished sleep')));
    const finishedBy = () => workers.reduce((sum, worker) => sum + worker.count('finished'), 0);
    /** Resolves when more has been finished; at once where nothing is left to finish. */
    const goesOn = async () => {
      const before = finishedBy();
      await until('workers finish more', finishedBy, (now) => now > before + 2 || now >= ITEMS);
    };

    const second = await all.failover();
    await goesOn();
    await second.kill();
    await all.untilPromoted(second);
    await goesOn();
    await second.start();
    await all.untilAgreed();
    await all.failover();
    await goesOn();

    for (const worker of workers) {
      await expectEnding(worker, EXIT.drained, `queue: ${ITEMS} items, ${ITEMS} done, 0 dead`);
    }
    const primary = new Redis((await all.primary()).url);
    opened.push({ close: () => primary.disconnect() });
    expect(await primary.hgetall(queue.keys.attempts)).toEqual({});
    const finished = new Set(
      workers.flatMap(({ lines }) => lines.flatMap((line) => /finished (.*)/.exec(line)?.[1] ?? [])),
    );
    expect(finished.size).toBe(ITEMS);
  });

  test.each([
    ['another name', () => all.url.replace('mymaster', 'other'), ENV, 'know no primary "other"'],
    ['no password', () => all.url, {}, 'refuse: NOAUTH Authentication required. Check REDIS_SENTINEL_USERNAME and'],
    ['a wrong one', () => all.url, { REDIS_SENTINEL_PASSWORD: 'wrong' }, 'refuse: WRONGPASS invalid username'],
  ])('81 at the start: %s', async (_, url, env, why) => {
    const worker = queue.start(env, { url: url() });
    await expectEnding(worker, EXIT.configuration, why);
  });
});

test('81: a user of the sentinels without a password', async () => {
  const url = 'redis+sentinel://127.0.0.1:1/mymaster';
  const open = () => new Connection({ url, sentinelUsername: 'watcher' });
  expect(open).toThrow(ConfigurationError);
  expect(open).toThrow(
    /^REDIS_SENTINEL_USERNAME is set, and there is no password of the sentinels: set REDIS_SENTINEL_P/,
  );
  await new Connection({ url, sentinelUsername: 'watcher', sentinelPassword: 'secret' }).close();
});

describe('what sentinels say', () => {
  const under = useRedis({ password: 'secret word' });
  const fronts: RedisFront[] = [];
  let replica: RedisServer;

  beforeAll(async () => {
    replica = await startRedisServer({ args: ['--replicaof', '127.0.0.1', String(under.server.port)] });
    await under.redis.set('key', 'value');
  });
  afterAll(() => replica?.stop());
  afterEach(async () => {
    for (const front of fronts.splice(0)) await front.close();
  });

  /** A sentinel that says this when it is asked for the primary. */
  async function sentinel(answer: () => Treatment): Promise<RedisFront> {
    const front = await RedisFront.start(replica.port, (request) =>
      /\bsentinel\b/i.test(request) ? answer() : 'pass',
    );
    fronts.push(front);
    return front;
  }

  const names = (port: number, host = '127.0.0.1') =>
    `*2\r\n$${host.length}\r\n${host}\r\n$${String(port).length}\r\n${port}\r\n`;
  const NOTHING = '*-1\r\n';
  const right = () => names(under.server.port);
  const urlOf = (...sentinels: RedisFront[]) =>
    `redis+sentinel://:${encodeURIComponent('secret word')}@${sentinels.map(({ port }) => `127.0.0.1:${port}`).join()}/primary`;

  function connect(url: string, options: ConstructorParameters<typeof Connection>[1] = {}): Connection {
    const connection = new Connection({ url }, { deadline: 5_000, ...options });
    opened.push(connection);
    return connection;
  }
  const get = (connection: Connection) => connection.insist(() => connection.command('GET', 'key'));

  test('one that takes its time is not waited for, and the one that answered comes first from then on', async () => {
    const silent = await sentinel(() => 'swallow');
    const quick = await sentinel(right);
    const connection = connect(urlOf(silent, quick));
    expect(await get(connection)).toBe('value');
    connection.disconnect();
    expect(await get(connection)).toBe('value');
    expect([silent.connections, quick.connections]).toEqual([1, 2]);
  });

  test.each([
    ['a replica', () => names(replica.port)],
    ['a port where nothing listens', () => names(1)],
    ['nothing', () => NOTHING],
    ['an error', () => '-LOADING\r\n'],
    ['the end of the connection', () => 'cut' as const],
  ])('one that names %s is not believed: the others are asked', async (_, wrong) => {
    const liar = await sentinel(wrong);
    const honest = await sentinel(right);
    expect(await get(connect(urlOf(liar, honest)))).toBe('value');
  });

  test('who worked with a primary waits when no sentinel knows it any more, and goes on', async () => {
    let says = right;
    const sentinels = [await sentinel(() => says()), await sentinel(() => says())];
    const connection = connect(urlOf(...sentinels));
    await connection.run({ sha1: '0'.repeat(40), lua: 'return 1', keys: [] } as unknown as Script, 'queue', []);
    connection.disconnect();
    const asked = sentinels[1]!.connections;
    says = () => NOTHING;
    const answer = get(connection);
    while (sentinels[1]!.connections < asked + 3) await new Promise((resolve) => setTimeout(resolve, 5));
    says = () => '-NOAUTH Authentication required.\r\n';
    while (sentinels[1]!.connections < asked + 5) await new Promise((resolve) => setTimeout(resolve, 5));
    says = right;
    expect(await answer).toBe('value');
  });

  test('a name that one of three does not know is no configuration, and who reaches none waits for its patience', async () => {
    const newcomer = await sentinel(() => NOTHING);
    const others = [await sentinel(() => 'cut'), await sentinel(() => 'cut')];
    const waiting = get(connect(urlOf(newcomer, ...others), { patience: 300 }));
    await expect(waiting).rejects.toThrow(StoreUnreachableError);
    await expect(waiting).rejects.toThrow(/no sentinel names the primary: one know no primary "primary"/);
    const unknown = get(connect(urlOf(newcomer, await sentinel(() => NOTHING), others[0]!)));
    await expect(unknown).rejects.toThrow(ConfigurationError);
  });

  test('a server in the place of a sentinel', async () => {
    const url = `redis+sentinel://127.0.0.1:${replica.port}/primary`;
    await expect(get(connect(url))).rejects.toThrow(
      `the sentinels at ${url} are none, but servers that hold data: name the sentinels`,
    );
  });
});
