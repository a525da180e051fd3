import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { type RedisServer, startRedisServer } from '../../local/redis';
import { EXIT } from '../../worker/contract';
import { expectEnding, useQueue } from '../queue-under-test';
import type { WorkerProcess } from '../worker-process';

const queue = useQueue({ appendOnly: true });
const LEASE = 3_000;

/** Two workers on 60 items, one of which waits to be told. */
async function startTwo(): Promise<WorkerProcess[]> {
  await queue.fill('wait apple', ...Array.from({ length: 60 }, (_, index) => `sleep 40 ${index}`));
  const env = { WORK_QUEUE_LEASE_MS: LEASE, WORK_QUEUE_CONCURRENCY: 2 };
  const workers = [queue.start(env), queue.start(env)];
  await Promise.race(workers.map((worker) => worker.line(/started .*wait apple/)));
  await Promise.all(workers.map((worker) => worker.line('finished sleep')));
  return workers;
}

/** Both drained the queue, each item was started once, and nobody was charged. */
async function expectNoRerun(workers: WorkerProcess[]): Promise<void> {
  for (const worker of workers) worker.tell('wait apple');
  for (const worker of workers) await expectEnding(worker, EXIT.drained, 'queue: 61 items, 61 done, 0 dead');
  expect(workers.map((worker) => worker.count('started [')).reduce((a, b) => a + b)).toBe(61);
  expect(await queue.attempts()).toEqual({});
}

test.each<NodeJS.Signals>(['SIGTERM', 'SIGKILL'])('Redis comes back from its log after %s', async (signal) => {
  const workers = await startTwo();
  await queue.server.restart(signal);
  await expectNoRerun(workers);
});

test('Redis is away for longer than the lease', async () => {
  const workers = await startTwo();
  await queue.server.kill('SIGKILL');
  await sleep(2 * LEASE);
  await queue.server.start();
  await expectNoRerun(workers);
});

test('Redis stands still for longer than the lease', async () => {
  const workers = await startTwo();
  queue.server.pause();
  await sleep(2 * LEASE);
  queue.server.resume();
  await expectNoRerun(workers);
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
