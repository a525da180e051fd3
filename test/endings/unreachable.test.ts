import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { Redis } from 'ioredis';
import { type RedisServer, startRedisServer } from '../../local/redis';
import { EXIT } from '../../worker/contract';
import { expectEnding, useQueue } from '../queue-under-test';
import { until } from '../until';
import { startRefusing } from './refusing-redis';

const queue = useQueue();

describe('84: Redis does not answer for the store timeout', () => {
  const patience = { WORK_QUEUE_STORE_TIMEOUT_MS: 4_000 };

  test('nobody listens', async () => {
    const refusing = await startRefusing('');
    const { port } = refusing.server.address() as { port: number };
    await new Promise((resolve) => refusing.server.close(resolve));
    const worker = queue.start(patience, { url: `redis://:secret@127.0.0.1:${port}` });
    const { summary } = await expectEnding(
      worker,
      EXIT.storeUnreachable,
      `Redis at redis://127.0.0.1:${port} did not answer for`,
    );
    expect(summary).toContain('ECONNREFUSED');
    expect(worker.lines.join('\n')).not.toContain('secret');
  });

  test('it takes connections and says nothing', async () => {
    const silent = createServer((socket) => socket.on('error', () => {}).resume());
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as { port: number };
    const worker = queue.start(patience, { url: `redis://127.0.0.1:${port}` });
    await expectEnding(worker, EXIT.storeUnreachable, 'did not answer for');
    silent.close();
  });

  test.each([
    'LOADING Redis is loading the dataset in memory',
    'MASTERDOWN Link with MASTER is down',
    'BUSY Redis is busy running a script',
    'TRYAGAIN Multiple keys request during rehashing of slot',
    'CLUSTERDOWN The cluster is down',
  ])('%s', async (error) => {
    const refusing = await startRefusing(error);
    const { port } = refusing.server.address() as { port: number };
    const worker = queue.start(patience, { url: `redis://127.0.0.1:${port}` });
    await expectEnding(worker, EXIT.storeUnreachable, error);
    refusing.server.close();
  });

  test('it takes no SELECT at the time, and is asked for nothing in another database', async () => {
    const refusing = await startRefusing('LOADING Redis is loading the dataset in memory', 'SELECT');
    const { port } = refusing.server.address() as { port: number };
    const worker = queue.start(patience, { url: `redis://127.0.0.1:${port}/3` });
    await expectEnding(worker, EXIT.storeUnreachable, 'LOADING');
    expect(new Set(refusing.heard)).toEqual(new Set(['SELECT', 'CLIENT']));
    refusing.server.close();
  });

  /** A worker in the middle of its work, while Redis turns against it. */
  async function refusedInTheMiddle(trouble: (admin: Redis, own: RedisServer) => Promise<unknown>, error: string) {
    const own = await startRedisServer({ args: ['--dbfilename', 'dump.rdb'] });
    const admin = new Redis(own.url);
    admin.on('error', () => {});
    try {
      await admin.rpush(queue.name, 'wait apple', 'banana');
      const worker = queue.start({ WORK_QUEUE_STORE_TIMEOUT_MS: 10_000 }, { url: own.url });
      await worker.line(/started .*wait apple/);
      await trouble(admin, own);
      worker.tell('wait apple');
      await expectEnding(worker, EXIT.storeUnreachable, error);
    } finally {
      admin.disconnect();
      await own.stop();
    }
  }

  test('READONLY: it became a replica', () =>
    refusedInTheMiddle((admin) => admin.replicaof('127.0.0.1', '1'), 'READONLY'));

  test('MISCONF: it cannot write its snapshot', () =>
    refusedInTheMiddle(async (admin, own) => {
      mkdirSync(`${own.dir}/dump.rdb`);
      await admin.config('SET', 'save', '3600 1');
      await admin.bgsave();
      await until(
        'the snapshot has failed',
        () => admin.info('persistence'),
        (info) => info.includes('rdb_last_bgsave_status:err'),
      );
    }, 'MISCONF'));

  test('the password was changed', () =>
    refusedInTheMiddle(async (admin) => {
      await admin.config('SET', 'requirepass', 'rotated');
      await admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    }, 'did not answer for '));
});
