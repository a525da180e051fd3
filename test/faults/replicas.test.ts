import { type RedisServer, startRedisServer } from '../../local/redis';
import { defineQueue, WorkQueue } from '../../worker';
import { Connection } from '../../worker/redis';
import { settleToDisk } from '../../worker/work-queue/durability';
import { type Answer, CUT, startAnswering } from '../endings/refusing-redis';
import { useQueue } from '../queue-under-test';

// A fill and a seal return once a replica has them too, where there is one.

const REPLICA = 'slave0:ip=10.0.0.1,port=6379,state=online,offset=1,lag=0\r\n';
const UNKNOWN = new Error("ERR unknown command 'WAITAOF'");
const WARNING = expect.stringMatching(/^no replica of this Redis has confirmed what was written to the queue job2: /);

test.each<[string, Readonly<Record<string, Answer>>, heard: string[], warnings: unknown[]]>([
  ['a replica has it on disk', { INFO: REPLICA, WAITAOF: [1, 1] }, ['WAITAOF'], []],
  ['a replica has it, and keeps nothing on disk', { INFO: REPLICA, WAITAOF: [1, 0], WAIT: 1 }, ['WAITAOF', 'WAIT'], []],
  ['a replica lags', { INFO: REPLICA, WAITAOF: [1, 0], WAIT: 0 }, ['WAITAOF', 'WAIT'], [WARNING]],
  [
    'nothing is kept on disk',
    { INFO: REPLICA, WAITAOF: new Error('ERR WAITAOF cannot be used when appendonly is disabled.'), WAIT: 0 },
    ['WAITAOF', 'WAIT'],
    [WARNING],
  ],
  [
    'Redis below 7.2',
    { INFO: `${REPLICA}aof_enabled:0\r\n`, WAITAOF: UNKNOWN, WAIT: 0 },
    ['WAITAOF', 'WAIT'],
    [WARNING],
  ],
  [
    'nobody may ask for replicas',
    { INFO: `${REPLICA}aof_enabled:0\r\n`, WAITAOF: UNKNOWN, WAIT: new Error('NOPERM no permissions') },
    ['WAITAOF', 'WAIT'],
    [],
  ],
  [
    'the connection is lost while replicas are asked',
    { INFO: REPLICA, WAITAOF: [1, 0], WAIT: CUT },
    ['WAITAOF', 'WAIT'],
    [WARNING],
  ],
  ['the replica is not in sync', { INFO: REPLICA.replace('online', 'wait_bgsave'), WAITAOF: [1, 0] }, ['WAITAOF'], []],
  ['there is none', { INFO: 'connected_slaves:0\r\n', WAITAOF: [1, 0] }, ['WAITAOF'], []],
  ['nobody may read INFO', { INFO: new Error('NOPERM no permissions'), WAITAOF: [1, 0] }, ['WAITAOF'], []],
])('%s', async (_, answers, expected, warned) => {
  const redis = await startAnswering((name) => answers[name]);
  const { port } = redis.server.address() as { port: number };
  const warnings: string[] = [];
  const log = { info: () => {}, warn: (line: string) => void warnings.push(line) };
  const connection = new Connection({ url: `redis://127.0.0.1:${port}` }, { log });
  await settleToDisk(connection, 'job2', 30_000, log);
  await connection.close();
  await new Promise((resolve) => redis.server.close(resolve));
  expect(redis.heard.filter((name) => name.startsWith('WAIT'))).toEqual(expected);
  expect(warnings).toEqual(warned);
});

describe('a real replica', () => {
  const queue = useQueue({ args: ['--repl-diskless-sync-delay', '0'] });
  let replica: RedisServer;

  beforeAll(async () => {
    replica = await startRedisServer({ args: ['--replicaof', '127.0.0.1', String(queue.server.port)] });
    for (let info = ''; !info.includes('state=online'); ) {
      info = await queue.redis.info('replication');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }, 60_000);

  afterAll(() => replica.stop());

  test('has what was filled; one that hangs holds nothing up, and is told', async () => {
    const warnings: string[] = [];
    const log = { info: () => {}, warn: (line: string) => void warnings.push(line) };
    const client = new WorkQueue(defineQueue({ name: queue.name }), { url: queue.server.url, log });
    expect(await client.fill(['apple', 'banana'])).toBe(2);
    expect(warnings).toEqual([]);
    const follower = new Connection({ url: replica.url });
    expect(await follower.command('LLEN', queue.name)).toBe(2);
    await follower.close();
    replica.pause();
    try {
      expect(await client.fill(['cherry'])).toBe(1);
      expect(warnings).toEqual([expect.stringContaining('no replica of this Redis has confirmed')]);
    } finally {
      replica.resume();
      await client.close();
    }
  }, 60_000);
});
