import { Redis } from 'ioredis';
import { Authority, CAN_ISSUE } from '../../local/redis/authority';
import { startTcpProxy } from '../../local/tcp-proxy';
import { defineQueue, WorkQueue } from '../../worker';
import { EXIT } from '../../worker/contract';
import { Connection } from '../../worker/redis/connection';
import { expectEnding, useQueue } from '../queue-under-test';
import { startTlsRedis, type TlsRedis } from '../tls-redis';

const why = CAN_ISSUE ? '' : ' (not run: there is no openssl)';

(CAN_ISSUE ? describe : describe.skip)(`a Redis with TLS${why}`, () => {
  const queue = useQueue();
  let authority: Authority;
  let redis: TlsRedis;

  beforeAll(async () => {
    authority = new Authority();
    redis = await startTlsRedis(authority, authority.issue());
  });

  afterAll(async () => {
    await redis.server.stop();
    authority.remove();
  });

  test('a server whose authority is trusted', async () => {
    const client = new WorkQueue(defineQueue({ name: queue.name }), { url: redis.url, caFile: authority.file });
    await client.fill(['apple'], { seal: true });
    await client.close();
    const worker = queue.start({ REDIS_CA_FILE: authority.file }, { url: redis.url });
    await expectEnding(worker, EXIT.drained, 'queue: 1 item, 1 done');
  });

  describe('81: the server cannot be trusted', () => {
    test.each(['127.0.0.1', 'localhost'])('its authority is unknown: %s', async (host) => {
      const worker = queue.start({}, { url: `rediss://:secret@${host}:${redis.port}` });
      const { summary } = await expectEnding(
        worker,
        EXIT.configuration,
        'its certificate is from an authority that this process does not trust: name that in `certificateAuthorities`',
      );
      expect(summary).toContain('REDIS_CA_FILE');
      expect(summary).not.toContain('secret');
    });

    test.each([
      ['it signed its certificate itself', { selfSigned: true }, 'from an authority that this process does not trust'],
      ['its certificate has expired', { days: -1 }, 'its certificate has expired'],
      [
        'its certificate is for another host',
        { names: 'DNS:redis.example.com' },
        'its certificate is for another host',
      ],
    ])('%s', async (_, certificate, problem) => {
      const other = await startTlsRedis(authority, authority.issue(certificate));
      try {
        const worker = queue.start({ REDIS_CA_FILE: authority.file }, { url: other.url });
        await expectEnding(worker, EXIT.configuration, problem);
        const client = new WorkQueue(defineQueue({ name: queue.name }), { url: other.url, caFile: authority.file });
        await expect(client.status()).rejects.toThrow(problem);
        await client.close();
      } finally {
        await other.server.stop();
      }
    });
  });

  describe('81: the address says the wrong thing of TLS', () => {
    test('it has none', async () => {
      const worker = queue.start({}, { url: `rediss://localhost:${redis.server.port}` });
      await expectEnding(worker, EXIT.configuration, 'it does not speak TLS on this port: use redis://');
    });

    test('it has it', async () => {
      const worker = queue.start({}, { url: `redis://localhost:${redis.port}` });
      await expectEnding(worker, EXIT.configuration, 'it speaks TLS on this port: use rediss://');
    });
  });

  test('84: what was trusted, and has expired since', async () => {
    const files = authority.issue();
    const other = await startTlsRedis(authority, files);
    const admin = new Redis(other.server.url);
    try {
      await admin.rpush(queue.name, 'wait apple', 'banana');
      const worker = queue.start(
        { WORK_QUEUE_STORE_TIMEOUT_MS: 10_000, REDIS_CA_FILE: authority.file },
        { url: other.url },
      );
      await worker.line(/started .*wait apple/);
      authority.replace(files, authority.issue({ days: -1 }));
      await admin.config('SET', 'tls-cert-file', files.certificate, 'tls-key-file', files.key);
      await admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
      worker.tell('wait apple');
      await expectEnding(worker, EXIT.storeUnreachable, 'certificate has expired');
    } finally {
      admin.disconnect();
      await other.server.stop();
    }
  });

  test('a call on a dead line is given up, and the process goes on', async () => {
    const proxy = await startTcpProxy({ port: redis.port });
    const url = `rediss://localhost:${proxy.port}`;
    const connection = new Connection({ url, caFile: authority.file }, { deadline: 8_000 });
    try {
      expect(await connection.command('PING')).toBe('PONG');
      proxy.blackhole(true);
      await expect(connection.command('PING')).rejects.toThrow('no answer within 8000 ms');
      proxy.blackhole(false);
      expect(await connection.command('PING')).toBe('PONG');
    } finally {
      connection.close();
      await proxy.close();
    }
  });

  test('a large call on a slow line counts what was sent', async () => {
    const proxy = await startTcpProxy({ port: redis.port, bytesPerSecond: 2 * 1_048_576 });
    const url = `rediss://localhost:${proxy.port}`;
    const connection = new Connection({ url, caFile: authority.file }, { deadline: 6_000 });
    try {
      expect(await connection.command('SET', queue.name, 'x'.repeat(16 * 1_048_576))).toBe('OK');
    } finally {
      connection.close();
      await proxy.close();
    }
  });
});
