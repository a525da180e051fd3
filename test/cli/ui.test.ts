import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { useQueue } from '../queue-under-test';
import { until } from '../until';
import { Rwq, rwq } from './rwq';

const queue = useQueue();
let bin: string;

beforeEach(() => {
  bin = mkdtempSync(join(tmpdir(), 'rwq-'));
});
afterEach(() => rmSync(bin, { recursive: true }));

const env = () => ({ REDIS_URL: queue.server.url, PATH: `${bin}:${process.env.PATH}`, SEEN: join(bin, 'seen') });

/** A program on the PATH. */
function install(name: string, script: string): void {
  writeFileSync(join(bin, name), `#!${process.execPath}\n${script}`, { mode: 0o755 });
}

/** The command, once it serves the page. */
async function serve(...args: string[]): Promise<{ command: Rwq; url: URL }> {
  const command = new Rwq(['ui', ...args], { env: env() });
  const [, url] = await Promise.race([
    until(
      'an address',
      () => /^The queues are at (\S+)$/m.exec(command.stdout) ?? [],
      ([found]) => found !== undefined,
    ),
    command.ended.then(({ stderr }) => {
      throw new Error(stderr);
    }),
  ]);
  return { command, url: new URL(url as string) };
}

// biome-ignore lint/suspicious/noExplicitAny: each test knows what it asked for
const json = async (url: URL, path: string): Promise<any> => (await fetch(new URL(path, url))).json();

async function takenPort(): Promise<{ port: string; close: () => void }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: String((server.address() as AddressInfo).port), close: () => server.close() };
}

test('serves the page on loopback alone, and only looks, until Ctrl-C', async () => {
  await queue.fill('a', 'b');
  const { command, url } = await serve();
  expect([url.hostname, url.search]).toEqual(['127.0.0.1', '']);
  expect(await (await fetch(url)).text()).toContain('/app.js');
  const { store, writable, queues } = await json(url, '/api/queues');
  expect({ store, writable, queues }).toEqual({
    store: `127.0.0.1:${queue.server.port}`,
    writable: false,
    queues: [expect.objectContaining({ name: queue.name, waiting: 2 })],
  });
  expect(command.stderr).toContain('--write');
  command.child.kill('SIGINT');
  expect(await command.ended).toMatchObject({ code: 130, stderr: expect.not.stringContaining('rwq:') });
});

test('--write lets the page change queues, --queue shows some, --port is where it listens', async () => {
  await queue.fill('a');
  const { port, close } = await takenPort();
  close();
  const { command, url } = await serve('--write', '--queue', 'other', '--port', port);
  expect(url.port).toBe(port);
  const { writable, queues } = await json(url, '/api/queues');
  expect([writable, queues.map(({ name }: { name: string }) => name)]).toEqual([true, ['other']]);
  command.child.kill('SIGTERM');
  expect((await command.ended).code).toBe(143);
});

test('a port that is taken is refused where it was given, and else another one is found', async () => {
  const { port, close } = await takenPort();
  try {
    expect(await rwq(['ui', '--port', port], { env: env() })).toEqual(
      expect.objectContaining({
        code: 1,
        stdout: '',
        stderr: `rwq: Port ${port} of 127.0.0.1 is taken. Give another one with --port, or leave --port out for a free one.\n`,
      }),
    );
  } finally {
    close();
  }
  // Whether the first of them gets the usual port or not: the second one does not.
  const [one, two] = [await serve(), await serve()];
  expect(one.url.port).not.toBe(two.url.port);
  for (const { url, command } of [one, two]) {
    expect((await fetch(url)).status).toBe(200);
    command.child.kill('SIGTERM');
    await command.ended;
  }
});

test('--host asks for the token that it prints, and says what is wrong with it', async () => {
  const { url, command } = await serve('--host', '0.0.0.0');
  expect([url.hostname, url.searchParams.get('token')]).toEqual(['0.0.0.0', expect.stringMatching(/^[\w-]{32}$/)]);
  expect((await fetch(new URL('/api/queues', url))).status).toBe(401);
  expect((await fetch(url, { redirect: 'manual' })).status).toBe(303);
  command.child.kill('SIGTERM');
  await command.ended;
  for (const [host, problem] of [
    ['192.0.2.1', 'is no address of this machine'],
    ['no-such-host.invalid', 'leads nowhere'],
  ] as const) {
    const { code, stderr } = await rwq(['ui', '--host', host], { env: env() });
    expect([code, stderr]).toEqual([1, expect.stringContaining(problem)]);
  }
});

test('--open opens the browser, and says what to do where there is none', async () => {
  install('xdg-open', `require('fs').writeFileSync(process.env.SEEN, process.argv[2])`);
  const { url, command } = await serve('--open');
  const seen = () => {
    try {
      return readFileSync(join(bin, 'seen'), 'utf8');
    } catch {
      return '';
    }
  };
  if (process.platform === 'linux') await until('it is opened', seen, (text) => text === url.href);
  command.child.kill('SIGTERM');
  await command.ended;
  const without = new Rwq(['ui', '--open'], { env: { ...env(), PATH: bin.replace(/$/, '/none') } });
  if (process.platform === 'linux') await until('a note', () => without.stderr.includes('Open the address yourself'));
  without.child.kill('SIGTERM');
  await without.ended;
});

test('through kubectl port-forward, which is started again where it ends', async () => {
  install(
    'kubectl',
    `const net = require('net');
     const fs = require('fs');
     if (fs.existsSync(process.env.SEEN + '-no-more')) {
       console.error('Error from server (NotFound): services "redis" not found');
       process.exit(1);
     }
     const server = net.createServer((here) => {
       const there = net.connect(${queue.server.port}, '127.0.0.1');
       here.pipe(there).pipe(here);
       here.on('error', () => {}); there.on('error', () => {});
     }).listen(Number(process.argv.at(-1).split(':')[0]), '127.0.0.1', () => console.log('Forwarding from 127.0.0.1:' + server.address().port + ' -> 6379'));
     fs.writeFileSync(process.env.SEEN, String(process.pid));
     process.on('SIGUSR2', () => { console.error('lost connection to pod'); process.exit(1); });`,
  );
  await queue.fill('a');
  const { url, command } = await serve('--kube', 'jobs/redis');
  expect(await json(url, '/api/queues')).toMatchObject({
    store: 'jobs/redis',
    queues: expect.arrayContaining([expect.objectContaining({ name: queue.name })]),
  });
  const seen = () => Number(readFileSync(join(bin, 'seen'), 'utf8'));
  const first = seen();
  writeFileSync(join(bin, 'seen-no-more'), '');
  process.kill(first, 'SIGUSR2');
  await until('why it cannot be started is said', () => /"redis" not found. Trying again/.test(command.stderr));
  expect(command.stderr).toMatch(/lost connection to pod\. Starting it again/);
  rmSync(join(bin, 'seen-no-more'));
  await until(
    'the page has its queues again',
    async () => (await json(url, '/api/queues')).queues,
    (queues) => seen() !== first && queues?.length > 0,
  );
  await until('that is said', () => command.stderr.includes('kubectl forwards to redis again'));
  expect(command.stderr.match(/not found/g)).toHaveLength(1);
  command.child.kill('SIGTERM');
  expect((await command.ended).code).toBe(143);
  expect(() => process.kill(seen(), 0)).toThrow('ESRCH');
});

test.each([
  [['--url', 'redis://127.0.0.1:1', '--timeout', '0.1'], 84, 'did not answer'],
  [['--queue', 'a{b}'], 2, 'braces'],
  [['--port', '0'], 2, 'Allowed are whole numbers from 1 to 65535'],
  [['--kube', 'Redis!'], 2, '[namespace/]service[:port]'],
] as const)('%j ends with %i', async (args, expected, problem) => {
  const { code, stderr, stdout } = await rwq(['ui', ...args], { env: env() });
  expect([code, stderr, stdout]).toEqual([expected, expect.stringContaining(problem), '']);
});

test('a user of Redis who may not look at all keys is told to name queues', async () => {
  await queue.redis.acl('SETUSER', 'narrow', 'on', '>pass', `~${queue.name}`, `~{${queue.name}}:*`, '+@all', '-scan');
  await queue.fill('a');
  const narrow = { ...env(), REDIS_USERNAME: 'narrow', REDIS_PASSWORD: 'pass' };
  const { code, stderr } = await rwq(['ui'], { env: narrow });
  expect([code, stderr]).toEqual([81, expect.stringMatching(/does not let this user list its queues.*name the queue/)]);
  const named = new Rwq(['ui', '--queue', queue.name], { env: narrow });
  await until('it serves', () => named.stdout.includes('The queues are at'));
  named.child.kill('SIGTERM');
  await named.ended;
});
