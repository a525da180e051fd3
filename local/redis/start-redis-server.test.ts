import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Redis from 'ioredis';
import { type RedisServer, startRedisServer } from '.';

const started: RedisServer[] = [];
const clients: Redis[] = [];

async function start(...options: Parameters<typeof startRedisServer>): Promise<RedisServer> {
  const server = await startRedisServer(...options);
  started.push(server);
  return server;
}

function client(server: RedisServer, url = server.url): Redis {
  const redis = new Redis(url, { maxRetriesPerRequest: null, disconnectTimeout: 0 });
  redis.on('error', () => {});
  clients.push(redis);
  return redis;
}

afterEach(async () => {
  for (const redis of clients.splice(0)) redis.disconnect();
  for (const server of started.splice(0)) await server.stop();
});

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function eventually(what: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await what())) await new Promise((resolve) => setTimeout(resolve, 10));
}

function listening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

test('it answers as soon as it is there, and leaves nothing behind', async () => {
  const server = await start();
  const pid = server.process.pid!;
  expect(await client(server).ping()).toBe('PONG');
  expect(existsSync(server.dir)).toBe(true);
  await server.stop();
  expect(alive(pid)).toBe(false);
  expect(existsSync(server.dir)).toBe(false);
  expect(() => server.process).toThrow(`The Redis server on port ${server.port} is not running.`);
  await server.stop();
});

test('several at once take a port each', async () => {
  const servers = await Promise.all([start(), start(), start()]);
  const pids = await Promise.all(
    servers.map(async (server) => Number(/process_id:(\d+)/.exec(await client(server).info('server'))?.[1])),
  );
  expect(pids).toEqual(servers.map((server) => server.process.pid));
});

test('a password is asked for, and is not on the command line', async () => {
  const server = await start({ password: 'p@ss "word"/?#' });
  expect(await client(server).ping()).toBe('PONG');
  const stranger = client(server, `redis://127.0.0.1:${server.port}`);
  await expect(stranger.ping()).rejects.toThrow('NOAUTH');
  expect(server.process.spawnargs.join(' ')).not.toContain('word');
});

test('arguments reach the server', async () => {
  const server = await start({ args: ['--maxmemory', '8mb'] });
  expect(await client(server).config('GET', 'maxmemory')).toEqual(['maxmemory', String(8 * 1024 * 1024)]);
});

test('a port that is taken is an error that says so', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as { port: number };
  await expect(start({ port })).rejects.toThrow(/ended \(1\) before it was ready:.*already in use/is);
  taken.close();
});

test('a server that dislikes its arguments says why', async () => {
  await expect(start({ args: ['--no-such-setting', '1'] })).rejects.toThrow(/before it was ready:.*no-such-setting/s);
});

test('with an append-only file a crash loses nothing', async () => {
  const server = await start({ appendOnly: true });
  const redis = client(server);
  await redis.rpush('job2', 'apple');
  const before = server.process.pid;
  await server.restart('SIGKILL');
  expect(server.process.pid).not.toBe(before);
  expect(await redis.lrange('job2', 0, -1)).toEqual(['apple']);
});

test('without one a restart comes back empty, on the same port', async () => {
  const server = await start();
  const redis = client(server);
  await redis.rpush('job2', 'apple');
  await server.restart();
  expect(await redis.exists('job2')).toBe(0);
});

test('killed and started later', async () => {
  const server = await start({ appendOnly: true });
  const redis = client(server);
  await redis.set('fruit', 'apple');
  await server.kill();
  const reply = redis.get('fruit');
  await server.start();
  expect(await reply).toBe('apple');
});

test('paused, it keeps its connections and answers later; it can be stopped while paused', async () => {
  const server = await start();
  const redis = client(server);
  await redis.ping();
  server.pause();
  let answered = false;
  const reply = redis.ping().then(() => {
    answered = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(answered).toBe(false);
  server.resume();
  await reply;
  server.pause();
  await server.stop();
});

test('a given folder stays', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'kept-'));
  const server = await start({ dir, appendOnly: true });
  await server.stop();
  expect(readdirSync(dir)).toContain('appendonlydir');
  rmSync(dir, { recursive: true });
});

/** The compiled module, in a process that ends in `how` while its server runs. */
test.each([
  ['its end', ''],
  ['an exception', 'throw new Error("oops")'],
  ['process.exit', 'process.exit(3)'],
  ['SIGTERM', 'process.kill(process.pid, "SIGTERM"); setTimeout(() => {}, 60000)'],
  ['SIGKILL', 'process.kill(process.pid, "SIGKILL"); setTimeout(() => {}, 60000)'],
])('the server does not outlive %s of its parent', async (_, how) => {
  const parent = spawn(process.execPath, [
    '-e',
    `require(${JSON.stringify(join(__dirname, '..', '..', 'build', 'local', 'redis'))}).startRedisServer({ appendOnly: true })
      .then((server) => {
        require('fs').writeSync(1, JSON.stringify([server.port, server.dir]));
        ${how}
      })`,
  ]);
  let output = '';
  parent.stdout.on('data', (chunk) => {
    output += chunk;
  });
  await once(parent, 'close');
  const [port, dir] = JSON.parse(output) as [number, string];
  await eventually(async () => !(await listening(port)) && !existsSync(dir));
});
