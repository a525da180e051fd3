import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Duration, Testing } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import Redis from 'ioredis';
import { RedisStore, RedisWorkQueueJob, type RedisWorkQueueJobProps } from '../lib';
import { LocalCluster, type LocalPod } from '../local/cluster';
import { startRedisServer } from '../local/redis';
import { defineQueue, WorkQueue } from '../worker';
import { queueKeys } from '../worker/contract';
import { useRedis } from './redis-under-test';

// The scripts of the fill and of the gate, taken out of the manifests and run by a shell against a real server.

/** The store of a chart. */
interface Store {
  readonly port: number;
  /** What its Secret holds. */
  readonly password?: string;
}

const shared = useRedis();
let cluster: LocalCluster;

beforeEach(async () => {
  cluster = new LocalCluster();
  await shared.redis.flushall();
});

afterEach(() => cluster.stop());

function synth(props: Partial<RedisWorkQueueJobProps>, { port, password }: Store) {
  const chart = Testing.chart();
  new RedisWorkQueueJob(chart, 'fruit', {
    queueName: 'job2',
    image: 'worker',
    jobName: 'fruit',
    redis: RedisStore.external(chart, 'redis', {
      host: '127.0.0.1',
      port,
      password:
        password === undefined
          ? undefined
          : { secret: kplus.Secret.fromSecretName(chart, 's', 'credentials'), key: 'password' },
    }),
    ...props,
  });
  return Testing.synth(chart);
}

function run(
  job: string,
  container: string,
  props: Partial<RedisWorkQueueJobProps>,
  store: Store = shared.server,
): LocalPod {
  const { password = '' } = store;
  cluster.apply(synth(props, store));
  const [pod] = cluster.start(job, { container, secrets: { credentials: { password } } });
  return pod as LocalPod;
}

const fill = (props: Partial<RedisWorkQueueJobProps>, store?: Store) => run('fruit-fill', 'fill', props, store);
const gate = (props: Partial<RedisWorkQueueJobProps>, store?: Store) => run('fruit', 'gate', props, store);

describe('fill', () => {
  test('payloads arrive byte for byte, and the queue is sealed', async () => {
    const items = [
      'apple',
      '',
      '"quoted" \'twice\' \\ $HOME `id` $(id) %s',
      'two\nlines\n',
      'nul\u0000 and \u0001\u007f',
      '🍎 é \u2028 <&>',
      '-x',
      'x'.repeat(100_000),
      'apple',
    ];
    const container = fill({ items });
    expect([await container.ended, container.output]).toEqual([0, expect.stringContaining('Sealed job2 with 9 items')]);
    expect(await shared.redis.lrangeBuffer('job2', 0, -1)).toEqual(items.map((item) => Buffer.from(item)));
    expect(await shared.redis.hmget(queueKeys('job2').meta, 'sealed', 'total')).toEqual(['1', '9']);
  });

  test('a queue may have any name', async () => {
    const queueName = 'it\'s "a" \\ $queue $(REDIS_URL) $$ *';
    const container = fill({ queueName, items: ['a'] });
    expect([await container.ended, container.output]).toEqual([0, expect.stringContaining('Sealed')]);
    expect(await shared.redis.lrange(queueName, 0, -1)).toEqual(['a']);
    const meant = new Set(Object.values(queueKeys(queueName)).map((key) => key.split(':')[0]));
    for (const key of await shared.redis.keys('*')) expect(meant).toContain(key.split(':')[0]);
  });

  test('an empty list is sealed with none', async () => {
    expect(await fill({ items: [] }).ended).toBe(0);
    expect(await shared.redis.hget(queueKeys('job2').meta, 'total')).toBe('0');
  });

  test('a second run adds nothing', async () => {
    expect(await fill({ items: ['a', 'b'] }).ended).toBe(0);
    expect(await fill({ items: ['a', 'b'] }).ended).toBe(0);
    expect(await shared.redis.lrange('job2', 0, -1)).toEqual(['a', 'b']);
  });

  test('killed in between, it goes on where it stopped', async () => {
    const items = Array.from({ length: 7_000 }, (_, i) => `item ${i}`);
    const killed = fill({ items });
    await killed.line('2000 of 7000');
    killed.kill('SIGKILL');
    await killed.ended;
    expect(await shared.redis.llen('job2')).toBeLessThan(7_000);
    expect(await fill({ items }).ended).toBe(0);
    expect(await shared.redis.lrange('job2', 0, -1)).toEqual(items);
  });

  test('SIGTERM ends it with 143', async () => {
    const container = fill({ items: ['a'] }, { port: 1 });
    await container.line('Waiting for Redis');
    container.kill('SIGTERM');
    expect(await container.ended).toBe(143);
  });

  test('another batch is refused, and the message says what to do', async () => {
    expect(await fill({ items: ['a'] }).ended).toBe(0);
    const other = fill({ items: ['b'] });
    expect(await other.ended).toBe(81);
    expect(other.output).toMatch(/BATCH .*already holds another batch.*rwq purge --queue job2.*queue name of its own/);
    expect(await shared.redis.lrange('job2', 0, -1)).toEqual(['a']);
  });

  test('the message has the name of the queue as a shell takes it', async () => {
    const queueName = 'it\'s "a" $queue';
    expect(await fill({ queueName, items: ['a'] }).ended).toBe(0);
    const other = fill({ queueName, items: ['b'] });
    expect([await other.ended, other.output]).toEqual([
      81,
      expect.stringContaining(`rwq purge --queue 'it'\\''s "a" $queue'. Or`),
    ]);
  });

  test('another batch takes the place of one that is done, and that one is not filled again', async () => {
    expect(await fill({ items: ['a', 'b'] }).ended).toBe(0);
    await isDone(2);
    const other = fill({ items: ['c'] });
    expect([await other.ended, other.output]).toEqual([0, expect.stringContaining('Sealed job2 with 1 item')]);
    for (const items of [['a', 'b'], ['c']]) expect(await fill({ items }).ended).toBe(0);
    const late = fill({ items: ['a', 'b'] });
    expect([await late.ended, late.output]).toEqual([
      0,
      expect.stringMatching(/^Batch \w+ was done before in job2, items: 2\. Nothing is pushed\.\n$/),
    ]);
    expect(await shared.redis.lrange('job2', 0, -1)).toEqual(['c']);
  });

  test('nor is one that an empty one has replaced', async () => {
    expect(await fill({ items: ['a', 'b'] }).ended).toBe(0);
    await isDone(2);
    const empty = fill({ items: [] });
    expect([await empty.ended, empty.output]).toEqual([0, expect.stringContaining('Sealed job2 with 0 items')]);
    const [late, again] = [fill({ items: ['a', 'b'] }), fill({ items: [] })];
    expect([await late.ended, late.output]).toEqual([0, expect.stringContaining('was done before in job2, items: 2')]);
    expect([await again.ended, again.output]).toEqual([0, expect.stringContaining('Sealed job2 with 0 items')]);
    expect(await shared.redis.hmget(queueKeys('job2').meta, 'sealed', 'total')).toEqual(['1', '0']);
  });

  test('nor is an empty one', async () => {
    expect(await fill({ items: [] }).ended).toBe(0);
    expect(await fill({ items: ['c'] }).ended).toBe(0);
    const late = fill({ items: [] });
    expect([await late.ended, late.output]).toEqual([0, expect.stringContaining('was done before in job2, items: 0')]);
    expect(await shared.redis.lrange('job2', 0, -1)).toEqual(['c']);
  });

  test('it waits for Redis', async () => {
    const late = await startRedisServer();
    try {
      await late.kill();
      const container = fill({ items: ['a'] }, late);
      await container.line('Waiting for Redis at redis://127.0.0.1');
      await late.start();
      expect(await container.ended).toBe(0);
    } finally {
      await late.stop();
    }
  });

  test('but not for ever', async () => {
    const container = fill({ items: ['a'], storeTimeout: Duration.seconds(1) }, { port: 1 });
    expect(await container.ended).toBe(84);
    expect(container.output).toMatch(/did not answer for 1 s: Could not connect/);
  });

  test('a password comes from the Secret, and a wrong one ends the fill', async () => {
    const guarded = await startRedisServer({ password: 'it\'s "secret" $1' });
    try {
      const refused = fill({ items: ['a'] }, { port: guarded.port, password: 'wrong' });
      expect(await refused.ended).toBe(81);
      expect(refused.output).toMatch(/WRONGPASS/);
      const missing = fill({ items: ['a'] }, { port: guarded.port });
      expect([await missing.ended, missing.output]).toEqual([81, expect.stringMatching(/NOAUTH/)]);
      const welcome = fill({ items: ['a'] }, { port: guarded.port, password: 'it\'s "secret" $1' });
      expect([await welcome.ended, welcome.output]).toEqual([0, expect.stringContaining('Sealed')]);
    } finally {
      await guarded.stop();
    }
  });

  test.each([
    ['1) (integer) 1\\n2) (integer) 0', 'Sealed job2 with 1 item, on disk.'],
    ['(error) ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.', 'a restart loses them'],
  ])('what WAITAOF answers: %s', async (answer, said) => {
    // The test's own server may be older than 7.2, so this answers for it; only these commands come by standard input.
    const real = `PATH=\${PATH#*:} exec redis-cli "$@"`;
    cluster.install(
      'redis-cli',
      `case $* in *--no-raw) ;; *) ${real} ;; esac\ncat >/dev/null; printf '"1-0"\\n${answer}\\n'`,
    );
    const container = fill({ items: ['a'] });
    expect([await container.ended, container.output]).toEqual([0, expect.stringContaining(said)]);
  });

  test('a list that is none ends the fill', async () => {
    await shared.redis.set('job2', 'text');
    const container = fill({ items: ['a'] });
    expect([await container.ended, container.output]).toEqual([81, expect.stringMatching(/WRONGTYPE/)]);
  });
});

/** As if workers had done all items that are in the queue. */
async function isDone(items: number): Promise<void> {
  await shared.redis.del('job2');
  await shared.redis.hset(queueKeys('job2').meta, { claimed: items, done: items });
}

describe('what seals after a filler', () => {
  const seal = (batch: string) => run('fruit-fill', 'seal', { filler: { image: 'filler', batch } });

  test('takes what is there for the whole', async () => {
    await shared.redis.rpush('job2', 'a', 'b');
    const container = seal('monday');
    expect([await container.ended, container.output]).toEqual([0, expect.stringContaining('Sealed job2 with 2 items')]);
    expect(await shared.redis.hmget(queueKeys('job2').meta, 'sealed', 'total', 'batch')).toEqual(['1', '2', 'monday']);
    expect(await seal('monday').ended).toBe(0);
  });

  test('refuses a batch that nobody ever pushed to, and says what to do', async () => {
    const container = seal('monday');
    expect(await container.ended).toBe(81);
    expect(container.output).toMatch(/UNFILLED nothing was pushed to the queue job2.*main guard.*runFiller/);
    expect(await shared.redis.keys('*')).toEqual([]);
  });

  test('takes an empty batch that was pushed for what it is', async () => {
    const filler = new WorkQueue(defineQueue({ name: 'job2' }), { url: shared.server.url });
    expect(await filler.fill([], { batchId: 'monday' })).toBe(0);
    await filler.close();
    const container = seal('monday');
    expect([await container.ended, container.output]).toEqual([0, expect.stringContaining('Sealed job2 with 0 items')]);
  });

  test('takes a batch for pushed whose items were all worked off meanwhile', async () => {
    await shared.redis.hset(queueKeys('job2').meta, { version: 1, epoch: 'e', claimed: 3, done: 3 });
    const container = seal('monday');
    expect([await container.ended, container.output]).toEqual([0, expect.stringContaining('Sealed job2 with 3 items')]);
  });

  test('does not seal again what a newer batch has replaced', async () => {
    await shared.redis.rpush('job2', 'a');
    expect(await seal('monday').ended).toBe(0);
    await isDone(1);
    const early = seal('tuesday');
    expect([await early.ended, early.output]).toEqual([81, expect.stringMatching(/UNFILLED .*holds the batch monday/)]);
    const filler = new WorkQueue(defineQueue({ name: 'job2' }), { url: shared.server.url });
    expect(await filler.fill(['b', 'c'], { batchId: 'tuesday' })).toBe(2);
    await filler.close();
    const late = seal('monday');
    expect([await late.ended, late.output]).toEqual([
      0,
      expect.stringContaining('Batch monday was done before in job2'),
    ]);
    expect(await shared.redis.hget(queueKeys('job2').meta, 'sealed')).toBeNull();
    expect(await seal('tuesday').ended).toBe(0);
    expect(await shared.redis.hget(queueKeys('job2').meta, 'total')).toBe('2');
  });

  test('refuses a queue of another batch', async () => {
    await shared.redis.rpush('job2', 'a');
    expect(await seal('monday').ended).toBe(0);
    const other = seal('tuesday');
    expect([await other.ended, other.output]).toEqual([81, expect.stringMatching(/holds another batch, monday/)]);
  });
});

describe('gate', () => {
  test('by hand: it waits for the first item and says so', async () => {
    const container = gate({});
    await container.line('wait for the first item: rpush job2');
    await shared.redis.rpush('job2', 'apple');
    expect(await container.ended).toBe(0);
    await shared.redis.del('job2');
    expect(await gate({ startTimeout: Duration.seconds(1) }).ended).toBe(0);
  });

  test('with items: it waits for the seal', async () => {
    const waiting = gate({ items: ['a'] });
    await waiting.line('wait for the fill Job');
    await shared.redis.rpush('job2', 'by hand');
    await sleep(200);
    expect(waiting.over).toBe(false);
    await shared.redis.del('job2');
    expect(await fill({ items: ['a'] }).ended).toBe(0);
    expect(await waiting.ended).toBe(0);
  });

  test('nobody fills it: 83', async () => {
    const container = gate({ startTimeout: Duration.seconds(1) });
    expect([await container.ended, container.output]).toEqual([83, expect.stringMatching(/Gave up after \d+ s: wait/)]);
  });

  test('another batch: 82', async () => {
    expect(await fill({ items: ['a'] }).ended).toBe(0);
    const container = gate({ items: ['b'] });
    expect([await container.ended, container.output]).toEqual([82, expect.stringMatching(/^lost .*another batch/)]);
  });

  test('another batch that is done: it waits for the fill; and the gate of that batch is open', async () => {
    expect(await fill({ items: ['a'] }).ended).toBe(0);
    await isDone(1);
    const container = gate({ items: ['b'] });
    await container.line('which is done, until the fill replaces it');
    expect(await fill({ items: ['b'] }).ended).toBe(0);
    expect(await container.ended).toBe(0);
    const late = gate({ items: ['a'] });
    expect([await late.ended, late.output]).toEqual([
      0,
      expect.stringMatching(/^open the batch \w+ is done, items: 1/),
    ]);
  });

  test('no Redis: 84; SIGTERM: 143', async () => {
    expect(await gate({ storeTimeout: Duration.seconds(1) }, { port: 1 }).ended).toBe(84);
    const container = gate({});
    await container.line('wait for');
    container.kill('SIGTERM');
    expect(await container.ended).toBe(143);
  });
});

test('a made store starts as rendered, with a password that only its hash is told', async () => {
  const chart = Testing.chart();
  RedisStore.pod(chart, 'redis', {
    password: { secret: kplus.Secret.fromSecretName(chart, 's', 'credentials'), key: 'password' },
  });
  const [container] = Testing.synth(chart).find(({ kind }) => kind === 'Pod').spec.containers;
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  const args = container.args.map((arg: string) => (arg === '/data' ? cluster.root : arg));
  const password = 'it\'s "secret" \\ $1';
  const [command, ...words] = container.command;
  const store = spawn(command, [...words, ...args, '--port', String(port)], {
    env: { PATH: process.env.PATH, REDISCLI_AUTH: password },
    stdio: 'ignore',
  });
  const client = new Redis(port, { password, retryStrategy: () => 50, maxRetriesPerRequest: null });
  const stranger = new Redis(port, { lazyConnect: true, retryStrategy: null });
  client.on('error', () => {});
  stranger.on('error', () => {});
  try {
    expect(await client.ping()).toBe('PONG');
    expect(await client.config('GET', 'maxmemory*')).toEqual(
      expect.arrayContaining(['maxmemory', String(153 * 1024 * 1024), 'maxmemory-policy', 'noeviction']),
    );
    expect(await client.config('GET', 'appendonly')).toEqual(['appendonly', 'yes']);
    await expect(stranger.get('job2')).rejects.toThrow(/NOAUTH/);
  } finally {
    client.disconnect();
    stranger.disconnect();
    store.kill('SIGKILL');
    await once(store, 'close');
  }
});
