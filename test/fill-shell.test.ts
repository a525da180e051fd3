import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Duration, Testing } from 'cdk8s';
import Redis from 'ioredis';
import { RedisStore, RedisWorkQueueJob, type RedisWorkQueueJobProps, ServiceDiscovery } from '../lib';
import { LocalCluster, type LocalPod } from '../local/cluster';
import { cutPower, type RedisServer, startRedisServer, written } from '../local/redis';
import { queueKeys } from '../worker/contract';
import { RedisFront } from './redis-front';

// The shell of fill, seal and gate, with the real redis-cli, on a Redis that is slow, silent, elsewhere or set back.

let server: RedisServer;
let redis: Redis;
let cluster: LocalCluster;
let front: RedisFront | undefined;

beforeAll(async () => {
  server = await startRedisServer({ appendOnly: true, args: ['--bind', '127.0.0.1', '::1'] });
  redis = new Redis(server.port, { maxRetriesPerRequest: null, disconnectTimeout: 0 });
  redis.on('error', () => {});
});

afterAll(async () => {
  redis?.disconnect();
  await server?.stop();
});

beforeEach(async () => {
  cluster = new LocalCluster();
  await redis.flushall();
});

afterEach(async () => {
  await cluster.stop();
  await front?.close();
  front = undefined;
});

interface Where {
  readonly host?: string;
  readonly port?: number;
}

function run(
  container: 'fill' | 'seal' | 'gate',
  props: Partial<RedisWorkQueueJobProps>,
  { host = '127.0.0.1', port = front?.port ?? server.port }: Where = {},
): LocalPod {
  const chart = Testing.chart();
  new RedisWorkQueueJob(chart, 'fruit', {
    queueName: 'job2',
    image: 'worker',
    jobName: 'fruit',
    redis: RedisStore.external(chart, 'redis', { host, port }),
    ...props,
  });
  cluster.apply(Testing.synth(chart));
  const [pod] = cluster.start(container === 'gate' ? 'fruit' : 'fruit-fill', { container });
  return pod as LocalPod;
}

interface Hold {
  reached(container: LocalPod): Promise<void>;
  go(): void;
}

/** The look for the seal; scripts have the command in their text. */
const HGET = /^\*3\r\n\$4\r\nHGET\r\n.*\bsealed\b/s;

const MANY = Array.from({ length: 5_000 }, (_, i) => `item ${i}`);
const sealed = () => redis.hmget(queueKeys('job2').meta, 'sealed', 'total');

describe('WAITAOF', () => {
  /** The server of this test may be older than 7.2, so this answers in its place. */
  const answers = (answer: string | (() => Promise<string>)) =>
    RedisFront.start(server.port, (request) => {
      if (!/WAITAOF/i.test(request)) return 'pass';
      return typeof answer === 'string' ? answer : answer();
    });
  const slowly = (answer: string) => async () => {
    await new Promise((resolve) => setTimeout(resolve, 700));
    return answer;
  };
  const ON_DISK = '*2\r\n:1\r\n:0\r\n';
  const NOT_YET = '*2\r\n:0\r\n:0\r\n';

  test('takes longer than half a second, and redis-cli adds a line that says so', async () => {
    front = await answers(slowly(ON_DISK));
    const container = run('fill', { items: ['a', 'b'] });
    expect([await container.ended, container.output]).toEqual([
      0,
      expect.stringMatching(/Sealed job2 .*, on disk\.\n$/),
    ]);
    expect(container.output).not.toContain('Waiting');
  });

  test('and so after an error, in the seal of a filler', async () => {
    front = await answers(slowly('-ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.\r\n'));
    await redis.rpush('job2', 'a');
    const container = run('seal', { filler: { image: 'filler', batch: 'monday' } });
    expect([await container.ended, container.output]).toEqual([0, expect.stringContaining('a restart loses them')]);
    expect(container.output).not.toContain('Waiting');
  });

  test.each([
    "-NOPERM User worker has no permissions to run the 'waitaof' command\r\n",
    "-NOPERM this user has no permissions to run the 'waitaof' command or its subcommand\r\n",
    "-ERR unknown command 'WAITAOF', with args beginning with: '1' '0' '5000'\r\n",
    '-ERR unsupported command\r\n',
    '-invalid request\r\n',
  ])('is refused, and the fill waits as below Redis 7.2: %s', async (answer) => {
    front = await answers(answer);
    const container = run('fill', { items: ['a', 'b'] });
    expect([await container.ended, container.output]).toEqual([
      0,
      expect.stringMatching(/Sealed job2 with 2 items\.\n$/),
    ]);
  });

  test('is not known to a proxy, which cuts the connection', async () => {
    front = await answers('cut');
    const container = run('fill', { items: ['a', 'b'] });
    expect([await container.ended, container.output]).toEqual([
      0,
      expect.stringMatching(/Sealed job2 with 2 items\.\n$/),
    ]);
  });

  test('is asked again until the disk has it', async () => {
    let asked = 0;
    front = await answers(async () => (++asked < 3 ? NOT_YET : ON_DISK));
    const container = run('fill', { items: ['a'] });
    expect([await container.ended, container.output]).toEqual([
      0,
      expect.stringMatching(/Sealed job2 .*, on disk\.\n$/),
    ]);
    expect(asked).toBe(3);
  });
});

test.each(['fill', 'gate'] as const)(
  'a Redis that has no room for the client is waited for by the %s',
  async (container) => {
    if (container === 'gate') await redis.rpush('job2', 'a');
    front = await RedisFront.start(server.port, (_, connection) =>
      connection < 3 ? '-ERR max number of clients reached\r\n' : 'pass',
    );
    const pod = run(container, container === 'fill' ? { items: ['a'] } : {});
    await pod.line('Waiting for Redis');
    expect(await pod.ended).toBe(0);
  },
);

test('a user that may not PING is connected all the same', async () => {
  front = await RedisFront.start(server.port, (request) =>
    /PING/.test(request) ? "-NOPERM this user has no permissions to run the 'ping' command\r\n" : 'pass',
  );
  const container = run('fill', { items: ['a'] });
  expect([await container.ended, container.output]).toEqual([0, expect.stringContaining('Sealed')]);
});

test('a password that changes meanwhile is no wrong configuration: the next pod knows it', async () => {
  front = await RedisFront.start(server.port, (request) =>
    HGET.test(request) ? '-NOAUTH Authentication required.\r\n' : 'pass',
  );
  const container = run('fill', { items: ['a'], storeTimeout: Duration.seconds(1) });
  expect([await container.ended, container.output]).toEqual([84, expect.stringContaining('NOAUTH')]);
  expect(container.count('Waiting for Redis')).toBe(1);
});

test('a user that may not do what the script does ends the fill', async () => {
  front = await RedisFront.start(server.port, (request) =>
    /EVAL/.test(request) ? "-ERR The user executing the script can't run this command or subcommand\r\n" : 'pass',
  );
  const container = run('fill', { items: ['a'] });
  expect([await container.ended, container.output]).toEqual([81, expect.stringContaining('refuses this client')]);
});

describe('a Redis that does not answer', () => {
  beforeEach(() => {
    // What the script bounds ends after three tenths of the time.
    const tenths = '$(($1 * 3 / 10)).$(($1 * 3 % 10))';
    cluster.install('timeout', `bound="${tenths}"; shift; PATH=\${PATH#*:} exec timeout "$bound" "$@"`);
  });

  test('the first packets of a pod are lost: another connection is tried after 5 s', async () => {
    front = await RedisFront.start(server.port, (_, connection) => (connection < 2 ? 'swallow' : 'pass'));
    const container = run('fill', { items: ['a'] });
    await container.line('no connection within 5 s');
    expect(await container.ended).toBe(0);
  });

  test('so does the gate', async () => {
    await redis.rpush('job2', 'a');
    front = await RedisFront.start(server.port, (_, connection) => (connection < 2 ? 'swallow' : 'pass'));
    const container = run('gate', {});
    await container.line('no connection within 5 s');
    expect(await container.ended).toBe(0);
  });

  test.each([
    ['fill', /EVAL.*json/s],
    ['fill', HGET],
    ['gate', /EVAL/],
  ] as const)('a call of the %s that hangs after connecting ends, and is made again: %s', async (container, call) => {
    let swallowed = 0;
    if (container === 'gate') await redis.rpush('job2', 'a');
    front = await RedisFront.start(server.port, (request) => {
      if (!call.test(request) || swallowed > 0) return 'pass';
      swallowed++;
      return 'swallow';
    });
    const pod = run(container, container === 'fill' ? { items: ['a'] } : {});
    await pod.line('no answer within 10 s');
    expect(await pod.ended).toBe(0);
  });

  test('a process that stands still is waited for', async () => {
    server.pause();
    const container = run('fill', { items: ['a'] });
    await container.line('no connection within 5 s');
    server.resume();
    expect(await container.ended).toBe(0);
  });
});

describe('an IPv6 address', () => {
  test.each(['fill', 'gate'] as const)('of an external store: %s', async (container) => {
    if (container === 'gate') await redis.rpush('job2', 'a');
    const pod = run(container, container === 'fill' ? { items: ['a'] } : {}, { host: '::1', port: server.port });
    expect([await pod.ended, pod.output]).toEqual([0, expect.any(String)]);
  });

  test.each(['redis://[::1]:PORT', 'redis://::1:PORT', 'redis://[::1]:PORT/3', 'redis://127.0.0.1:PORT/3'])(
    'as Kubernetes or somebody puts it into the URL: %s',
    async (url) => {
      const chart = Testing.chart();
      new RedisWorkQueueJob(chart, 'fruit', {
        queueName: 'job2',
        image: 'worker',
        jobName: 'fruit',
        items: ['a'],
        redis: RedisStore.pod(chart, 'redis', { discovery: ServiceDiscovery.ENVIRONMENT }),
      });
      cluster.apply(Testing.synth(chart));
      const env = { REDIS_URL: url.replace('PORT', String(server.port)) };
      const [fill] = cluster.start('fruit-fill', { env }) as [LocalPod];
      expect([await fill.ended, fill.output]).toEqual([0, expect.stringContaining('Sealed job2 with 1 item')]);
      await redis.select(url.endsWith('/3') ? 3 : 0);
      expect(await redis.lrange('job2', 0, -1)).toEqual(['a']);
      await redis.select(0);
      const [gate] = cluster.start('fruit', { env, container: 'gate', pods: 1 }) as [LocalPod];
      expect([await gate.ended, gate.output]).toEqual([0, expect.stringContaining('is sealed')]);
    },
  );
});

describe('a Redis that comes back with less than it had', () => {
  /** Holds redis-cli up before each call whose arguments or input one of these patterns of a shell fits. */
  function holdBefore(...patterns: string[]) {
    const holds = patterns.map((pattern, i) => {
      const [reached, go] = [join(cluster.root, `reached-${i}`), join(cluster.root, `go-${i}`)];
      return { pattern, reached, go };
    });
    const cases = holds.map(
      ({ pattern, reached, go }) => `${pattern}) : >'${reached}'; while [ ! -e '${go}' ]; do sleep 1; done ;;`,
    );
    cluster.install('redis-cli', `case "$*" in ${cases.join('\n')} esac\nPATH=\${PATH#*:} exec redis-cli "$@"`);
    return holds.map(({ reached, go }) => ({
      /** Resolves when such a call is held up; the container must not end before. */
      async reached(container: LocalPod) {
        while (!existsSync(reached)) {
          if (container.over) throw new Error(`It ended before that:\n${container.output}`);
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      },
      go: () => writeFileSync(go, ''),
    })) as [Hold, ...Hold[]];
  }

  test.each([
    ['between two pushes', '*"b 4000 json"*'],
    ['before the seal', '*"b 5000"'],
    ['before the disk is asked', '*--no-raw'],
    ['before the seal is looked at', '*sealed'],
  ])('%s: what is missing is pushed again, and sealed', async (_, pattern) => {
    const batch = (await fillBatch()).batch;
    const [early, hold] = holdBefore(`*"${batch} 2000 json"*`, pattern.replace('b ', `${batch} `)) as [Hold, Hold];
    const container = run('fill', { items: MANY });
    await early.reached(container);
    const kept = written(server);
    early.go();
    await hold.reached(container);
    await cutPower(server, kept);
    expect(await redis.llen('job2')).toBeLessThan(5_000);
    hold.go();
    expect([await container.ended, container.output]).toEqual([
      0,
      expect.stringContaining('Redis came back with less than it had'),
    ]);
    expect(await redis.lrange('job2', 0, -1)).toEqual(MANY);
    expect(await sealed()).toEqual(['1', '5000']);
  });

  test('the seal of a filler is gone: another pod fills it again, and that is counted', async () => {
    await redis.rpush('job2', 'a');
    const kept = written(server);
    const [hold] = holdBefore('*sealed');
    const container = run('seal', { filler: { image: 'filler', batch: 'monday' } });
    await hold.reached(container);
    await cutPower(server, kept);
    hold.go();
    expect(await container.ended).toBe(86);
    expect(container.output).toMatch(/less than the filler pushed .*Another pod fills it again/);
    for (const { onExitCodes } of cluster.object('Job', 'fruit-fill').spec.podFailurePolicy.rules) {
      expect(onExitCodes?.values ?? []).not.toContain(86);
    }
  });

  /** The batch that the chart gives these items. */
  async function fillBatch(): Promise<{ batch: string }> {
    const chart = Testing.chart();
    const queue = new RedisWorkQueueJob(chart, 'fruit', { queueName: 'job2', image: 'worker', items: MANY });
    return { batch: queue.batch as string };
  }
});
