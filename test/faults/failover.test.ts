import { Redis } from 'ioredis';
import { type RedisServer, startRedisServer } from '../../local-redis';
import { EXIT } from '../../worker/contract';
import { expectEnding, QueueUnderTest } from '../queue-under-test';
import { startTcpProxy, type TcpProxy } from '../tcp-proxy';
import { endWorkers, type WorkerProcess } from '../worker-process';

const LEASE = 1_500;

const queue = new QueueUnderTest();
let replica: RedisServer;
let empty: RedisServer | undefined;
/** Leads to whoever is primary, as a Service does. */
let service: TcpProxy;
let primary: Redis;
let promoted: Redis;
let tests = 0;

beforeEach(async () => {
  queue.name = `queue-${++tests}`;
  queue.server = await startRedisServer({ args: ['--repl-diskless-sync-delay', '0'] });
  replica = await startRedisServer({ args: ['--replicaof', '127.0.0.1', String(queue.server.port)] });
  service = await startTcpProxy({ port: queue.server.port });
  primary = new Redis(queue.server.url);
  promoted = new Redis(replica.url);
  for (const client of [primary, promoted]) client.on('error', () => {});
  queue.redis = primary;
  await inSync();
});

afterEach(async () => {
  await endWorkers();
  for (const client of [primary, promoted]) client.disconnect();
  await service.close();
  await Promise.all([queue.server.stop(), replica.stop(), empty?.stop()]);
});

/** The replica has all that the primary has answered so far. */
async function inSync(): Promise<void> {
  await queue.until(
    'the replica has it all',
    (redis) => redis.wait(1, 1_000),
    (replicas) => replicas === 1,
  );
}

/** The primary is gone; its replica takes over. */
async function failOver(): Promise<void> {
  await queue.server.kill();
  await promoted.call('REPLICAOF', 'NO', 'ONE');
  service.switchTo(replica.port);
  queue.redis = promoted;
}

function start(env: Record<string, string | number> = {}): WorkerProcess {
  return queue.start({ WORK_QUEUE_LEASE_MS: LEASE, WORK_QUEUE_CONCURRENCY: 2, ...env }, { url: service.url });
}

/** Two workers on 60 items, one of which waits to be told. */
async function startTwo(): Promise<WorkerProcess[]> {
  await queue.fill('wait apple', ...Array.from({ length: 60 }, (_, index) => `sleep 40 ${index}`));
  const workers = [start(), start()];
  await Promise.race(workers.map((worker) => worker.line(/started .*wait apple/)));
  await Promise.all(workers.map((worker) => worker.line('finished sleep')));
  return workers;
}

const starts = (workers: WorkerProcess[]) =>
  workers.map((worker) => worker.count('started [')).reduce((sum, count) => sum + count);

/** Both drained the queue, each item was started once, and nobody was charged. */
async function expectNoRerun(workers: WorkerProcess[]): Promise<void> {
  await queue.until(
    'all but one are done',
    (redis) => redis.hget(queue.keys.meta, 'done'),
    (done) => done === '60',
  );
  for (const worker of workers) worker.tell('wait apple');
  for (const worker of workers) await expectEnding(worker, EXIT.drained, 'queue: 61 items, 61 done, 0 dead');
  expect(starts(workers)).toBe(61);
  expect(await queue.attempts()).toEqual({});
}

test('the primary dies, its replica has everything: nothing runs again', async () => {
  const workers = await startTwo();
  // What is answered from here on is not told to anybody.
  await primary.call('CLIENT', 'PAUSE', 60_000, 'WRITE');
  await inSync();
  await failOver();
  await expectNoRerun(workers);
});

test('the primary becomes a replica and goes on answering: workers leave it by themselves', async () => {
  const workers = await startTwo();
  await primary.call('FAILOVER', 'TO', '127.0.0.1', replica.port);
  service.switchTo(replica.port);
  await queue.until(
    'the roles are swapped',
    () => promoted.info('replication'),
    (info) => info.includes('role:master'),
  );
  queue.redis = promoted;
  await expectNoRerun(workers);
  expect(await primary.info('replication')).toContain('role:slave');
});

test('a replica that knows nothing yet is not believed', async () => {
  const workers = await startTwo();
  empty = await startRedisServer({ args: ['--replicaof', '127.0.0.1', '1'] });
  service.switchTo(empty.port);
  service.cut();
  const { connections } = service;
  await queue.until(
    'both were there, with all that they have to ask',
    async () => service.connections - connections,
    (count) => count >= 8,
  );
  service.switchTo(queue.server.port);
  await expectNoRerun(workers);
});
