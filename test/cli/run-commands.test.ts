import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive } from '../command/command-under-test';
import { until } from '../until';
import { Rwq, type RwqOptions, rwq } from './rwq';

const ITEMS = ['two  words', "it's", '$(touch canary)', '-n', '🍎', 'a;touch canary', '"`touch canary`"'];
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rwq-commands-'));
  writeFileSync(join(folder, 'items.txt'), `${ITEMS.join('\n')}\n`);
  writeFileSync(join(folder, 'codes.txt'), '0\n1\n3\n65\n');
});
afterEach(() => {
  expect(existsSync(join(folder, 'canary'))).toBe(false);
});
afterAll(() => rmSync(folder, { recursive: true }));

const run = (args: readonly string[], options: RwqOptions = {}) => rwq(['run', ...args], { cwd: folder, ...options });
const resultsIn = (file: string) =>
  readFileSync(join(folder, file), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { id: number; result: string; payload: string })
    .sort((a, b) => a.id - b.id);

test('--exec: a shell runs the command for each item, whatever the items hold', async () => {
  const show = 'printf "<%s>" {} "{}" \'{}\' {id}-{attempt}';
  const args = ['--exec', show, '--items', 'items.txt', '--concurrency', '4', '--results', 'shown.ndjson'];
  const { code, stdout, stderr } = await run(args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain(`${ITEMS.length} items of items.txt are in commands, sealed`);
  expect(stdout).toContain(`${ITEMS.length} results are in shown.ndjson`);
  expect(stdout).toMatch(/7 items done, in .* s\.\n$/);
  expect(resultsIn('shown.ndjson')).toEqual(
    ITEMS.map((payload, i) => ({ id: i + 1, result: `<${payload}><${payload}><${payload}><${i + 1}-1>`, payload })),
  );
});

test('words behind -- run without a shell, and lines have their item', async () => {
  const { code, stdout } = await run([
    '--items',
    'items.txt',
    '--queue',
    'own',
    '--',
    'printf',
    '%s+%s\\n',
    '{}',
    '--items',
  ]);
  expect(code).toBe(0);
  for (const i of ITEMS.keys()) expect(stdout).toMatch(new RegExp(`worker-\\d +\\[${i + 1}\\] `));
  for (const item of ITEMS) expect(stdout).toContain(`] ${item}+--items\n`);
  expect(stdout).toContain('are in own, sealed');
});

test('items come from standard input, and go there', async () => {
  const args = ['--items', '-', '--input', 'stdin', '--results', 'counts.ndjson', '--exec', 'wc -c'];
  const { code, stdout } = await run(args, { input: 'one\nthree\n' });
  expect(code).toBe(0);
  expect(stdout).toContain('2 items of standard input are in commands, sealed');
  expect(resultsIn('counts.ndjson').map(({ result }) => Number(result))).toEqual([3, 5]);
});

test('exit codes of the command decide, and that of the run is that of a worker', async () => {
  const exits = 'echo "about {}" >&2; exit {}';
  const { code, stdout } = await run(['--items', 'codes.txt', '--dead', '3,65', '--exec', exits], {
    env: { WORK_QUEUE_MAX_ATTEMPTS: '2' },
  });
  expect(code).toBe(80);
  expect(stdout).toMatch(/#2 +1 +handler +attempt 2 +Error: sh ended with 1: about 1/);
  expect(stdout).toMatch(/#3 +3 +handler +attempt 1 +UnrecoverableError: sh ended with 3: about 3/);
  expect(stdout).toContain('1 item done, 3 dead');
});

describe('--dry-run', () => {
  test.each([
    ['--exec', ['--exec', 'printf "<%s>" {} "{}" \'{}\' {id}']],
    ['words', ['--', 'printf', '<%s>', '{}', '{id}']],
    ['standard input', ['--input', 'stdin', '--exec', 'cat; echo']],
    ['a line that is not sure', ['--exec', 'printf "<%s>" "`printf %s {}`"']],
  ])('prints what a shell takes to do the same, and runs nothing: %s', async (_, command) => {
    const { code, stdout, stderr } = await run(['--dry-run', '--items', 'items.txt', ...command], {
      env: { PATH: process.env.PATH, REDIS_SERVER_BIN: '/nowhere' },
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.split('\n')).toHaveLength(ITEMS.length + 1);
    const { stdout: done } = spawnSync('sh', ['-c', stdout], { cwd: folder, encoding: 'utf8' });
    for (const item of ITEMS) expect(done).toContain(item);
  });

  test('says which item cannot be an argument', async () => {
    writeFileSync(join(folder, 'bytes.txt'), Buffer.from([0x61, 0x0a, 0xff, 0x0a]));
    const { code, stdout, stderr } = await run(['--dry-run', '--items', 'bytes.txt', '--', 'echo']);
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: 'echo a\n',
      stderr: 'item 2 would not be run: it is not UTF-8\n',
    });
    const piped = await run(['--dry-run', '--items', 'bytes.txt', '--input', 'stdin', '--', 'cat']);
    expect(piped.stdout).toBe("printf %s 'a' | cat\nprintf '\\377' | cat\n");
  });
});

test.each([
  [[], 'Give one thing to run: the file that calls runWorker'],
  [['worker.js', '--exec', 'cat'], 'Give one thing to run'],
  [['--exec', 'cat', '--', 'cat'], 'Give one thing to run'],
  [['--exec', ' '], '--exec is empty'],
  [['ffmpeg', 'in.wav'], 'The words of a command stand behind --: rwq run --items FILE -- ffmpeg …'],
  [['worker.js', '--results', 'x'], '--results is for a command, and worker.js is a worker'],
  [['worker.js', '--dry-run'], '--dry-run is for a command'],
  [['worker.js', '--later-in', '5s'], '--later-in is for a command'],
  [['--exec', 'cat', '--dead', 'x'], '--dead is "x"; allowed are exit codes from 1 to 255'],
  [['--exec', 'cat', '--dead', '2', '--later', '2'], 'Exit code 2 is in --dead and in --later'],
  [['--exec', 'cat', '--input', 'file'], 'Allowed choices are argument, stdin'],
  [['--exec', 'cat', '--results', '/nowhere/x'], '--results: /nowhere/x cannot be written (ENOENT)'],
])('%j is a usage error', async (args, message) => {
  const at = args.indexOf('--');
  const items = ['--items', 'items.txt'];
  const { code, stderr } = await run(
    at < 0 ? [...args, ...items] : [...args.slice(0, at), ...items, ...args.slice(at)],
  );
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) });
});

test('a program that is not there ends the run before it begins', async () => {
  const { code, stdout, stderr } = await run(['--items', 'items.txt', '--', 'convrt', '{}']);
  expect({ code, stdout, stderr }).toEqual({
    code: 81,
    stdout: '',
    stderr: expect.stringContaining('There is no program convrt in the folders of PATH'),
  });
});

test.each(['SIGINT', 'SIGKILL'] as const)('%s of the command line ends what it has started', async (signal) => {
  const running = new Rwq(
    ['run', '--items', 'items.txt', '--workers', '1', '--exec', 'echo "pid $$"; sleep 600; : {}'],
    {
      cwd: folder,
      env: { WORK_QUEUE_GRACE_MS: '4000' },
    },
  );
  await until('it has begun', () => /\] pid \d+\n/.test(running.stdout));
  const pid = Number(/\] pid (\d+)/.exec(running.stdout)?.[1]);
  expect(isAlive(pid)).toBe(true);
  running.child.kill(signal);
  await (signal === 'SIGINT' ? running.ended : running.ended.catch(() => {}));
  await until('it is gone', () => !isAlive(pid));
});
