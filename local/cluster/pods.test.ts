import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runPods } from './pods';

let scratch: string;
let shown: string[];
const job = {
  name: 'job-wq-2',
  parallelism: 2,
  env: [
    { name: 'REDIS_URL', value: 'redis://redis:6379' },
    { name: 'WORK_QUEUE_WORKER', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
    {
      name: 'WORK_QUEUE_RUN',
      valueFrom: { fieldRef: { fieldPath: "metadata.labels['batch.kubernetes.io/controller-uid']" } },
    },
  ],
};

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'pods-'));
  shown = [];
  jest.spyOn(console, 'log').mockImplementation((line) => shown.push(line));
});

afterEach(() => {
  jest.restoreAllMocks();
  rmSync(scratch, { recursive: true });
});

/** Runs a stand-in for the worker. */
function run(script: string, stop = new AbortController().signal) {
  const program = join(scratch, 'worker.js');
  writeFileSync(program, script);
  return runPods(job, { program, redisUrl: 'redis://127.0.0.1:1', scratch, stop });
}

test('each pod gets the environment of the Job, and nothing of this process but the PATH', async () => {
  process.env.SOMETHING_ELSE = 'here';
  const pods = await run('console.log("Working on " + JSON.stringify(process.env))');
  const [one, two] = pods.map(({ items }) => JSON.parse(items[0]!));
  expect(one).toEqual({
    PATH: process.env.PATH,
    REDIS_URL: 'redis://127.0.0.1:1',
    WORK_QUEUE_WORKER: expect.stringMatching(/^job-wq-2-[a-z0-9]{5}$/),
    WORK_QUEUE_RUN: expect.stringMatching(/^[0-9a-f-]{36}$/),
    WORK_QUEUE_TERMINATION_LOG: join(scratch, one.WORK_QUEUE_WORKER),
  });
  expect(two.WORK_QUEUE_RUN).toBe(one.WORK_QUEUE_RUN);
  expect(two.WORK_QUEUE_WORKER).not.toBe(one.WORK_QUEUE_WORKER);
  delete process.env.SOMETHING_ELSE;
});

test('lines carry the name of their worker, what it worked on is kept in order, and its exit code', async () => {
  const pods = await run(
    'console.log("Working on apple\\nhello"); console.error("Working on fig"); process.exitCode = 80',
  );
  for (const { name, items, code } of pods) {
    expect(items.toSorted()).toEqual(['apple', 'fig']);
    expect(code).toBe(80);
    expect(shown).toContain(`${name}  hello`);
  }
});

test('a worker that was killed has the exit code that a kubelet would report', async () => {
  const pods = await run('process.kill(process.pid, "SIGKILL"); setTimeout(() => {}, 60000)');
  expect(pods.map(({ code }) => code)).toEqual([137, 137]);
});

test('stopping sends SIGTERM and waits for the end', async () => {
  const stop = new AbortController();
  const waits = 'process.on("SIGTERM", () => process.exit(143)); console.log("ready"); setTimeout(() => {}, 60000)';
  const running = run(waits, stop.signal);
  while (shown.length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
  stop.abort();
  expect((await running).map(({ code }) => code)).toEqual([143, 143]);
});
