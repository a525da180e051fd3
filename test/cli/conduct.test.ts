import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { type RedisServer, startRedisServer } from '../../local/redis';
import { until } from '../until';
import { Rwq, rwq } from './rwq';

const ROOT = join(__dirname, '..', '..');
const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const COMMANDS = [
  'agent',
  'fill',
  'seal',
  'status',
  'dead',
  'results',
  'pause',
  'resume',
  'cancel',
  'purge',
  'ui',
  'scale',
  'run',
  'explain',
  'init',
  'completion',
];
const LEAVES = [...COMMANDS.filter((name) => name !== 'dead'), 'dead list', 'dead show', 'dead retry', 'dead drop'];

let server: RedisServer;
let scratch: string;

beforeAll(async () => {
  server = await startRedisServer();
  scratch = mkdtempSync(join(tmpdir(), 'rwq-'));
});
afterAll(async () => {
  await server.stop();
  rmSync(scratch, { recursive: true });
});

const env = (queue = 'job2') => ({ REDIS_URL: server.url, WORK_QUEUE_NAME: queue });

/** Runs a line of shell, with `rwq` as the command line. */
async function shell(line: string, more: NodeJS.ProcessEnv = {}, program = 'bash') {
  const { PATH, HOME } = process.env;
  const rwqHere = `rwq() { ${process.execPath} ${join(ROOT, 'build/cli/rwq.js')} "$@"; }\n`;
  const child = spawn(program, ['-c', rwqHere + line], { env: { PATH, HOME, ...env(), ...more } });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const [code] = await once(child, 'close');
  return { code, stdout, stderr };
}

test('--version', async () => {
  expect(await rwq(['--version'])).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: '' });
});

test('--help names every command', async () => {
  const { code, stdout } = await rwq(['--help']);
  expect(code).toBe(0);
  for (const name of COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${name}\\b`, 'm'));
});

test.each(LEAVES)('%s --help has examples', async (command) => {
  const { code, stdout } = await rwq([...command.split(' '), '--help']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/\nExamples:\n {2}\S/);
  expect(stdout).toContain(`rwq ${command}`);
});

test('the help of no command loads a Redis client or a YAML library', async () => {
  const program = join(ROOT, 'build/cli/rwq.js');
  const script = `process.argv.push('--help'); process.on('exit', () => console.log(Object.keys(require.cache).join('\\n')));
    require(${JSON.stringify(program)})`;
  const child = spawn(process.execPath, ['-e', script, program]);
  let stdout = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  await once(child, 'close');
  expect(stdout).toContain('rwq.js');
  expect(stdout).not.toContain('node_modules');
});

describe('usage errors exit 2, say what is allowed, and do nothing', () => {
  test.each([
    [[], 'Usage: rwq'],
    [['nonsense'], "unknown command 'nonsense'"],
    [['statsu'], 'Did you mean status?'],
    [['fill'], "missing required argument 'file'"],
    [['status', '--exitcode'], 'Did you mean --exit-code?'],
    [['status', '--interval', '0'], 'more than 0'],
    [['dead', 'show', 'x'], 'whole numbers from 1 on'],
    [['run', 'x.js', '--items', 'y', '--workers', '0'], 'whole numbers from 1 to 256'],
    [['completion', 'tcsh'], 'bash, zsh, fish'],
    [['status', '--queue', 'a{b}'], 'braces are not allowed'],
    [['status', '--kube', 'Redis!', '--queue', 'q'], '[namespace/]service[:port]'],
    [['status', '--kube', 'redis', '--url', 'redis://x'], 'cannot be used with'],
    [['status', '--kube-context', 'test', '--queue', 'q', '--url', 'redis://x'], '--kube-context goes with --kube'],
    [['status', '--interval', '5', '--queue', 'q', '--url', 'redis://x'], '--interval goes with --watch'],
  ])('%j', async (args, message) => {
    const { code, stderr } = await rwq(args);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) });
    expect(stderr).not.toMatch(/^ +at /m);
  });

  test('no queue, no Redis', async () => {
    expect((await rwq(['status'], { env: { REDIS_URL: server.url } })).stderr).toContain('--queue NAME');
    const { code, stderr } = await rwq(['status', '--queue', 'q']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/--url .*--kube .*REDIS_URL/);
  });
});

test('errors have no stack trace, unless --debug asks for it', async () => {
  const args = ['dead', 'show', '7'];
  expect((await rwq(args, { env: env() })).stderr).not.toMatch(/^ +at /m);
  expect((await rwq([...args, '--debug'], { env: env() })).stderr).toMatch(/^ +at /m);
});

test('a Redis that is not there: exit 84, after --timeout', async () => {
  const gone = await startRedisServer();
  await gone.stop();
  const { code, stderr } = await rwq(['status', '--url', gone.url, '--queue', 'q', '--timeout', '0.3']);
  expect(code).toBe(84);
  expect(stderr).toMatch(/did not answer for .*ECONNREFUSED/);
});

test('a Redis that takes connections and says nothing: exit 84, after --timeout', async () => {
  const silent = createServer((socket) => socket.on('error', () => {}).resume()).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const url = `redis://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const { code, stderr } = await rwq(['status', '--url', url, '--queue', 'q', '--timeout', '1']);
  silent.close();
  expect({ code, stderr }).toEqual({
    code: 84,
    stderr: expect.stringMatching(/did not answer for \d+ s: no answer within/),
  });
});

test('the head of a long list is enough: no EPIPE', async () => {
  const redis = new Redis(server.url);
  const header = JSON.stringify({ reason: 'handler', attempts: 1, at: 0, error: 'e' });
  const letters = Array.from({ length: 3_000 }, (_, i) => [String(i + 1), `${header}\n${'x'.repeat(100)}`]);
  await redis.hset('{long}:dead', ...letters.flat());
  redis.disconnect();
  const { code, stdout, stderr } = await shell('set -o pipefail; rwq dead list --json --queue long | head -2');
  expect({ code, stderr, lines: stdout.split('\n').length }).toEqual({ code: 0, stderr: '', lines: 3 });
});

describe('colours', () => {
  const status = (more: NodeJS.ProcessEnv) => rwq(['status'], { env: { ...env(), ...more } });

  test('none into a pipe', async () => {
    expect((await status({})).stdout).not.toContain('\u001b');
  });

  test('FORCE_COLOR asks for them, NO_COLOR has the last word', async () => {
    expect((await status({ FORCE_COLOR: '1' })).stdout).toContain('\u001b[');
    expect((await status({ FORCE_COLOR: '1', NO_COLOR: '1' })).stdout).not.toContain('\u001b');
  });
});

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s ends it with %i and no words', async (signal, expected) => {
  const watching = new Rwq(['status', '--watch', '--interval', '60'], { env: env('w') });
  await until('a line', () => watching.stdout.includes('waiting=0'));
  watching.child.kill(signal);
  const { code, stderr } = await watching.ended;
  expect({ code, stderr }).toEqual({ code: expected, stderr: '' });
});

test('a fill that is broken off says what is in, and how to go on', async () => {
  const filling = spawn(process.execPath, [join(ROOT, 'build/cli/rwq.js'), 'fill', '-', '--batch-id', 'b'], {
    env: { PATH: process.env.PATH, ...env('broken') },
  });
  let stderr = '';
  filling.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  filling.stdin.write('item\n'.repeat(2_500));
  const redis = new Redis(server.url);
  await until(
    '2000 items are filled in',
    () => redis.llen('broken'),
    (items) => items === 2_000,
  );
  redis.disconnect();
  filling.kill('SIGINT');
  const [code] = await once(filling, 'close');
  expect(code).toBe(130);
  expect(stderr).toContain('2,000 items went into the queue before it ended. Run the same command again');
});

describe('--kube', () => {
  /** A kubectl that forwards to the private Redis, and leaves its arguments and its process id behind. */
  function kubectl(script: string): NodeJS.ProcessEnv {
    const bin = mkdtempSync(join(scratch, 'bin-'));
    writeFileSync(join(bin, 'kubectl'), `#!${process.execPath}\n${script}`, { mode: 0o755 });
    return { PATH: `${bin}:${process.env.PATH}`, SEEN: join(bin, 'seen'), WORK_QUEUE_NAME: 'kube' };
  }
  const forwards = (port: number) => `
    const net = require('net'), fs = require('fs');
    fs.writeFileSync(process.env.SEEN, JSON.stringify({ args: process.argv.slice(2), pid: process.pid }));
    const server = net.createServer((here) => {
      const there = net.connect(${port}, '127.0.0.1');
      here.pipe(there).pipe(here);
      here.on('error', () => {}); there.on('error', () => {});
    }).listen(0, '127.0.0.1', () => setTimeout(() =>
      console.log('Forwarding from 127.0.0.1:' + server.address().port + ' -> 6379'), 50));`;
  const seen = (where: NodeJS.ProcessEnv) =>
    JSON.parse(readFileSync(where.SEEN!, 'utf8')) as { args: string[]; pid: number };
  const alive = (pid: number) => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };

  test('opens a way to the Service and closes it', async () => {
    const where = kubectl(forwards(server.port));
    const args = ['fill', '-', '--kube', 'jobs/redis', '--kube-context', 'test'];
    const { code, stderr } = await rwq(args, { env: { ...where, REDIS_URL: 'redis://127.0.0.1:1' }, input: 'a\nb' });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { args: given, pid } = seen(where);
    expect(given.join(' ')).toBe(
      'port-forward --address 127.0.0.1 --context test --namespace jobs service/redis :6379',
    );
    expect(alive(pid)).toBe(false);
  });

  test.each(['SIGINT', 'SIGTERM'] as const)('closes it on %s as well', async (signal) => {
    const where = kubectl(forwards(server.port));
    const watching = new Rwq(['status', '--watch', '--interval', '60', '--kube', 'redis:6380'], { env: where });
    await until('a line', () => watching.stdout.includes('waiting='));
    watching.child.kill(signal);
    expect((await watching.ended).code).toBe(signal === 'SIGINT' ? 130 : 143);
    expect(seen(where).args.at(-1)).toBe(':6380');
    expect(alive(seen(where).pid)).toBe(false);
  });

  test('Ctrl-C while it opens', async () => {
    const where = kubectl(`require('fs').writeFileSync(process.env.SEEN, JSON.stringify({ pid: process.pid }));
      setInterval(() => {}, 1000)`);
    const status = new Rwq(['status', '--kube', 'redis'], { env: where });
    await until('it is seen', () => existsSync(where.SEEN!) && readFileSync(where.SEEN!, 'utf8') !== '');
    status.child.kill('SIGINT');
    const { code, stderr } = await status.ended;
    expect({ code, stderr }).toEqual({ code: 130, stderr: '' });
    await until('its process is gone', () => !alive(seen(where).pid));
  });

  test('kubectl that fails is quoted', async () => {
    const where =
      kubectl(`console.error('E1125 00:00:00 memcache.go:265] no'); console.error('E1125 00:00:00 memcache.go:265] no');
      console.error('Error from server (NotFound): services "redis" not found'); process.exit(1)`);
    const { code, stderr } = await rwq(['status', '--kube', 'redis'], { env: where });
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/^rwq: kubectl port-forward .* ended \(exit 1\): Error from server .*not found\n$/),
    });
  });

  test('kubectl that ends in the middle, and comes back to nothing, is told beside the silent Redis', async () => {
    const where = kubectl(`if (require('fs').existsSync(process.env.SEEN)) { setInterval(() => {}, 1000); return; }
      ${forwards(server.port)}
      process.on('SIGUSR2', () => { console.error('lost connection to pod'); process.exit(1); });`);
    const args = ['status', '--watch', '--interval', '0.05', '--timeout', '2', '--kube', 'redis'];
    const watching = new Rwq(args, { env: where });
    await until('a line', () => watching.stdout.includes('waiting='));
    process.kill(seen(where).pid, 'SIGUSR2');
    const { code, stderr } = await watching.ended;
    expect({ code, stderr }).toEqual({
      code: 84,
      stderr: expect.stringMatching(/lost connection to pod\. Starting it again\n(.*\n)*.*did not answer/),
    });
  });

  test('no kubectl', async () => {
    const { code, stderr } = await rwq(['status', '--kube', 'redis', '--queue', 'q'], { env: { PATH: scratch } });
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('--kube needs kubectl') });
  });
});

describe('completion', () => {
  test('bash completes commands, options and files', async () => {
    writeFileSync(join(scratch, 'fruits.txt'), '');
    const { stdout } = await shell(
      `source <(rwq completion bash)
       complete -p rwq redis-work-queue cdk8s-redis-work-queue >/dev/null || exit 1
       cd ${scratch}
       try() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _rwq; echo "\${COMPREPLY[*]}"; }
       try rwq st; try rwq dead ''; try rwq dead list --js; try rwq fill fru; try rwq run --items fru
       try rwq status --queue ''; try rwq completion fi`,
    );
    expect(stdout.split('\n')).toEqual([
      'status',
      'list show run retry drop --help',
      '--json',
      'fruits.txt',
      'fruits.txt',
      '',
      'fish',
      '',
    ]);
  });

  test.each(['zsh', 'fish'])('%s names every command and its options', async (name) => {
    const { stdout, code } = await rwq(['completion', name]);
    expect(code).toBe(0);
    for (const word of [...COMMANDS, 'exit-code', 'batch-id', 'kube']) expect(stdout).toContain(word);
  });
});
