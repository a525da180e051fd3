import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Duration, Testing } from 'cdk8s';
import Redis from 'ioredis';
import { RedisStore, RedisWorkQueueJob, type RedisWorkQueueJobProps } from '../lib';
import { LocalCluster, type LocalPod } from '../local/cluster';
import { type RedisServer, startRedisServer } from '../local/redis';
import { Authority, CAN_ISSUE } from '../local/redis/authority';
import { type RedisCluster, startRedisCluster } from '../local/redis-cluster';
import { type RedisSentinels, startSentinels } from '../local/redis-sentinel';
import { queueKeys } from '../worker/contract';
import { RedisFront } from './redis-front';
import { startTlsRedis } from './tls-redis';

// How the shell of fill, seal and gate finds the server that it talks to, with the real redis-cli.

let cluster: LocalCluster;
const fronts: RedisFront[] = [];

beforeEach(() => {
  cluster = new LocalCluster();
});

afterEach(async () => {
  await cluster.stop();
  for (const front of fronts.splice(0)) await front.close();
});

/** Nobody listens there. */
const NOWHERE = '127.0.0.1:1';
const at = ({ port }: { readonly port: number }) => `127.0.0.1:${port}`;

interface Access {
  readonly url: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs one container of a chart whose store has this address. */
function run(
  container: 'fill' | 'seal' | 'gate',
  props: Partial<RedisWorkQueueJobProps>,
  { url, env = {} }: Access,
): LocalPod {
  const chart = Testing.chart();
  const redis = RedisStore.external(chart, 'redis', {
    host: 'redis',
    tls: url.startsWith('rediss'),
    imageHasAuthorities: true,
  });
  Object.defineProperty(redis, 'url', { value: url });
  new RedisWorkQueueJob(chart, 'fruit', { queueName: 'job2', image: 'worker', jobName: 'fruit', redis, ...props });
  cluster.apply(Testing.synth(chart));
  const [pod] = cluster.start(container === 'gate' ? 'fruit' : 'fruit-fill', { container, pods: 1, env });
  return pod as LocalPod;
}

async function front(
  { port }: { readonly port: number },
  treat: Parameters<typeof RedisFront.start>[1],
): Promise<RedisFront> {
  const started = await RedisFront.start(port, treat);
  fronts.push(started);
  return started;
}

/** What a sentinel says of the primary. */
const addressReply = (port: number) => `*2\r\n$9\r\n127.0.0.1\r\n$${String(port).length}\r\n${port}\r\n`;

const MANY = Array.from({ length: 4_000 }, (_, i) => `item ${i}`);

describe('a cluster', () => {
  let redisCluster: RedisCluster;
  let slot: number;
  let home: number;
  const url = (...nodes: number[]) => nodes.map((node) => at(redisCluster.servers[node % 3]!)).join();

  beforeAll(async () => {
    redisCluster = await startRedisCluster({ password: 'pass word' });
    slot = await redisCluster.slotOf('job2');
    home = await redisCluster.ownerOf(slot);
  });
  afterAll(() => redisCluster.stop());

  test('the first seed is gone, the next one does not serve the slot, and the slot moves while it is filled', async () => {
    const access = { url: `redis://${NOWHERE},${url(home + 1, home + 2)}`, env: { REDISCLI_AUTH: 'pass word' } };
    const fill = run('fill', { items: MANY }, access);
    await fill.line('2000 of 4000');
    await redisCluster.moveSlot(slot, home, (home + 2) % 3);
    expect([await fill.ended, fill.output]).toEqual([0, expect.stringContaining('Sealed job2 with 4000 items')]);
    expect(await redisCluster.command((home + 2) % 3, 'LLEN', 'job2')).toBe(4_000);
    const gate = run('gate', { items: MANY }, access);
    expect([await gate.ended, gate.output]).toEqual([0, expect.stringContaining('is sealed')]);
  });
});

describe('a node that names another', () => {
  let server: RedisServer;
  let redis: Redis;

  beforeAll(async () => {
    server = await startRedisServer();
    redis = new Redis(server.port);
  });
  afterAll(async () => {
    redis?.disconnect();
    await server?.stop();
  });
  beforeEach(() => redis.flushall());

  test.each([
    ['by its port alone, as its host is the same', () => `MOVED 7 :${server.port}`],
    ['by an IPv4 address', () => `MOVED 7 ${at(server)}`],
  ])('%s', async (_, moved) => {
    const { port } = await front(server, () => `-${moved()}\r\n`);
    const fill = run('fill', { items: ['a'] }, { url: `redis://127.0.0.1:${port}` });
    expect([await fill.ended, fill.output]).toEqual([0, expect.stringContaining('Sealed job2 with 1 item')]);
    expect(fill.output).not.toContain('Waiting');
  });

  test.each([
    ['by a name that is not known: the next seed knows better', '?:6379'],
    ['and is wrong: the next seed knows better', NOWHERE],
  ])('%s', async (_, node) => {
    const { port } = await front(server, () => `-MOVED 7 ${node}\r\n`);
    const fill = run('fill', { items: ['a'] }, { url: `redis://127.0.0.1:${port},${at(server)}` });
    expect([await fill.ended, fill.output]).toEqual([0, expect.stringContaining('Sealed job2 with 1 item')]);
  });

  test('that is lost: it begins again at the address, and two that name each other are waited for', async () => {
    const named = await front(server, (request) => (/EVAL/.test(request) ? 'cut' : 'pass'));
    let asked = 0;
    const seed = await front(server, (request, connection): string => {
      if (!/EXISTS/.test(request) || asked > 2) return 'pass';
      asked = connection;
      return connection < 3 ? `-MOVED 7 ${at(named)}\r\n` : `-MOVED 7 127.0.0.1:${seed.port}\r\n`;
    });
    const fill = run('fill', { items: ['a'] }, { url: `redis://127.0.0.1:${seed.port}` });
    expect([await fill.ended, fill.output]).toEqual([0, expect.stringContaining('Sealed job2 with 1 item')]);
    expect(fill.count('Waiting for Redis')).toBe(1);
  });

  test('nobody answers: 84, and the address that was asked last is named', async () => {
    const fill = run(
      'fill',
      { items: ['a'], storeTimeout: Duration.seconds(1) },
      { url: `redis://${NOWHERE},[::1]:1` },
    );
    expect([await fill.ended, fill.output]).toEqual([
      84,
      expect.stringMatching(/not answer for 1 s: Could not connect/),
    ]);
  });

  test('a database that Redis does not have is configuration, and nothing is filled into another', async () => {
    const fill = run('fill', { items: ['a'] }, { url: `redis://${at(server)}/99` });
    expect([await fill.ended, fill.output]).toEqual([
      81,
      expect.stringMatching(/refuses the database that .*out of range/),
    ]);
    expect(await redis.keys('*')).toEqual([]);
  });

  test('a password is read from its file at each call', async () => {
    const file = join(cluster.root, 'password');
    writeFileSync(file, 'monday\n');
    await redis.config('SET', 'requirepass', 'monday');
    try {
      const access = { url: `redis://${at(server)}`, env: { REDIS_PASSWORD_FILE: file, REDISCLI_AUTH: 'wrong' } };
      const gate = run('gate', { items: ['a'] }, access);
      await gate.line('wait for');
      await redis.config('SET', 'requirepass', 'tuesday');
      await gate.line('Waiting for Redis');
      writeFileSync(file, 'tuesday');
      expect(await run('fill', { items: ['a'] }, access).ended).toBe(0);
      expect([await gate.ended, gate.output]).toEqual([0, expect.stringContaining('is sealed')]);
    } finally {
      await redis.config('SET', 'requirepass', '');
    }
  });
});

test('a primary that another has replaced, and that has not heard of it, is not believed to have the seal', async () => {
  const [former, primary] = [await startRedisServer(), await startRedisServer()];
  try {
    let asked = 0;
    const sentinel = await front(former, () => addressReply(asked++ === 0 ? former.port : primary.port));
    const fill = run('fill', { items: ['a'] }, { url: `redis+sentinel://${at(sentinel)}/mymaster` });
    expect([await fill.ended, fill.output]).toEqual([0, expect.stringContaining('less than it had: the seal is gone')]);
    const redis = new Redis(primary.port);
    expect(await redis.lrange('job2', 0, -1)).toEqual(['a']);
    redis.disconnect();
  } finally {
    await Promise.all([former.stop(), primary.stop()]);
  }
});

(CAN_ISSUE ? test : test.skip)('a server that asks for a certificate of the client gets it', async () => {
  const authority = new Authority();
  const { server, port } = await startTlsRedis(authority, authority.issue(), ['--tls-auth-clients', 'yes']);
  try {
    const { certificate, key } = authority.issue();
    const url = `rediss://127.0.0.1:${port}`;
    const env = { REDIS_CA_FILE: authority.file, REDIS_CERT_FILE: certificate, REDIS_KEY_FILE: key };
    const fill = run('fill', { items: ['a'] }, { url, env });
    expect([await fill.ended, fill.output]).toEqual([0, expect.stringContaining('Sealed')]);
  } finally {
    await server.stop();
    authority.remove();
  }
});

describe('sentinels', () => {
  let sentinels: RedisSentinels;
  const url = (name = 'mymaster') => `redis+sentinel://${NOWHERE},${sentinels.sentinels.map(at).join()}/${name}`;
  const env = { REDISCLI_AUTH: 'pass word', REDIS_SENTINEL_PASSWORD: 'another word' };

  beforeAll(async () => {
    sentinels = await startSentinels({ replicas: 1, password: 'pass word', sentinelPassword: 'another word' });
  });
  afterAll(() => sentinels.stop());

  test('the first one is gone, and the primary fails over while it is filled: what the new one lacks is pushed again', async () => {
    // So many that it is far from its end when the signal arrives, also on a machine with much to do.
    const items = Array.from({ length: 30_000 }, (_, i) => `item ${i}`);
    const fill = run('fill', { items }, { url: url(), env });
    await fill.line('2000 of 30000');
    fill.kill('SIGSTOP');
    const primary = await sentinels.failover();
    await sentinels.command(primary, 'FLUSHALL');
    fill.kill('SIGCONT');
    expect([await fill.ended, fill.output]).toEqual([0, expect.stringContaining('Sealed job2 with 30000 items')]);
    expect(fill.output).toMatch(/Redis came back with less than it had: \(error\) (GAP|INCOMPLETE)/);
    expect(await sentinels.command(primary, 'LLEN', 'job2')).toBe(30_000);
    expect(await sentinels.command(primary, 'HMGET', queueKeys('job2').meta, 'sealed', 'total')).toEqual([
      '1',
      '30000',
    ]);
    const gate = run('gate', { items }, { url: url(), env });
    expect([await gate.ended, gate.output]).toEqual([0, expect.stringContaining('is sealed')]);
  });

  test('a fill and a seal return when a replica has it', async () => {
    const primary = await sentinels.primary();
    const replica = sentinels.servers.find((server) => server !== primary) as RedisServer;
    await sentinels.command(primary, 'FLUSHALL');
    for (const { address, credentials } of [
      { address: url(), credentials: env },
      { address: `redis://${at(primary)}`, credentials: env },
    ]) {
      const fill = run('fill', { items: ['a'] }, { url: address, env: credentials });
      expect([await fill.ended, fill.output]).toEqual([
        0,
        expect.stringMatching(/Sealed job2 .*\. A replica has it\.\n$/),
      ]);
    }
    expect(await sentinels.command(replica, 'HGET', queueKeys('job2').meta, 'sealed')).toBe('1');
  });

  test('a replica that stands still makes a warning, and no failure', async () => {
    const primary = await sentinels.primary();
    const replica = sentinels.servers.find((server) => server !== primary) as RedisServer;
    await sentinels.command(primary, 'FLUSHALL');
    replica.pause();
    try {
      const fill = run('fill', { items: ['a'] }, { url: url(), env });
      expect([await fill.ended, fill.output]).toEqual([
        0,
        expect.stringMatching(
          /No replica of this Redis has confirmed what was written to the queue job2.*\nSealed job2 with 1 item\.( Redis keeps no append-only file: .*)?\n$/,
        ),
      ]);
    } finally {
      replica.resume();
    }
  });

  test('a sentinel that names a replica, as one does that has not heard of the failover, is not believed', async () => {
    const primary = await sentinels.primary();
    const replica = sentinels.servers.find((server) => server !== primary) as RedisServer;
    const behind = await front(sentinels.sentinels[0]!, (request) =>
      /GET-MASTER/.test(request) ? addressReply(replica.port) : 'pass',
    );
    const gate = run(
      'gate',
      {},
      { url: `redis+sentinel://${at(behind)},${at(sentinels.sentinels[1]!)}/mymaster`, env },
    );
    await gate.line(`Waiting for Redis at redis+sentinel://${at(behind)}`);
    expect(gate.output).toContain(`${at(replica)} is no primary`);
    await gate.line(/^(open|wait)/);
  });

  test.each([
    ['a name that they do not know', 'another', env, /knows no primary named another: compare primaryName/],
    [
      'another password',
      'mymaster',
      { ...env, REDIS_SENTINEL_PASSWORD: 'wrong' },
      /sentinel at 127\S* refuses this client: .*WRONGPASS/,
    ],
    [
      'no password of their own',
      'mymaster',
      { REDISCLI_AUTH: 'another word' },
      /sentinel at 127\S* refuses this client: .*NOAUTH/,
    ],
    [
      'a wrong password of Redis',
      'mymaster',
      { ...env, REDISCLI_AUTH: 'wrong' },
      /^Redis refuses this client: .*WRONGPASS/,
    ],
  ])('%s is configuration', async (_, name, env, said) => {
    const fill = run('fill', { items: ['a'] }, { url: url(name), env });
    expect([await fill.ended, fill.output]).toEqual([81, expect.stringMatching(said)]);
  });

  test('none that answers is waited for, and ends with 84', async () => {
    const gate = run(
      'gate',
      { storeTimeout: Duration.seconds(1) },
      { url: `redis+sentinel://${NOWHERE}/mymaster`, env },
    );
    expect([await gate.ended, gate.output]).toEqual([
      84,
      expect.stringMatching(/^Waiting for Redis at redis\+sentinel:.*\n.*Could not connect/),
    ]);
  });
});
