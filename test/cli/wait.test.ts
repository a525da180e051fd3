import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { useQueue } from '../queue-under-test';
import { until } from '../until';
import { deadLetter } from './dead-letters';
import { Rwq, rwq as runRwq } from './rwq';

const queue = useQueue();
const program = join(__dirname, '..', 'workers', 'by-payload.js');
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rwq-wait-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const env = () => ({ REDIS_URL: queue.server.url, WORK_QUEUE_NAME: queue.name });
const wait = (...args: string[]) => runRwq(['wait', ...args], { env: env() });
const letter = (error: string) => deadLetter('item', { error });

test('it ends with the queue, as its workers do', async () => {
  await queue.fill('a', 'b', 'c');
  const waiting = new Rwq(['wait'], { env: env() });
  await until(
    'it waits',
    async () => waiting.stderr,
    (said) => said.includes('no worker'),
  );
  expect(waiting.stderr).toBe(`${queue.name}: 0 %, 0 of 3, 0/s, no worker\n`);
  const worker = queue.start({}, { program });
  expect(await worker.ended).toMatchObject({ code: 0 });
  const { code, stdout, stderr } = await waiting.ended;
  expect(code).toBe(0);
  expect(stdout).toMatch(
    new RegExp(`^${queue.name}: Queue empty, all done \\(exit 0\\)\\.\n3 done, 0 dead, in .* with workers\\.\n$`),
  );
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
});

test('with dead letters it ends with 80, says why by kind, and adds a summary to a file', async () => {
  const { keys, redis } = queue;
  await redis.hset(keys.meta, {
    version: 1,
    epoch: 'e',
    clock: 60_000,
    wall: 0,
    claimed: 6,
    done: 3,
    sealed: 1,
    total: 6,
  });
  await redis.hset(keys.dead, 2, letter('HTTP 503 for https://x.example/1'));
  await redis.hset(keys.dead, 4, letter('HTTP 503 for https://x.example/2'));
  await redis.hset(keys.dead, 5, letter('no | room'));
  const summary = join(folder, 'summary.md');
  const { code, stdout } = await runRwq(['wait'], { env: { ...env(), GITHUB_STEP_SUMMARY: summary } });
  expect(code).toBe(80);
  const kind = 'HTTP 503 for https://x.example/…';
  expect(stdout.split('\n')).toEqual([
    `${queue.name}: Queue empty, but 3 items are dead letters (exit 80).`,
    '3 done, 3 dead, in 1 min with workers.',
    '',
    `  2 ×   ${kind}   handler; ids 2, 4`,
    `  1 ×   no | room${' '.repeat(kind.length - 9)}   handler; ids 5`,
    '',
  ]);
  await wait('--summary', summary, '--tolerate-dead-letters');
  const written = readFileSync(summary, 'utf8');
  expect(written).toContain('| 2 | handler | HTTP 503 for https\\:\\/\\/x\\.example\\/… | 2, 4 |');
  expect(written.match(/^### .*/gm)).toEqual([
    expect.stringMatching(/^### ❌ .*3 items are dead letters$/),
    expect.stringMatching(/^### ✅ .*all done$/),
  ]);
  expect(await wait('--fail-fast')).toMatchObject({ code: 80, stdout: expect.stringContaining('Failed fast') });
});

test('as JSON, with the status', async () => {
  await queue.redis.hset(queue.keys.meta, {
    version: 1,
    epoch: 'e',
    clock: 1,
    wall: 0,
    claimed: 2,
    done: 1,
    sealed: 1,
    total: 2,
  });
  await queue.redis.hset(queue.keys.dead, 2, letter('no'));
  const { code, stdout, stderr } = await wait('--json');
  expect({ code, stderr }).toEqual({ code: 80, stderr: '' });
  expect(JSON.parse(stdout)).toEqual({
    ...{ queue: queue.name, exitCode: 80, what: 'Queue empty, but 1 item is a dead letter' },
    failures: [{ kind: 'no', reason: 'handler', count: 1, ids: [2] }],
    status: expect.objectContaining({ state: 'failed', done: 1, dead: 1, total: 2 }),
  });
});

test('of items that are missing it says so, with 82, and of a queue that is not filled, with 83', async () => {
  expect(await wait('--start-timeout', '1s')).toMatchObject({
    code: 83,
    stdout: `${queue.name}: Nothing was filled in within 1 s (exit 83).\n`,
  });
  await queue.redis.hset(queue.keys.meta, {
    version: 1,
    epoch: 'e',
    clock: 1,
    wall: 0,
    claimed: 1,
    done: 1,
    sealed: 1,
    total: 2,
  });
  expect(await wait()).toMatchObject({ code: 82, stdout: expect.stringContaining('Data lost: 1 item of the 2') });
});

test('where the time is up, 3, and what is left; a summary that cannot be written changes nothing', async () => {
  await queue.fill('a', 'b');
  const { code, stdout, stderr } = await wait('--timeout', '1', '--summary', join(folder, 'no', 'folder'));
  expect({ code, stdout }).toEqual({
    code: 3,
    stdout: expect.stringMatching(/: Still not drained after .*: 2 items are left \(exit 3\)\.\n/),
  });
  expect(stderr).toContain('The summary could not be written: ENOENT');
});

test('a batch that a newer one has replaced is done', async () => {
  await queue.redis.hset(queue.keys.former, { monday: 5 });
  await queue.redis.hset(queue.keys.meta, { version: 1, epoch: 'e', clock: 1, wall: 0, batch: 'tuesday' });
  expect(await wait('--batch-id', 'monday')).toMatchObject({
    code: 0,
    stdout: `${queue.name}: Batch monday is done, with 5 items; a newer one has replaced it (exit 0).\n`,
  });
});

test.each([
  [['--timeout', 'soon'], 'Allowed are times such as 90s'],
  [['--timeout', '0'], 'Allowed are times of more than 0'],
  [['--fail-fast', '--tolerate-dead-letters'], 'cannot be used with'],
])('%j is refused', async (args, message) => {
  expect(await wait(...args)).toMatchObject({ code: 2, stderr: expect.stringContaining(message) });
});
