import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { type RedisServer, startRedisServer } from '../../local/redis';
import { EXIT } from '../../worker/contract';
import { expectEnding, useQueue } from '../queue-under-test';
import { expectNoRerun, startTwo } from './two-workers';

const queue = useQueue({ appendOnly: true });
/** A worker that a busy machine keeps waiting for seconds still renews it in time. */
const LEASE = 6_000;

const env = { WORK_QUEUE_LEASE_MS: LEASE };

test.each<NodeJS.Signals>(['SIGTERM', 'SIGKILL'])('Redis comes back from its log after %s', async (signal) => {
  const workers = await startTwo(queue, env);
  await queue.server.restart(signal);
  await expectNoRerun(queue, workers);
});

test('Redis is away for longer than the lease', async () => {
  const workers = await startTwo(queue, env);
  await queue.server.kill('SIGKILL');
  await sleep(1.3 * LEASE);
  await queue.server.start();
  await expectNoRerun(queue, workers);
});

test('Redis stands still for longer than the lease', async () => {
  const workers = await startTwo(queue, env);
  queue.server.pause();
  await sleep(1.3 * LEASE);
  queue.server.resume();
  await expectNoRerun(queue, workers);
});

describe('82: Redis comes back', () => {
  let forgetful: RedisServer;

  beforeEach(async () => {
    forgetful = await startRedisServer();
  });

  afterEach(() => forgetful.stop());

  test.each([
    ['empty', '', 'Redis came back without the queue'],
    ['with another queue of the name', 'cherry', 'Redis came back with another queue of this name'],
  ])('%s', async (_, item, message) => {
    const before = new Redis(forgetful.url);
    await before.rpush(queue.name, 'wait apple', 'banana');
    before.disconnect();
    const worker = queue.start({}, { url: forgetful.url });
    await worker.line(/started .*wait apple/);
    // It must not look before there is what it is to find.
    worker.kill('SIGSTOP');
    await forgetful.kill('SIGKILL');
    await forgetful.start();
    if (item) {
      const after = new Redis(forgetful.url);
      await after.rpush(queue.name, item);
      const other = queue.start({}, { url: forgetful.url });
      await expectEnding(other, EXIT.drained, 'this worker: 1 done');
      after.disconnect();
    }
    worker.kill('SIGCONT');
    worker.tell('wait apple');
    await expectEnding(worker, EXIT.dataLost, message);
  });
});
