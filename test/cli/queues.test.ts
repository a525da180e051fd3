import { join } from 'node:path';
import { defineQueue, WorkQueue } from '../../worker';
import { queueKeys } from '../../worker/contract';
import { useRedis } from '../redis-under-test';
import { deadLetter } from './dead-letters';
import { type Ended, rwq as runRwq } from './rwq';

const store = useRedis();
afterEach(() => store.redis.flushall());

const rwq = (args: string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> =>
  runRwq(args, { env: { REDIS_URL: store.server.url, ...env } });
/** A terminal of 80 columns, without colours. */
const TERMINAL = { NODE_OPTIONS: `--require=${join(__dirname, 'eighty-columns.js')}` };

async function meta(queue: string, fields: Record<string, string | number>): Promise<void> {
  const of = { version: 1, epoch: 'e', clock: 10_000, wall: Date.now(), gap: 3_600_000 };
  await store.redis.hset(queueKeys(queue).meta, { ...of, ...fields });
}

/** One queue in each state. */
async function inEachState(): Promise<void> {
  const { redis } = store;
  await redis.rpush('a-filling', 'a', 'b');
  await meta('a-filling', { batch: 'b' });
  await redis.rpush('b-running', ...Array.from({ length: 1_200 }, (_, i) => `${i}`));
  await meta('b-running', { claimed: 5, done: 3, sealed: 1, total: 1_205 });
  await redis.zadd(queueKeys('b-running').leases, 15_000, 'one');
  await redis.hset(queueKeys('b-running').waiting, { 5: 'again' });
  await redis.rpush('c-idle', 'a');
  await meta('c-idle', { claimed: 5, done: 5, sealed: 1, total: 6 });
  await redis.rpush('d-paused', 'a');
  await meta('d-paused', { claimed: 5, done: 5, sealed: 1, total: 6, paused: 1 });
  await meta('e-drained', { claimed: 5, done: 5, sealed: 1, total: 5 });
  await meta('f-failed', { claimed: 5, done: 4, sealed: 1, total: 5 });
  await redis.hset(queueKeys('f-failed').dead, 2, deadLetter('x', { error: 'no' }));
  await meta('g-cancelled', { claimed: 5, done: 2, dropped: 3, cancelled: 3 });
  await meta('h-empty', {});
}

describe('queues', () => {
  test('are listed with their states and counts, for people', async () => {
    await inEachState();
    await store.redis.rpush('bare', 'x');
    const { code, stdout, stderr } = await rwq(['queues']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.split('\n')).toEqual([
      '  QUEUE         STATE       WAITING   RUNNING   RETRYING   DONE   DEAD   WORKERS',
      '  a-filling     filling     2         0         0          0      0      0',
      '  b-running     running     1,200     1         1          3      0      1',
      '  c-idle        idle        1         0         0          5      0      0',
      '  d-paused      paused      1         0         0          5      0      0',
      '  e-drained     drained     0         0         0          5      0      0',
      '  f-failed      failed      0         0         0          4      1      0',
      '  g-cancelled   cancelled   0         0         0          2      0      0',
      '  h-empty       empty       0         0         0          0      0      0',
      '',
    ]);
  });

  test('as JSON, an object on each line', async () => {
    await inEachState();
    const lines = (await rwq(['queues', '--json'])).stdout.trimEnd().split('\n');
    const rows = lines.map((line) => JSON.parse(line));
    expect(rows.map(({ queue }) => queue)).toHaveLength(8);
    expect(rows[1]).toEqual({
      ...{
        queue: 'b-running',
        state: 'running',
        waiting: 1_200,
        running: 1,
        retrying: 1,
        done: 3,
        dead: 0,
        dropped: 0,
      },
      ...{ total: 1_205, sealed: true, workers: 1 },
    });
    expect(rows[0]).toMatchObject({ total: null, sealed: false });
    expect(rows[6]).toMatchObject({ dropped: 3 });
  });

  test('those that need somebody have a colour, and a name that is long is cut on a terminal alone', async () => {
    await inEachState();
    await meta('n'.repeat(100), {});
    const { stdout } = await rwq(['queues'], { ...TERMINAL, FORCE_COLOR: '1' });
    const lines = stdout.split('\n');
    const coloured = (code: number) => lines.filter((line) => line.startsWith(`\u001b[${code}m`)).length;
    expect([coloured(31), coloured(33)]).toEqual([2, 2]);
    expect(stdout).toContain(`  ${'n'.repeat(59)}…   `);
    expect((await rwq(['queues'])).stdout).toContain('n'.repeat(100));
  });

  test('none', async () => {
    expect(await rwq(['queues'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^There is no queue in this/),
    });
    expect(await rwq(['queues', '--json'])).toMatchObject({ code: 0, stdout: '' });
  });

  test('one that cannot be read hides no other', async () => {
    await meta('good', {});
    await meta('odd', {});
    await store.redis.set(queueKeys('odd').leases, 'x');
    const { code, stdout, stderr } = await rwq(['queues']);
    expect(code).toBe(1);
    expect(stdout).toContain('  good    empty');
    expect(stderr).toMatch(/^odd: a key of this queue is used for something else: .*WRONGTYPE/);
  });

  test('it takes no queue', async () => {
    expect(await rwq(['queues', '--queue', 'x'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--queue'),
    });
  });
});

describe('items', () => {
  const NAME = 'job2';
  const items = (args: string[] = [], env: NodeJS.ProcessEnv = {}) =>
    rwq(['items', ...args], { WORK_QUEUE_NAME: NAME, ...env });

  /** Two that run, one that is tried again, and some that wait. */
  async function some(): Promise<void> {
    const { redis } = store;
    const keys = queueKeys(NAME);
    await redis.rpush(NAME, 'fig\nleaf', '林檎', 'x'.repeat(300), Buffer.from([0xff, 0xd8]));
    await meta(NAME, { claimed: 9, done: 6 });
    await redis.zadd(keys.leases, 15_000, 'w1');
    await redis.hset(`${keys.worker}w1`, { name: 'pod-b', head: 3, segments: '6:2' });
    await redis.rpush(`${keys.held}w1`, 'lemon \u001b[31m', 'melon');
    await redis.hset(keys.waiting, { 8: 'again' });
    await redis.zadd(keys.retries, 75_000, '8');
    await redis.hset(keys.attempts, { 8: '2 0', 7: '1 1 3' });
  }

  test('for people, whole in a pipe', async () => {
    await some();
    const { code, stdout } = await items();
    expect(code).toBe(0);
    expect(stdout.split('\n')).toEqual([
      '  ID   STATE      WORKER   ATTEMPTS   DUE IN      ITEM',
      '  6    running    pod-b    0                      lemon \\u001b[31m',
      '  7    running    pod-b    1                      melon',
      '  8    retrying            2          1 min 5 s   again',
      '       waiting                                    fig\\nleaf',
      '       waiting                                    林檎',
      `       waiting                                    ${'x'.repeat(300)}`,
      '       waiting                                    <2 bytes: ffd8>',
      '',
    ]);
  });

  test('on a terminal, cut in the middle, and fifty unless somebody says how many', async () => {
    await some();
    await store.redis.rpush(NAME, `begin${'y'.repeat(100_000)}end`, ...Array.from({ length: 60 }, (_, i) => `n${i}`));
    const { stdout } = await items([], TERMINAL);
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(1 + 50 + 1);
    expect(lines.at(-1)).toBe('  and more');
    expect(lines[6]).toBe(`       waiting                                    ${'x'.repeat(15)}…${'x'.repeat(14)}`);
    expect(lines[8]).toBe(
      `       waiting                                    begin${'y'.repeat(10)}…${'y'.repeat(11)}end`,
    );
    expect(lines.every((line) => line.length <= 80)).toBe(true);
    expect((await items(['--limit', '2'], TERMINAL)).stdout.trimEnd().split('\n')).toHaveLength(4);
    expect((await items(['--limit', '68'], TERMINAL)).stdout).not.toContain('and more');
  });

  test('as JSON they are exact', async () => {
    await some();
    const lines = (await items(['--json'])).stdout.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { id: 6, state: 'running', worker: 'pod-b', attempts: 0, payload: 'lemon \u001b[31m' },
      { id: 7, state: 'running', worker: 'pod-b', attempts: 1, payload: 'melon' },
      { id: 8, state: 'retrying', attempts: 2, dueIn: 65_000, payload: 'again' },
      { state: 'waiting', attempts: 0, payload: 'fig\nleaf' },
      { state: 'waiting', attempts: 0, payload: '林檎' },
      { state: 'waiting', attempts: 0, payload: 'x'.repeat(300) },
      { state: 'waiting', attempts: 0, payloadBase64: '/9g=' },
    ]);
  });

  test('raw, the payloads alone', async () => {
    await some();
    const { bytes } = await items(['--raw', '--state', 'waiting']);
    expect(bytes).toEqual(
      Buffer.concat([Buffer.from(`fig\nleaf\n林檎\n${'x'.repeat(300)}\n`), Buffer.from([0xff, 0xd8, 0x0a])]),
    );
  });

  test('by state, by text, some of them', async () => {
    await some();
    const payloads = async (...args: string[]) =>
      (await items(['--json', ...args])).stdout
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line).payload);
    expect(await payloads('--state', 'running')).toEqual(['lemon \u001b[31m', 'melon']);
    expect(await payloads('--state', 'retrying')).toEqual(['again']);
    expect(await payloads('--search', 'e')).toEqual(['lemon \u001b[31m', 'melon', 'fig\nleaf']);
    expect(await payloads('--search', '林', '--state', 'waiting')).toEqual(['林檎']);
    expect(await payloads('--limit', '1')).toEqual(['lemon \u001b[31m']);
    expect((await items(['--search', 'plum'])).stdout).toBe('job2 has no items left with "plum".\n');
    expect((await items(['--state', 'retrying', '--search', 'x'])).stdout).toBe(
      'job2 has no items in the state retrying with "x".\n',
    );
  });

  test('what it does not know, it names', async () => {
    expect(await items()).toMatchObject({ code: 1, stderr: expect.stringMatching(/^rwq: There is no queue job2/) });
    await some();
    expect(await items(['--state', 'dead'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Allowed choices are waiting, running, retrying.'),
    });
    expect(await items(['--limit', '0'])).toMatchObject({ code: 2 });
    expect(await items(['--raw', '--json'])).toMatchObject({ code: 2 });
  });

  test('many go through a pipe in order', async () => {
    const all = Array.from({ length: 12_000 }, (_, i) => `item ${i}`);
    const queue = new WorkQueue(defineQueue({ name: NAME }), { url: store.server.url });
    await queue.fill(all);
    await queue.close();
    const lines = (await items()).stdout.trimEnd().split('\n');
    expect(lines.slice(1).map((line) => line.replace(/^ +waiting +/, ''))).toEqual(all);
  });
});
