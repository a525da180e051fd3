import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { type RedisServer, startRedisServer } from '../local/redis';
import { defineQueue, WorkQueue } from '../worker';
import { EXIT } from '../worker/contract';
import { ConfigurationError } from '../worker/errors';
import { Connection } from '../worker/redis/connection';
import { expectEnding, useQueue } from './queue-under-test';

// A password that is mounted as a file, and replaced while its readers run: rotated, or short-lived.

const queue = useQueue();
let folder: string;
let guarded: RedisServer;
let admin: Redis;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'password-file-'));
  guarded = await startRedisServer({ password: 'first' });
  admin = new Redis(guarded.port, { password: 'first' });
  admin.on('error', () => {});
});
afterAll(async () => {
  admin?.disconnect();
  await guarded?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** The address without the credentials that are in it. */
const url = () => `redis://127.0.0.1:${guarded.port}`;

function file(password: string, name = 'password'): string {
  writeFileSync(join(folder, name), password);
  return join(folder, name);
}

/** Another password, and nobody who came by the one before stays. */
async function rotate(password: string): Promise<void> {
  await admin.config('SET', 'requirepass', password);
  await admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
}

test('a worker whose password is rotated goes on with the new one, even if that comes late; nothing is charged', async () => {
  await rotate('first');
  const passwordFile = file('first\n');
  await admin.rpush(queue.name, 'wait apple', 'banana');
  const env = { REDIS_PASSWORD_FILE: passwordFile, REDIS_PASSWORD: 'never', WORK_QUEUE_LEASE_MS: '4000' };
  const worker = queue.start(env, { url: url() });
  await worker.line(/started .*wait apple/);
  for (const password of ['second', 'third']) {
    await rotate(password);
    worker.tell(password === 'third' ? 'wait apple' : 'nothing');
    // It has been refused before the file changes.
    const refused = async () =>
      Number(/errorstat_WRONGPASS:count=(\d+)/.exec(await admin.info('errorstats'))?.[1] ?? 0);
    for (const before = await refused(); (await refused()) === before; )
      await new Promise((next) => setTimeout(next, 20));
    file(password);
  }
  expect(await worker.ended).toMatchObject({ code: 0 });
  expect(await admin.hgetall(queue.keys.attempts)).toEqual({});
  await rotate('first');
});

test('a connection whose password ends while it is open comes again with the new one', async () => {
  await admin.call('ACL', 'SETUSER', 'short', 'on', '>one', '~*', '+@all');
  const passwordFile = file('one', 'short');
  const connection = new Connection({ url: url(), username: 'short', passwordFile });
  try {
    expect(await connection.command('PING')).toBe('PONG');
    // As Redis says it to whoever is not known any more, without the end of the connection.
    await expect(connection.command('AUTH', 'short', 'wrong')).rejects.toThrow('WRONGPASS');
    await admin.call('ACL', 'SETUSER', 'short', 'resetpass', '>two');
    await expect(connection.command('PING')).rejects.toThrow('WRONGPASS');
    file('two', 'short');
    expect(await connection.command('PING')).toBe('PONG');
    // Whoever replaces the file is not done yet.
    for (const half of ['', '\n']) {
      file(half, 'short');
      connection.disconnect();
      expect(await connection.command('PING')).toBe('PONG');
    }
  } finally {
    await connection.close();
  }
});

test.each([
  ['bare', 'first'],
  ['with a line break behind', 'first\n'],
  ['with that of Windows', 'first\r\n'],
])('%s, it goes before every other password', async (_, text) => {
  const withOther = url().replace('//', '//default:other@');
  const client = new WorkQueue(defineQueue({ name: queue.name }), {
    url: withOther,
    password: 'another',
    passwordFile: file(text),
  });
  await expect(client.status()).resolves.toMatchObject({ waiting: 0 });
  await client.close();
});

test.each([
  [
    'is not there',
    () => join(folder, 'nowhere'),
    /^the file of the password ".*" cannot be read: .*leave REDIS_PASSWORD_FILE unset$/,
  ],
  ['is a folder', () => folder, /cannot be read/],
  ['is empty', () => file('', 'empty'), /^the file of the password ".*empty" is empty; it must hold the password/],
  ['holds a line break alone', () => file('\n', 'empty'), /is empty/],
])('81: a file that %s', (_, passwordFile, message) => {
  const connect = () => new Connection({ url: url(), passwordFile: passwordFile() });
  expect(connect).toThrow(ConfigurationError);
  expect(connect).toThrow(message);
});

test('81: a file with a wrong password, or with a space behind it', async () => {
  const worker = (text: string) => queue.start({ REDIS_PASSWORD_FILE: file(text) }, { url: url() });
  await expectEnding(worker('wrong'), EXIT.configuration, 'Check REDIS_USERNAME and REDIS_PASSWORD_FILE, and');
  await expectEnding(worker('first \n'), EXIT.configuration, 'the password ends with a space');
});
