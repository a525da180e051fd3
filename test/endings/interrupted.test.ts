import { Redis } from 'ioredis';
import { startRedisServer } from '../../local/redis';
import { EXIT } from '../../worker/contract';
import { expectEnding, useQueue } from '../queue-under-test';
import { startRefusing } from './refusing-redis';

const queue = useQueue();

describe('143 and 130: told to end before the queue is drained', () => {
  test.each<[NodeJS.Signals, number]>([
    ['SIGTERM', EXIT.terminated],
    ['SIGINT', EXIT.interrupted],
  ])('%s: %i', async (signal, code) => {
    await queue.push('wait apple', 'banana');
    const worker = queue.start();
    await worker.line(/started .*wait apple/);
    worker.kill(signal);
    await worker.line(`${signal}: no new items`);
    worker.tell('wait apple');
    const { summary } = await expectEnding(worker, code, `Ended by ${signal}, items are left`);
    expect(summary).toContain('queue: ');
    expect(await queue.redis.hget(queue.keys.meta, 'done')).toBe('1');
    expect(await queue.redis.exists(queue.keys.attempts)).toBe(0);
  });

  test('0, if it is drained in fact', async () => {
    await queue.fill('wait apple');
    const worker = queue.start();
    await worker.line(/started .*wait apple/);
    worker.kill('SIGTERM');
    await worker.line('SIGTERM: no new items');
    worker.tell('wait apple');
    await expectEnding(worker, EXIT.drained, 'Queue empty, all done');
  });

  test('143 at once while Redis was never there', async () => {
    const { server: refusing } = await startRefusing('LOADING');
    const { port } = refusing.address() as { port: number };
    const worker = queue.start(
      { WORK_QUEUE_STORE_TIMEOUT_MS: 600_000, WORK_QUEUE_GRACE_MS: 60_000 },
      { url: `redis://127.0.0.1:${port}` },
    );
    await worker.line('does not answer');
    worker.kill('SIGTERM');
    await expectEnding(worker, EXIT.terminated, 'Ended by SIGTERM');
    refusing.close();
  });

  test('143 though Redis does not answer any more', async () => {
    const own = await startRedisServer();
    const client = new Redis(own.url);
    await client.rpush(queue.name, 'listen apple');
    client.disconnect();
    const worker = queue.start({ WORK_QUEUE_GRACE_MS: 4_000 }, { url: own.url });
    await worker.line(/started .*listen apple/);
    await own.stop();
    worker.kill('SIGTERM');
    await expectEnding(worker, EXIT.terminated, 'Ended by SIGTERM');
  });
});

describe('1: anything else', () => {
  test('an error that nobody catches, charged to what ran', async () => {
    await queue.push('uncaught 1', 'banana');
    await expectEnding(queue.start(), EXIT.unexpected, 'ended by an uncaught error: Error: nobody catches this');
    expect(await queue.attempts()).toEqual({ 1: '1 1' });
    expect(await queue.redis.zcard(queue.keys.leases)).toBe(0);
  });
});
