import { defineQueue, type Log, WorkQueue } from '../../worker';
import { EXIT } from '../../worker/contract';
import { Connection, checkStore } from '../../worker/redis';
import { type RefusingRedis, startAnswering } from '../endings/refusing-redis';
import { expectEnding, useQueue } from '../queue-under-test';

// What a worker sees of a Redis before it works with it.

const queue = useQueue({ args: ['--maxmemory-policy', 'noeviction'] });

const REFUSED_ARITY = new Error("ERR wrong number of arguments for 'blpop' command");
const servers: RefusingRedis[] = [];

afterEach(async () => {
  for (const { server } of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});

/** A Redis that is as given, and otherwise one that a queue can use. */
async function redisWith(answers: Readonly<Record<string, string | Error>>): Promise<string> {
  const known: Readonly<Record<string, string | Error>> = {
    INFO: 'redis_version:7.2.4\r\nmaxmemory_policy:noeviction\r\n',
    BLPOP: REFUSED_ARITY,
    ...answers,
  };
  const redis = await startAnswering((name) => known[name]);
  servers.push(redis);
  return `redis://127.0.0.1:${(redis.server.address() as { port: number }).port}`;
}

async function check(url: string, patience = 30_000): Promise<{ facts: string | undefined; warnings: string[] }> {
  const warnings: string[] = [];
  const log: Log = { info: () => {}, warn: (line) => void warnings.push(line) };
  const connection = new Connection({ url }, { log, patience });
  try {
    const info = await connection.insist(() => checkStore(connection, 'job2', log));
    return { facts: info?.facts, warnings };
  } finally {
    await connection.close();
  }
}

test('a Redis that can keep a queue is named, in one round trip, and nothing is said against it', async () => {
  expect(await check(queue.server.url)).toEqual({
    facts: expect.stringMatching(/^Redis \d+\.\d+\.\d+, (no append-only file, )?[\d.]+ MiB in use$/),
    warnings: [],
  });
  await queue.fill('apple');
  const worker = queue.start();
  await worker.line(/^Store: Redis \d/);
  await expectEnding(worker, EXIT.drained, 'queue: 1 item, 1 done');
  expect(worker.lines.filter((line) => line.startsWith('Store: '))).toHaveLength(1);
});

test.each<[string, Readonly<Record<string, string | Error>>, RegExp]>([
  ['old', { INFO: 'redis_version:6.0.16\r\n' }, /^this is Redis 6\.0\.16; 6\.2 or later is needed, or Valkey$/],
  [
    'old behind another name',
    { INFO: 'redis_version:6.0.16\r\nmvcc_depth:0\r\n' },
    /^this is Redis 6\.0\.16 \(KeyDB 6\.0\.16\); 6\.2 or later is needed/,
  ],
  ['evicting', { INFO: 'redis_version:8.6.0\r\nmaxmemory_policy:allkeys-lrm\r\n' }, /set maxmemory-policy noeviction$/],
  [
    'a cache of Dragonfly',
    { INFO: 'dragonfly_version:df-v1.30.0\r\nmaxmemory_policy:eviction\r\n' },
    /^this Dragonfly 1\.30\.0 evicts keys .* without --cache_mode$/,
  ],
  [
    'a sentinel',
    { INFO: 'redis_version:7.0.15\r\nredis_mode:sentinel\r\n', EVAL: new Error("ERR unknown command 'EVAL'") },
    /^this is a sentinel, which holds no data: write redis\+sentinel:\/\/, .*\/mymaster$/,
  ],
  [
    'without scripts',
    { EVAL: new Error("ERR unknown command 'EVAL', with args beginning with: 'return 1'") },
    /^this Redis 7\.2\.4, or a proxy in front of it, does not run the scripts that a queue needs \(EVAL: ERR unknown command 'EVAL'\); /,
  ],
  [
    'with scripts turned off',
    { EVAL: new Error('ERR Lua scripting is disabled'), INFO: 'garnet_version:1.0.84\r\n' },
    /^this Garnet 1\.0\.84, .* \(EVAL: ERR Lua scripting is disabled\)/,
  ],
  [
    'with a proxy that knows neither scripts nor INFO',
    { EVAL: new Error('ERR unsupported command: EVAL'), INFO: new Error('ERR unsupported command: INFO') },
    /^this Redis, or a proxy in front of it, .* \(EVAL: ERR unsupported command: EVAL\)/,
  ],
  [
    'with declared keys alone',
    {
      EVAL: new Error('ERR Error running script: script tried accessing undeclared key, key: {job2}:worker:'),
      INFO: 'redis_version:7.4.0\r\ndragonfly_version:df-v1.40.1\r\n',
    },
    /^this Dragonfly 1\.40\.1 lets no script use a key .* --default_lua_flags=allow-undeclared-keys$/,
  ],
])('%s: refused in one sentence', async (_, answers, sentence) => {
  const url = await redisWith(answers);
  await expect(check(url)).rejects.toMatchObject({
    name: 'ConfigurationError',
    message: expect.stringMatching(sentence),
  });
});

test('several addresses of servers that are no cluster: refused, as the next one has other items', async () => {
  const several = `${queue.server.url},127.0.0.1:1`;
  await expect(check(several)).rejects.toMatchObject({
    name: 'ConfigurationError',
    message: expect.stringMatching(/^this .* is no node of a Redis Cluster, .*name one server alone/),
  });
});

test('without BLPOP, or INFO, it is used, and what follows is said', async () => {
  const url = await redisWith({
    BLPOP: new Error("ERR unknown command 'BLPOP'"),
    INFO: new Error('ERR unknown command'),
  });
  const { facts, warnings } = await check(url);
  expect(facts).toBeUndefined();
  expect(warnings).toEqual([
    expect.stringMatching(/has no INFO \(ERR unknown command\)/),
    expect.stringMatching(
      /has no BLPOP \(ERR unknown command 'BLPOP'\), so idle workers hear of new items seconds later/,
    ),
  ]);
});

test('a refused password is no command that is missing', async () => {
  const url = queue.server.url.replace('//', '//nobody:wrong@');
  const lines: string[] = [];
  const log: Log = { info: (line) => void lines.push(line), warn: (line) => void lines.push(line) };
  const connection = new Connection({ url }, { log });
  const checked = connection.insist(() => checkStore(connection, 'job2', log));
  await expect(checked).rejects.toThrow(
    /refuses: .*WRONGPASS .* is disabled\. Check REDIS_USERNAME and REDIS_PASSWORD/,
  );
  await connection.close();
  expect(lines).toEqual([]);
});

test.each([
  'LOADING Redis is loading the dataset in memory',
  'MASTERDOWN Link with MASTER is down',
  "OOM command not allowed when used memory > 'maxmemory'.",
  'BUSY Redis is busy running a script',
])('%s: it is asked again', async (error) => {
  const replies = [new Error(error), new Error(error), 'done'];
  const redis = await startAnswering((name) => {
    if (name === 'INFO') return 'redis_version:7.2.4\r\n';
    return name === 'EVAL' ? replies.shift() : REFUSED_ARITY;
  });
  servers.push(redis);
  const { port } = redis.server.address() as { port: number };
  expect(await check(`redis://127.0.0.1:${port}`)).toEqual({ facts: 'Redis 7.2.4', warnings: [] });
});

test('a worker ends with 81 and that sentence, and so does a fill', async () => {
  const unknown = (name: string) => new Error(`ERR unknown command '${name}'`);
  const url = await redisWith({ EVAL: unknown('EVAL'), EVALSHA: unknown('EVALSHA') });
  const sentence = 'does not run the scripts that a queue needs';
  await expectEnding(queue.start({}, { url }), EXIT.configuration, sentence);
  const client = new WorkQueue(defineQueue({ name: 'job2' }), { url });
  await expect(client.fill(['apple'])).rejects.toMatchObject({
    name: 'ConfigurationError',
    message: expect.stringContaining(sentence),
  });
  await client.close();
});

test('a worker warns once of a Redis that is nearly full', async () => {
  const used = Number(/^used_memory:(\d+)/m.exec(await queue.redis.info('memory'))?.[1]);
  await queue.fill('apple');
  await queue.redis.config('SET', 'maxmemory', Math.round(used / 0.93));
  try {
    const worker = queue.start();
    await expectEnding(worker, EXIT.drained, 'queue: 1 item, 1 done');
    expect(worker.lines.filter((line) => line.includes('of its memory'))).toEqual([
      expect.stringMatching(/^Redis has filled 9\d % of its memory: [\d.]+ of [\d.]+ MiB \(maxmemory\)\./),
    ]);
  } finally {
    await queue.redis.config('SET', 'maxmemory', 0);
  }
});
