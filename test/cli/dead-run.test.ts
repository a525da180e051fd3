import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { queueKeys } from '../../worker/contract';
import { useRedis } from '../redis-under-test';
import { until } from '../until';
import { deadLetter, leaveDeadLetters } from './dead-letters';
import { Rwq } from './rwq';

const under = useRedis();
const ROOT = join(__dirname, '..', '..');
const queue = 'fruit';
const { dead, meta } = queueKeys(queue);
let project: string;

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'rwq-dead-'));
  mkdirSync(join(project, 'node_modules'));
  symlinkSync(ROOT, join(project, 'node_modules', 'cdk8s-redis-work-queue'));
});
afterAll(() => rmSync(project, { recursive: true }));

beforeEach(() =>
  leaveDeadLetters(under.redis, queue, { 17: deadLetter('banana\nof two lines', { error: 'Error: no' }) }),
);

function start(body: string, args: string[] = [], options = '{}', env: NodeJS.ProcessEnv = {}): Rwq {
  writeFileSync(
    join(project, 'worker.js'),
    `const { defineQueue, RetryLater, runWorker } = require('cdk8s-redis-work-queue/worker');
     runWorker(defineQueue({ name: 'fruit' }), async (item, { id, attempt, add }) => { ${body} }, ${options});`,
  );
  return new Rwq(['dead', 'run', '17', 'worker.js', ...args], {
    cwd: project,
    env: { REDIS_URL: under.server.url, WORK_QUEUE_NAME: queue, ...env },
  });
}
const run = (...args: Parameters<typeof start>) => start(...args).ended;

/** What the queue itself has of the dead letter. */
const kept = async () => [await under.redis.hexists(dead, '17'), Number(await under.redis.hget(meta, 'done'))];

test('runs the item with its payload and its number, once, and leaves the dead letter', async () => {
  const body = 'console.log(JSON.stringify([item, id, attempt])); return { width: 200 };';
  const options = '{ results: true, finally: () => console.log("the " + "finalizer") }';
  const { code, stdout, stderr } = await run(body, ['--settle'], options);
  expect(stdout).toContain('Dead letter 17 of fruit: one attempt here, with a private Redis on port');
  expect(stdout).toContain(JSON.stringify(['banana\nof two lines', 17, 1]));
  expect(stdout).toMatch(/\nDone( after \d+ ms)?\.\nIt returned \{"width":200\}, which the queue would keep\.\n/);
  expect(stdout).not.toMatch(/the finalizer|SIGTERM/);
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('its worker keeps results') });
  expect(await kept()).toEqual([1, 19]);
});

test('books it as done where that is asked for, and nothing would be missing', async () => {
  const { code, stdout } = await run('', ['--settle', '--json']);
  expect({ code, outcome: JSON.parse(stdout) }).toMatchObject({
    code: 0,
    outcome: { id: 17, outcome: 'done', settled: true },
  });
  expect(await kept()).toEqual([0, 20]);
});

test('does not add what the handler adds, and says what that is', async () => {
  const { code, stdout, stderr } = await run('console.log("ran " + item[0]); add(["cherry", "date"]);', ['--settle']);
  expect(stdout.match(/ran /g)).toHaveLength(1);
  expect(stdout).toContain('It would add 2 items:\n  cherry\n  date\n');
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('it adds 2 items') });
  expect(await kept()).toEqual([1, 19]);
  expect(await under.redis.llen(queue)).toBe(0);
});

test('fails, with the error and where it was thrown', async () => {
  const { code, stdout } = await run('throw new Error("no " + item.length);', ['--settle']);
  expect(code).toBe(80);
  expect(stdout).toMatch(/\nFailed after \d+ ms: Error: no 19\n {2}at .*worker\.js:2:\d+.*\nThe dead letter stays/);
  expect(await kept()).toEqual([1, 19]);
});

test.each([
  ['is put off', 'throw new RetryLater(500);', 80, { outcome: 'later' }],
  ['ends its process', 'process.exit(7);', 7, { outcome: 'crashed', exitCode: 7 }],
  [
    'crashes its process',
    'setImmediate(() => { throw new Error("x"); }); await new Promise(() => {});',
    1,
    { outcome: 'crashed' },
  ],
])('says that it %s', async (_, body, code, outcome) => {
  const ended = await run(body, ['--json']);
  expect({ code: ended.code, outcome: JSON.parse(ended.stdout) }).toMatchObject({
    code,
    outcome: { ...outcome, settled: false },
  });
  expect(await kept()).toEqual([1, 19]);
});

test('--inspect waits for a debugger', async () => {
  const rwq = start('', ['--inspect'], '{}', { NODE_OPTIONS: '--inspect-port=0' });
  await until(
    'it waits',
    async () => rwq.stdout,
    (text) => text.includes('Debugger listening on ws://127.0.0.1:'),
  );
  rwq.child.kill('SIGINT');
  expect((await rwq.ended).code).toBe(130);
});

test('a worker of another queue is refused by itself, and no dead letter is none', async () => {
  const other = await run('', [], '{}', { WORK_QUEUE_NAME: queue, WORK_QUEUE_DEFINED_AS: 'vegetables' });
  expect({ code: other.code, stdout: other.stdout }).toEqual({
    code: 81,
    stdout: expect.stringContaining('this worker was written for the queue fruit'),
  });
  await under.redis.del(dead);
  expect(await run('')).toMatchObject({ code: 1, stderr: expect.stringContaining('fruit has no dead letter 17') });
});

test('the finalizer is no item', async () => {
  await under.redis.hset(meta, { final: 17, finally: 'success', finals: 1, finalafter: 19 });
  await under.redis.hset(dead, 17, deadLetter('', { error: 'Error: no' }));
  expect(await run('')).toMatchObject({ code: 1, stderr: expect.stringContaining('Dead letter 17 is the finalizer') });
});
