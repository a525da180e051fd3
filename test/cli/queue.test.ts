import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { type RedisServer, startRedisServer } from '../../local/redis';
import { defineQueue, WorkQueue } from '../../worker';
import { queueKeys } from '../../worker/contract';
import { until } from '../until';
import { Rwq, rwq as runRwq } from './rwq';

let server: RedisServer;
let redis: Redis;
let folder: string;
let queues = 0;
let queue: string;

beforeAll(async () => {
  server = await startRedisServer();
  redis = new Redis(server.url);
  folder = mkdtempSync(join(tmpdir(), 'rwq-'));
});
beforeEach(() => {
  queue = `job${++queues}`;
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
  rmSync(folder, { recursive: true });
});

const env = () => ({ REDIS_URL: server.url, WORK_QUEUE_NAME: queue });
const rwq = (args: string[], input?: string | Buffer) =>
  runRwq(args, { env: env(), ...(input !== undefined && { input }) });
const file = (name: string, content: string | Buffer) => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
const list = () => redis.lrange(queue, 0, -1);

/** A queue in the middle of its work, as workers leave it. */
async function atWork(): Promise<void> {
  const keys = queueKeys(queue);
  await redis.rpush(keys.list, 'f', 'g');
  await redis.hset(keys.meta, {
    version: 1,
    epoch: 'e',
    clock: 10_000,
    wall: Date.now(),
    gap: 3_600_000,
    claimed: 9,
    done: 4,
    sealed: 1,
    total: 11,
  });
  await redis.zadd(keys.leases, 15_000, 'w1', 16_000, 'w2');
  await redis.hset(`${keys.worker}w1`, { name: 'pod-b', segments: '6:2' });
  await redis.hset(`${keys.worker}w2`, { name: 'pod-a', segments: '' });
  await redis.rpush(`${keys.held}w1`, 'lemon \u001b[31m', 'melon');
  await redis.hset(`${keys.running}w2`, { 5: `林檎${'x'.repeat(400)}` });
  await redis.hset(keys.waiting, { 8: 'again' });
  await letters();
}

/** Two dead letters, one of which is not text. */
async function letters(): Promise<void> {
  const { dead } = queueKeys(queue);
  const header = (reason: string, at: number, error: string) =>
    `${JSON.stringify({ reason, attempts: 3, at, error })}\n`;
  await redis.hset(dead, 3, `${header('handler', 1_700_000_000_000, 'Error: no\nroom')}fig\nleaf`);
  await redis.hset(
    dead,
    4,
    Buffer.concat([Buffer.from(header('invalid', 1_700_000_001_000, 'no UTF-8')), Buffer.from([0xff, 0x00])]),
  );
}

describe('fill', () => {
  test('pushes lines as they are, without line ends and empty lines', async () => {
    const bytes = Buffer.concat([Buffer.from('apple\r\n\n  fig \n'), Buffer.from([0xff, 0xfe]), Buffer.from('\nlast')]);
    const { code, stdout, stderr } = await rwq(['fill', file('mixed', bytes)]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^4 items are in ${queue} \\(.* s\\)\\.\n$`));
    const pushed = await redis.lrangeBuffer(queue, 0, -1);
    expect(pushed).toEqual([
      Buffer.from('apple'),
      Buffer.from('  fig '),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('last'),
    ]);
  });

  test('from standard input, in more than one push', async () => {
    const items = Array.from({ length: 2_500 }, (_, i) => `item ${i}`);
    const { code, stdout } = await rwq(['fill', '-', '--json'], items.join('\n'));
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ queue, filled: 2_500, sealed: false });
    expect(await list()).toEqual(items);
  });

  test('with a batch id, again is the same as once, and what is missing is added', async () => {
    const args = ['--batch-id', 'b1', '--json'];
    await rwq(['fill', file('part', 'a\nb\n'), ...args]);
    await rwq(['fill', file('part', 'a\nb\n'), ...args]);
    expect(await list()).toEqual(['a', 'b']);
    const whole = ['fill', file('whole', 'a\nb\nc\n'), '--seal', ...args];
    const outcome = { queue, filled: 3, batchId: 'b1', sealed: true, total: 3 };
    expect(JSON.parse((await rwq(whole)).stdout)).toEqual(outcome);
    expect(JSON.parse((await rwq(whole)).stdout)).toEqual(outcome);
    expect(await list()).toEqual(['a', 'b', 'c']);
  });

  test.each(['a\n', ''])('with a batch id, fewer items than are in are other items: %j', async (text) => {
    await rwq(['fill', '-', '--batch-id', 'b1'], 'a\nb\nc\n');
    const { code, stderr } = await rwq(['fill', file('one.txt', text), '--batch-id', 'b1', '--seal', '--allow-empty']);
    expect(code).toBe(81);
    expect(stderr).toMatch(/^rwq: batch b1 has 3 items in the queue .* already, and is given \d now: these are not/);
    expect(stderr).not.toContain('again');
    expect(await redis.hget(queueKeys(queue).meta, 'sealed')).toBeNull();
  });

  test('another batch is refused', async () => {
    await rwq(['fill', '-', '--batch-id', 'b1'], 'a');
    const { code, stderr } = await rwq(['fill', '-', '--batch-id', 'b2'], 'a');
    expect(code).toBe(81);
    expect(stderr).toContain('already holds another batch, b1');
    expect(stderr).toContain(`or remove it: rwq purge --queue ${queue}`);
    expect(await list()).toEqual(['a']);
  });

  test('another batch replaces one that is done, which is not filled or sealed again', async () => {
    await rwq(['fill', '-', '--batch-id', 'b1', '--seal'], 'a\nb\n');
    await redis.del(queue);
    await redis.hset(queueKeys(queue).meta, { claimed: 2, done: 2, clock: 5_000 });
    expect((await rwq(['fill', '-', '--batch-id', 'b2'], 'c')).stdout).toContain('1 item of batch b2 is in');
    const { stdout } = await rwq(['fill', file('again', 'a\nb\n'), '--batch-id', 'b1', '--seal']);
    expect(stdout).toBe(`Batch b1 was done before in ${queue}, with 2 items: nothing was pushed.\n`);
    const { stdout: json } = await rwq(['fill', '-', '--batch-id', 'b1', '--json'], 'a');
    expect(JSON.parse(json)).toEqual({ queue, filled: 2, batchId: 'b1', sealed: true, total: 2 });
    expect((await rwq(['seal', '--batch-id', 'b1'])).stdout).toBe(
      `Batch b1 was done before in ${queue}, with 2 items.\n`,
    );
    expect((await rwq(['seal', '--batch-id', 'b3'])).stderr).toContain('already holds another batch, b2');
    expect(await list()).toEqual(['c']);
    const status = JSON.parse((await rwq(['status', '--json'])).stdout);
    expect(status).toMatchObject({ waiting: 1, done: 0 });
    expect((await rwq(['purge', '--yes'])).code).toBe(0);
    expect(await redis.keys(`{${queue}}:*`)).toEqual([]);
  });

  test('NDJSON: a wrong line in a file is named before anything is pushed', async () => {
    const { code, stderr } = await rwq(['fill', file('wrong.ndjson', '{"a":1}\n\n{"a":\n'), '--ndjson']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^rwq: .*wrong\.ndjson:3:6 is not JSON: it ends too early in \{"a":\n$/);
    expect(await redis.exists(queue)).toBe(0);
  });

  test('NDJSON goes in as it is written', async () => {
    await rwq(['fill', '-', '--ndjson'], '{"a": 1}\n"x"\n');
    expect(await list()).toEqual(['{"a": 1}', '"x"']);
  });

  test('with a key, an item enters once, by a field of it or as a whole', async () => {
    const pages = ['{"url":"/a","depth":0}', '{"depth":1,"url":"/a"}', '{"url":"/b"}'];
    const { code, stderr } = await rwq(['fill', '-', '--key', 'url'], pages.join('\n'));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(await list()).toEqual([pages[0], pages[2]]);
    await rwq(['fill', '-', '--key', 'url'], '{"url":"/b","again":true}\n{"url":7}');
    await rwq(['fill', '-', '--key', '.'], '/a\n/c\n/c');
    expect(await list()).toEqual([pages[0], pages[2], '{"url":7}', '/c']);
  });

  test.each([
    [
      'no such field',
      '{"url":"/a"}\n{"link":"/b"}\n',
      /keys\.ndjson:2 has no text or number in the field "url", which is its key/,
    ],
    ['an object there', '{"url":{}}\n', /keys\.ndjson:1 has no text or number in the field "url"/],
    ['no object', '"url"\n', /keys\.ndjson:1 has no text or number in the field "url"/],
    ['no JSON', '{"url":"/a"}\nurl\n', /keys\.ndjson:2:1 is not JSON/],
  ])('a line with %s has no key, and nothing is pushed', async (_, text, message) => {
    const { code, stderr } = await rwq(['fill', file('keys.ndjson', text), '--key', 'url']);
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
    expect(await redis.exists(queue)).toBe(0);
  });

  test('a file that is not there is a usage error', async () => {
    const { code, stderr } = await rwq(['fill', join(folder, 'nowhere')]);
    expect(code).toBe(2);
    expect(stderr).toContain('There is no file');
  });
});

test('seal fixes the total, twice as well as once', async () => {
  await redis.rpush(queue, 'a', 'b');
  expect((await rwq(['seal'])).stdout).toBe(`${queue} is sealed: 2 items in all.\n`);
  expect(JSON.parse((await rwq(['seal', '--json'])).stdout)).toEqual({ queue, sealed: true, total: 2 });
  const { code, stderr } = await rwq(['fill', '-'], 'c');
  expect(code).toBe(81);
  expect(stderr).toContain('is sealed');
});

test('seal --total is heeded without a batch, and on a queue that is sealed; --batch-id names a batch that is there', async () => {
  await redis.rpush(queue, 'a', 'b');
  const refused = async (...args: string[]) => {
    const { code, stderr } = await rwq(['seal', ...args]);
    expect(code).toBe(81);
    return stderr;
  };
  expect(await refused('--total', '5')).toContain(`items in the queue ${queue}: 2, not 5`);
  expect(await refused('--batch-id', 'z')).toContain('holds no batch');
  expect(await redis.exists(queueKeys(queue).meta)).toBe(0);
  expect((await rwq(['seal', '--total', '2'])).code).toBe(0);
  expect(await refused('--total', '5')).toContain('which is sealed: 2, not 5');
  expect(await refused('--batch-id', 'z')).toContain('holds no batch');
});

describe('status', () => {
  test('as JSON, with exactly these names, and with null for what is not known', async () => {
    await atWork();
    const { stdout } = await rwq(['status', '--json', '--sample', '0']);
    expect(JSON.parse(stdout)).toEqual({
      waiting: 2,
      leased: 2,
      retrying: 1,
      done: 4,
      dead: 2,
      rate: 0.6,
      timeLeft: 8.333,
      state: 'running',
      dropped: 0,
      claimed: 9,
      added: 0,
      sealed: true,
      total: 11,
      batch: null,
      paused: false,
      slowedFor: 0,
      cancelled: false,
      finalizer: null,
      clock: 10_000,
      memory: { used: expect.any(Number), max: null },
      workerCount: 2,
      workers: [
        {
          name: 'pod-b',
          session: 'w1',
          leased: 2,
          leaseLeft: 5_000,
          progress: [],
          items: [{ length: 11, start: 'lemon \u001b[31m' }],
        },
        {
          name: 'pod-a',
          session: 'w2',
          leased: 1,
          leaseLeft: 6_000,
          progress: [],
          items: [{ length: 406, start: `林檎${'x'.repeat(250)}` }],
        },
      ],
    });
  });

  test('as JSON, it has every field of the status', async () => {
    await atWork();
    const client = new WorkQueue(defineQueue({ name: queue }), { url: server.url });
    const fields = Object.keys(await client.status({ peek: 1 }));
    await client.close();
    const { stdout } = await rwq(['status', '--json', '--sample', '0']);
    expect(Object.keys(JSON.parse(stdout))).toEqual(expect.arrayContaining(fields));
  });

  test('has how far items are, where handlers say so', async () => {
    await atWork();
    await redis.hset(queueKeys(queue).progress, {
      5: 'w2 0.459 page 9\u001b[31m of 20',
      6: 'w1 1 ',
      7: `w1 0.5 ${'very '.repeat(30)}long`,
    });
    const { stdout: json } = await rwq(['status', '--json', '--sample', '0']);
    expect(JSON.parse(json).progress).toMatchObject([
      { id: 5, worker: 'pod-a', fraction: 0.459, text: 'page 9\u001b[31m of 20' },
      { id: 6, worker: 'pod-b', fraction: 1, text: '' },
      { id: 7, worker: 'pod-b', fraction: 0.5 },
    ]);
    const { stdout } = await rwq(['status', '--sample', '0']);
    expect(stdout).toMatch(/^ {2}WORKER +HOLDS +LEASE +PROGRESS +WORKS ON$/m);
    expect(stdout).toMatch(/^ {2}pod-a .* #5 45 % page 9\S* of 20 +林檎/m);
    expect(stdout).toMatch(/^ {2}pod-b .* #6 100 % \(\+1\) +lemon/m);
  });

  test('for people, forty workers in full, first those that hold something, and how many there are beside them', async () => {
    await atWork();
    const idle = Array.from({ length: 1_500 }, (_, i): (number | string)[] => [70_000, `i${i}`]).flat();
    await redis.zadd(queueKeys(queue).idle, ...idle);
    const { stdout } = await rwq(['status', '--sample', '0']);
    const lines = stdout.split('\n');
    const from = lines.findIndex((line) => line.includes('WORKER'));
    expect(lines.slice(from + 1).filter((line) => /pod-[ab]/.test(line))).toHaveLength(2);
    expect(lines.slice(from + 1).filter((line) => /^ {2}i\d+ /.test(line))).toHaveLength(38);
    expect(stdout).toContain('\nand 1,462 more\n');
  });

  test('for people, with what the workers are on', async () => {
    await atWork();
    const { stdout } = await rwq(['status', '--sample', '0']);
    expect(stdout.split('\n').map((line) => line.replace(/x{9,}/, 'x…x'))).toEqual([
      `${queue}: 11 items, sealed`,
      `${'█'.repeat(21)}▊${'░'.repeat(18)}  54 %`,
      '',
      '  waiting     2',
      '  leased      2',
      '  retrying    1',
      '  done        4',
      '  dead        2',
      '  rate        0.6/s',
      '  time left   8.3 s',
      '',
      '  WORKER   HOLDS   LEASE   WORKS ON',
      expect.stringMatching(/^ {2}pod-a {4}1 {7}6 s {5}林檎x…x…$/),
      '  pod-b    2       5 s     lemon \\u001b[31m',
      '',
      '`rwq dead list` says why items are dead.',
      '',
    ]);
  });

  test('of a queue that never was, nothing says how long it takes', async () => {
    expect(JSON.parse((await rwq(['status', '--json'])).stdout)).toMatchObject({ waiting: 0, done: 0, timeLeft: null });
    expect((await rwq(['status'])).stdout).toMatch(/time left +unknown/);
    await rwq(['fill', '-', '--seal', '--allow-empty']);
    expect(JSON.parse((await rwq(['status', '--json'])).stdout)).toMatchObject({ timeLeft: 0 });
  });

  test('the rate is measured where items end meanwhile', async () => {
    await atWork();
    const looking = rwq(['status', '--json', '--sample', '3']);
    // Items end all the time, from before the first look on.
    const { meta } = queueKeys(queue);
    const timer = setInterval(() => void redis.multi().hincrby(meta, 'claimed', 2).hincrby(meta, 'done', 2).exec(), 10);
    const { rate } = JSON.parse((await looking).stdout);
    clearInterval(timer);
    expect(rate).toBeGreaterThan(5);
  });

  test.each([
    ['nothing was ever in it', {}, 3],
    ['items are left', { claimed: 2, done: 1 }, 3],
    ['all done', { claimed: 2, done: 2 }, 0],
    ['sealed and all done', { claimed: 2, done: 2, sealed: 1, total: 2 }, 0],
    ['sealed, and items never came out', { claimed: 2, done: 2, sealed: 1, total: 3 }, 82],
  ])('--exit-code: %s', async (_, meta, expected) => {
    if (Object.keys(meta).length > 0) await redis.hset(queueKeys(queue).meta, meta);
    expect((await rwq(['status', '--exit-code'])).code).toBe(expected);
    expect((await rwq(['status'])).code).toBe(0);
  });

  test('--exit-code: drained with dead letters', async () => {
    await redis.hset(queueKeys(queue).meta, { claimed: 4, done: 2 });
    await letters();
    expect((await rwq(['status', '--exit-code'])).code).toBe(80);
  });

  test('--watch into a pipe is plain lines, and ends with the queue', async () => {
    await atWork();
    const watching = new Rwq(['status', '--watch', '--interval', '0.05', '--exit-code'], { env: env() });
    await until('two lines', () => watching.stdout.split('\n').length > 2);
    const keys = queueKeys(queue);
    await redis.del(keys.list, keys.waiting);
    await redis.hset(keys.meta, { claimed: 11, done: 9 });
    const { code, stdout, stderr } = await watching.ended;
    expect({ code, stderr }).toEqual({ code: 80, stderr: '' });
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(
      /^\d{4}-\d\d-\d\dT[\d:]{8}Z waiting=2 leased=2 retrying=1 done=4 dead=2 rate=\S+ left=.+$/,
    );
    expect(lines.at(-1)).toMatch(/ waiting=0 leased=0 retrying=0 done=9 dead=2 rate=0\/s left=0 s$/);
  });
});

describe('on 80 columns', () => {
  const narrow = (args: string[]) =>
    runRwq(args, {
      env: { ...env(), NODE_OPTIONS: `--require=${join(__dirname, 'eighty-columns.js')}`, FORCE_COLOR: '1' },
    });

  test('the error of a dead letter has its place', async () => {
    const header = JSON.stringify({
      reason: 'handler',
      attempts: 3,
      at: 1_700_000_000_000,
      error: `Error: ${'no '.repeat(30)}`,
    });
    await redis.hset(queueKeys(queue).dead, 3, `${header}\nhttps://example.com/an/address/that/is/long`);
    expect((await narrow(['dead', 'list'])).stdout).toBe(
      '\u001b[2m  ID   WHY       ATTEMPTS   WHEN          ITEM         ERROR\u001b[22m\n' +
        '  3    handler   3          11-14 22:13   https://e…   Error: no no no no no no…\n',
    );
  });

  test('the head of the workers is as long as their lines, and no escape code is cut', async () => {
    await atWork();
    await redis.hset(`${queueKeys(queue).worker}w1`, { name: 'p'.repeat(55) });
    const { stdout } = await narrow(['status', '--sample', '0']);
    const name = `WORKER${' '.repeat(52)}`;
    expect(stdout).toContain(`\u001b[2m  ${name}HOLDS   LEASE   WOR…\u001b[22m\n`);
  });
});

describe('dead letters', () => {
  beforeEach(async () => {
    await redis.hset(queueKeys(queue).meta, { version: 1, epoch: 'e', clock: 1, wall: 0, claimed: 4, done: 2 });
    await letters();
  });

  test('list, for people', async () => {
    expect((await rwq(['dead', 'list'])).stdout.split('\n')).toEqual([
      '  ID   WHY       ATTEMPTS   WHEN                  ITEM              ERROR',
      '  3    handler   3          2023-11-14 22:13:20   fig\\nleaf         Error: no\\nroom',
      '  4    invalid   3          2023-11-14 22:13:21   <2 bytes: ff00>   no UTF-8',
      '',
    ]);
  });

  test('list some', async () => {
    const ids = async (...args: string[]) => {
      const { stdout } = await rwq(['dead', 'list', '--json', ...args]);
      return stdout.match(/(?<="id":)\d+/g) ?? [];
    };
    expect(await ids('--reason', 'invalid')).toEqual(['4']);
    expect(await ids('--reason', 'crash')).toEqual([]);
    expect(await ids('--limit', '1')).toHaveLength(1);
    expect(await ids('--limit', '2')).toHaveLength(2);
    expect((await rwq(['dead', 'list', '--limit', '1'])).stdout).toMatch(/\n {2}and more\n$/);
    expect((await rwq(['dead', 'list', '--limit', '2'])).stdout).not.toContain('and more');
    const { code, stderr } = await rwq(['dead', 'list', '--reason', 'bad luck']);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('handler, crash, invalid') });
  });

  test('list as JSON is exact', async () => {
    const { stdout } = await rwq(['dead', 'list', '--json']);
    const found = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(found.sort((a, b) => a.id - b.id)).toEqual([
      {
        id: 3,
        reason: 'handler',
        attempts: 3,
        at: '2023-11-14T22:13:20.000Z',
        error: 'Error: no\nroom',
        payload: 'fig\nleaf',
      },
      {
        id: 4,
        reason: 'invalid',
        attempts: 3,
        at: '2023-11-14T22:13:21.000Z',
        error: 'no UTF-8',
        payloadBase64: '/wA=',
      },
    ]);
  });

  test('show one', async () => {
    const { stdout } = await rwq(['dead', 'show', '3']);
    expect(stdout).toMatch(/ {2}why +handler: the handler failed.*Error: no\\nroom.*\n\nfig\nleaf\n$/s);
    expect((await rwq(['dead', 'show', '4'])).stdout).toContain('<2 bytes: ff00>\nNot UTF-8; --raw writes the bytes.');
    expect((await rwq(['dead', 'show', '4', '--raw'])).bytes).toEqual(Buffer.from([0xff, 0x00]));
    expect(JSON.parse((await rwq(['dead', 'show', '3', '--json'])).stdout)).toMatchObject({
      id: 3,
      payload: 'fig\nleaf',
    });
    const { code, stderr } = await rwq(['dead', 'show', '5']);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(`${queue} has no dead letter 5`) });
  });

  test('retry some, and say so if no worker is running', async () => {
    const { code, stdout, stderr } = await rwq(['dead', 'retry', '3']);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `1 dead letter of ${queue} goes back to the front of the queue, with all attempts.\n`,
    });
    expect(stderr).toContain('No worker is running');
    expect(await redis.hgetall(queueKeys(queue).waiting)).toEqual({ 3: 'fig\nleaf' });
    const again = await rwq(['dead', 'retry', '3', '4']);
    expect(again.code).toBe(1);
    expect(again.stderr).toContain('1 id of the 2 given is not among the dead letters');
    const none = await rwq(['dead', 'retry', '3', '7']);
    expect(none).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('2 ids of the 2 given are not'),
    });
  });

  test('retry all', async () => {
    expect(JSON.parse((await rwq(['dead', 'retry', '--all', '--json'])).stdout)).toEqual({ queue, retried: 2 });
    expect((await rwq(['dead', 'list'])).stdout).toBe(`${queue} has no dead letters.\n`);
  });

  test('drop: by id without a question, all of them only with --yes', async () => {
    expect((await rwq(['dead', 'drop', '4'])).stdout).toBe(`Dropped 1 dead letter of ${queue}.\n`);
    const asked = await rwq(['dead', 'drop', '--all']);
    expect(asked.code).toBe(2);
    expect(asked.stderr).toContain('give --yes');
    expect(await redis.hlen(queueKeys(queue).dead)).toBe(1);
    expect((await rwq(['dead', 'drop', '--all', '--yes'])).code).toBe(0);
    expect(await redis.hlen(queueKeys(queue).dead)).toBe(0);
  });

  test.each([[['retry']], [['drop']], [['retry', '3', '--all']]])('%j does not say which', async (args) => {
    const { code, stderr } = await rwq(['dead', ...args]);
    expect(code).toBe(2);
    expect(stderr).toContain('Which dead letters?');
  });
});

test('results', async () => {
  await redis.hset(queueKeys(queue).results, 2, '{"width":200}\nb.png', 1, 'null\na.png');
  expect((await rwq(['results'])).stdout).toBe(
    '  ID   ITEM    RESULT\n  1    a.png   null\n  2    b.png   {"width":200}\n',
  );
  const lines = (await rwq(['results', '--json'])).stdout.trimEnd().split('\n').sort();
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { id: 1, result: null, payload: 'a.png' },
    { id: 2, result: { width: 200 }, payload: 'b.png' },
  ]);
});

test('pause and resume', async () => {
  await rwq(['fill', '-'], 'a');
  await rwq(['pause']);
  await redis.hset(queueKeys(queue).meta, { clock: 1_000, slow: 31_000 });
  const { stdout } = await rwq(['status']);
  expect(stdout).toContain('PAUSED, SLOWED DOWN for 30 s\n');
  expect(stdout).toContain('Paused: workers get no more items until `rwq resume`.');
  expect(stdout).toContain('A handler has called slowDown: nothing is handed out for that time. `rwq resume` ends it.');
  await rwq(['resume']);
  expect((await rwq(['status'])).stdout).not.toMatch(/paused|slow/i);
});

test('cancel asks, drops what waits, and says what is left of it', async () => {
  await atWork();
  const asked = await rwq(['cancel']);
  expect(asked.code).toBe(2);
  expect(asked.stderr).toContain(
    `Cancel ${queue} for good? 5 items are not done: those that wait are dropped, those that run are aborted. 2 workers are at it and will end with exit 80.`,
  );
  expect((await list()).length).toBe(2);
  expect((await rwq(['cancel', '--yes'])).stdout).toBe(
    `${queue} is cancelled: 2 items dropped. 3 items are still in the hands of workers, which are told to stop.\n`,
  );
  expect(JSON.parse((await rwq(['cancel', '--json'])).stdout)).toEqual({
    queue,
    cancelled: true,
    dropped: 2,
    leased: 3,
  });
  const { stdout } = await rwq(['status']);
  expect(stdout).toContain('CANCELLED');
  expect(stdout).toContain('Cancelled: nothing is handed out any more.');
  expect(await rwq(['fill', '-'], 'late')).toMatchObject({
    code: 81,
    stderr: expect.stringContaining('was cancelled'),
  });
  expect(await rwq(['dead', 'retry', '--all'])).toMatchObject({
    code: 81,
    stderr: expect.stringContaining('was cancelled'),
  });
});

test('a queue that was cancelled, and of which nothing is left, is over, with 80', async () => {
  await rwq(['fill', '-', '--seal'], 'a\nb');
  expect((await rwq(['cancel', '--yes'])).stdout).toBe(`${queue} is cancelled: 2 items dropped.\n`);
  expect((await rwq(['status', '--watch', '--exit-code'])).code).toBe(80);
});

test('nothing of a queue that is drained is left to cancel', async () => {
  await rwq(['fill', '-', '--seal', '--allow-empty'], '');
  expect(await rwq(['cancel', '--yes'])).toMatchObject({ code: 0, stdout: `Nothing of ${queue} is left to cancel.\n` });
});

test('purge asks, and without somebody to ask it needs --yes', async () => {
  await rwq(['fill', '-', '--batch-id', 'b', '--seal'], 'a\nb');
  const asked = await rwq(['purge']);
  expect(asked.code).toBe(2);
  expect(asked.stderr).toContain('It holds the record of 2 items, of which 2 are not done and 0 are dead.');
  expect(await list()).toEqual(['a', 'b']);
  expect((await rwq(['purge', '--yes'])).stdout).toBe(`${queue} is purged.\n`);
  expect(await redis.keys(`*${queue}*`)).toEqual([]);
});

test('the password comes from the environment, and a wrong one is named at once', async () => {
  const guarded = await startRedisServer({ password: 's3cret' });
  const url = `redis://127.0.0.1:${guarded.port}`;
  const own = (password: string) => ({ env: { REDIS_URL: url, REDIS_PASSWORD: password, WORK_QUEUE_NAME: queue } });
  expect((await runRwq(['status', '--json'], own('s3cret'))).code).toBe(0);
  expect((await runRwq(['status', '--json', '--url', url], own('s3cret'))).code).toBe(0);
  const inUrl = `redis://:wrong@127.0.0.1:${guarded.port}`;
  expect((await runRwq(['status', '--json', '--url', inUrl], own('s3cret'))).code).toBe(0);
  const { code, stderr } = await runRwq(['status'], own('wrong'));
  expect(code).toBe(81);
  expect(stderr).toContain('REDIS_PASSWORD');
  expect(stderr).not.toContain('wrong ');
  await guarded.stop();
});

test('fill and seal refuse a Redis that evicts keys; who may not look is told so once', async () => {
  const evicting = await startRedisServer({ args: ['--maxmemory-policy', 'allkeys-lru'] });
  const admin = new Redis(evicting.url);
  const there = (more = {}) => ({ env: { REDIS_URL: evicting.url, WORK_QUEUE_NAME: queue, ...more }, input: 'a\nb' });
  for (const args of [['fill', '-'], ['seal']]) {
    const { code, stderr } = await runRwq(args, there());
    expect({ code, stderr }).toEqual({ code: 81, stderr: expect.stringContaining('set maxmemory-policy noeviction') });
  }
  expect(await admin.exists(queue)).toBe(0);
  await admin.acl('SETUSER', 'blind', 'on', '>blind', '~*', '+@all', '-info');
  const blind = there({ REDIS_USERNAME: 'blind', REDIS_PASSWORD: 'blind' });
  const { code, stderr } = await runRwq(['fill', '-', '--seal'], blind);
  expect(code).toBe(0);
  expect(stderr).toMatch(/^this Redis user may not read INFO, .*\n$/);
  admin.disconnect();
  await evicting.stop();
});

test('a password that Redis does not ask for is no matter', async () => {
  const { code, stderr } = await runRwq(['status', '--json'], { env: { ...env(), REDIS_PASSWORD: 'needless' } });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
});
