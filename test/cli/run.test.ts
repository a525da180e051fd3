import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../until';
import { Rwq, rwq } from './rwq';

const ROOT = join(__dirname, '..', '..');
let project: string;

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'rwq-run-'));
  mkdirSync(join(project, 'node_modules'));
  symlinkSync(ROOT, join(project, 'node_modules', 'cdk8s-redis-work-queue'));
  writeFileSync(join(project, 'fruits.txt'), 'apple\nbanana\ncherry\n');
});
afterAll(() => rmSync(project, { recursive: true }));

const env = { WORK_QUEUE_LEASE_MS: '4000' };
const file = (name: string, content: string) => {
  writeFileSync(join(project, name), content);
  return name;
};
const run = (worker: string, ...more: string[]) =>
  rwq(['run', worker, '--items', 'fruits.txt', ...more], { cwd: project, env });
const worker = (body: string) =>
  `const { defineQueue, runWorker } = require('cdk8s-redis-work-queue/worker');
   runWorker(defineQueue({ name: 'fruit' }), async (item, { signal }) => { ${body} });`;

test('JavaScript: each item is done, by workers whose lines carry their name', async () => {
  const { code, stdout, stderr } = await run(
    file('plain.js', worker('console.log("Working on " + item)')),
    '--workers',
    '3',
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const done = [...stdout.matchAll(/^worker-[123] {2}Working on (.*)$/gm)].map(([, item]) => item);
  expect(done.sort()).toEqual(['apple', 'banana', 'cherry']);
  expect(stdout).toContain('3 items of fruits.txt are in fruit, sealed');
  expect(stdout).toMatch(/3 items done, in .* s\.\n$/);
});

describe('TypeScript', () => {
  const typed = `import { defineQueue, runWorker } from 'cdk8s-redis-work-queue/worker';
    import { greet } from './greet';
    enum Greeting { Hello = 'hello' }
    runWorker(defineQueue({ name: 'fruit' }), async (item: string): Promise<void> => greet(Greeting.Hello, item));`;
  beforeEach(() => {
    file('greet.ts', 'export const greet = (word: string, item: string) => console.log(word, item);');
    file('worker.ts', typed);
  });
  afterEach(() => rmSync(join(project, 'node_modules', 'esbuild'), { force: true }));

  test('by tsx, where the project has it', async () => {
    symlinkSync(join(ROOT, 'node_modules', 'tsx'), join(project, 'node_modules', 'tsx'));
    const { code, stdout } = await run('worker.ts');
    rmSync(join(project, 'node_modules', 'tsx'));
    expect(code).toBe(0);
    expect(stdout).toMatch(/hello apple/);
  });

  test('by esbuild, and what that wrote is gone afterwards', async () => {
    symlinkSync(join(ROOT, 'node_modules', 'esbuild'), join(project, 'node_modules', 'esbuild'));
    const { code, stdout } = await run('worker.ts');
    expect({ code, said: stdout.includes('hello cherry') }).toEqual({ code: 0, said: true });
    expect(readdirSync(join(project, 'node_modules', '.cache', 'redis-work-queue'))).toEqual([]);
  });

  test('esbuild names file and line of what it cannot compile', async () => {
    symlinkSync(join(ROOT, 'node_modules', 'esbuild'), join(project, 'node_modules', 'esbuild'));
    const { code, stderr } = await run(file('broken.ts', 'const a = 1;\nconst = 2;'));
    expect(code).toBe(1);
    expect(stderr).toMatch(/esbuild cannot compile broken\.ts:[\s\S]*broken\.ts:2:6/);
  });
});

test('items that fail are dead letters: exit 80, and why', async () => {
  const { code, stdout } = await run(file('fails.js', worker('if (item === "banana") throw new Error("no " + item)')));
  expect(code).toBe(80);
  expect(stdout).toMatch(/Dead letters\n {2}#2 +banana +handler +attempt 3 +Error: no banana/);
  expect(stdout).toContain('2 items done, 1 dead');
});

test('workers that crash are replaced, as a Job does it', async () => {
  const crash = file('crash.js', worker('if (item === "banana") process.exit(7)'));
  const { code, stdout } = await run(crash, '--queue', 'fruit');
  expect(code).toBe(80);
  expect(stdout.match(/exit 7 +crashed$/gm)).toHaveLength(3);
  expect(stdout).toMatch(/#2 +banana +crash +attempt 3/);
});

describe('a worker that ends before it opens a queue, as it would again', () => {
  const broken = (name: string, content: string, ...more: string[]) =>
    run(file(name, content), '--workers', '4', ...more);

  test.each([
    ['syntax.js', 'const = 2;', 1, "SyntaxError: Unexpected token '='"],
    ['syntax.mjs', 'const = 2;', 1, "SyntaxError: Unexpected token '='"],
    ['missing.js', 'require("nowhere");', 1, "Error: Cannot find module 'nowhere'"],
    ['missing.mjs', 'import "nowhere";', 1, "Cannot find package 'nowhere' imported from"],
    ['setup.js', 'setTimeout(() => { throw new Error("not " + "today") }, 50);', 1, 'Error: not today'],
    ['exit.js', 'console.error("no " + "database"); process.exit(7);', 7, 'no database'],
    [
      'terminated.js',
      'process.kill(process.pid, "SIGTERM"); setTimeout(() => {}, 60000);',
      143,
      'was killed by SIGTERM',
    ],
    ['nothing.js', '', 81, 'nothing.js ended with exit code 0 before it opened a queue. It has to call runWorker.'],
  ])('%s: is not started again, and its error is told once', async (name, content, code, error) => {
    for (const more of [[], ['--queue', 'fruit']]) {
      const ended = await broken(name, content, ...more);
      expect(ended.code).toBe(code);
      expect((ended.stdout + ended.stderr).split(error)).toHaveLength(2);
      expect(ended.stderr).toContain(error);
      expect(ended.stderr).toContain(`rwq: ${name} `);
      expect(ended.stderr).not.toMatch(/node:internal|node_modules|Node\.js v/);
      expect(ended.stdout.match(/^ {2}worker-\d/gm)).toEqual(['  worker-1']);
      expect(ended.stdout).toContain('ended before any of them had opened a queue');
    }
  });

  test('TypeScript, by tsx: without the stack of what compiles it', async () => {
    symlinkSync(join(ROOT, 'node_modules', 'tsx'), join(project, 'node_modules', 'tsx'));
    const { code, stdout, stderr } = await broken('syntax.ts', 'const a: number = 1;\nconst = 2;');
    rmSync(join(project, 'node_modules', 'tsx'));
    expect({ code, crashes: stdout.match(/crashed/g)?.length }).toEqual({ code: 1, crashes: 1 });
    expect(stderr).toMatch(/syntax\.ts:2:6: ERROR: Expected identifier but found "="\n$/);
  });

  test('what the runtime says of the configuration is told once', async () => {
    const { code, stdout, stderr } = await broken('other.js', worker(''), '--queue', 'vegetables');
    expect({ code, stderr }).toEqual({ code: 81, stderr: '' });
    expect(stdout.match(/this worker was written for the queue fruit/g)).toHaveLength(1);
  });
});

test('one of each is one worker, one item, one dead letter', async () => {
  file('one.txt', 'apple');
  const fails = file('fails-one.js', worker('throw new Error("no " + item)'));
  const { stdout } = await rwq(['run', fails, '--items', 'one.txt', '--workers', '1'], { cwd: project, env });
  expect(stdout).toMatch(/^A private Redis on port \d+, and 1 worker$/m);
  expect(stdout).toContain('dead letter (handler) after 3 attempts');
  expect(stdout).toMatch(/but 1 item is a dead letter .* 1 dead letter in .* queue: 1 item, 0 done, 1 dead/);
  expect(stdout).not.toMatch(/\b1 (items|workers|dead letters|attempts)/);
});

test('a worker that was killed is told from one that crashed', async () => {
  const killed = file('killed.js', 'process.kill(process.pid, "SIGKILL")');
  const { stdout } = await run(killed, '--workers', '1', '--backoff-limit', '0');
  expect(stdout).toMatch(/worker-1 {3}exit 137 {3}killed by SIGKILL$/m);
});

describe('Ctrl-C', () => {
  const slow = () =>
    file(
      'slow.js',
      worker(`if (item === "apple") return;
        console.log("pid " + process.pid);
        await new Promise((r, x) => { setTimeout(r, 600000); signal.onabort = () => x(signal.reason); })`),
    );
  const started = async (grace: number) => {
    const running = new Rwq(['run', slow(), '--items', 'fruits.txt'], {
      cwd: project,
      env: { ...env, WORK_QUEUE_GRACE_MS: String(grace) },
    });
    await until('both have begun', () => running.stdout.match(/pid \d+/g)?.length === 2);
    return running;
  };
  const expectAllGone = async (stdout: string) => {
    for (const [, pid] of stdout.matchAll(/pid (\d+)/g)) expect(() => process.kill(Number(pid), 0)).toThrow('ESRCH');
    const url = `redis://127.0.0.1:${/port (\d+)/.exec(stdout)?.[1]}`;
    expect((await rwq(['status', '--url', url, '--queue', 'fruit', '--timeout', '0.1'])).code).toBe(84);
  };

  test('once: says that it stops and what a second one does, ends workers and Redis, and counts', async () => {
    const running = await started(4_000);
    running.child.kill('SIGINT');
    const { code, stdout } = await running.ended;
    expect(code).toBe(130);
    expect(stdout).toMatch(/^Stopping \(SIGINT\): .*; Ctrl-C again ends them at once$/m);
    expect(stdout).toMatch(/The workers\n {2}worker-1 {3}exit 143 /);
    expect(stdout).toMatch(/1 item done, 2 not done, in .*\.\n$/);
    await expectAllGone(stdout);
  });

  test('twice: says so, ends at once, and counts what Redis counted', async () => {
    const running = await started(3_600_000);
    running.child.kill('SIGINT');
    await until('it says that it stops', () => running.stdout.includes('Stopping'));
    running.child.kill('SIGINT');
    const { code, stdout } = await running.ended;
    expect(code).toBe(130);
    expect(stdout).toContain('Ending at once');
    expect(stdout.match(/killed by SIGKILL$/gm)).toHaveLength(2);
    expect(stdout).toMatch(/1 item done, 2 not done, in .*\.\n$/);
    await expectAllGone(stdout);
  });
});

test.each([
  ['nowhere.js', 'There is no file nowhere.js'],
  ['fruits.txt', 'neither JavaScript'],
])('%s is no worker', async (name, message) => {
  const { code, stderr } = await run(name);
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) });
});
