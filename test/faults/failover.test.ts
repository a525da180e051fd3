import { Redis } from 'ioredis';
import { type RedisServer, startRedisServer } from '../../local/redis';
import { startTcpProxy, type TcpProxy } from '../../local/tcp-proxy';
import { EXIT } from '../../worker/contract';
import { expectEnding, QueueUnderTest } from '../queue-under-test';
import { endWorkers, type WorkerProcess } from '../worker-process';

const LEASE = 6_000;

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
  primary = new Redis(queue.server.url, { disconnectTimeout: 0 });
  promoted = new Redis(replica.url, { disconnectTimeout: 0 });
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

/** The replica has all that the primary has answered so far, to whomever. */
async function inSync(): Promise<void> {
  const offset = Number(/^master_repl_offset:(\d+)/m.exec(await primary.info('replication'))?.[1]);
  await queue.until(
    'the replica has it all',
    () => promoted.info('replication'),
    (info) => info.includes('master_link_status:up') && Number(/^slave_repl_offset:(\d+)/m.exec(info)?.[1]) >= offset,
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

const SHORT = Array.from({ length: 60 }, (_, index) => `sleep 40 ${index}`);

/** Two workers on 61 items, one of which listens until it is told to go on. */
async function startTwo(): Promise<WorkerProcess[]> {
  await queue.fill('listen apple', ...SHORT);
  await inSync();
  const workers = [start(), start()];
  await Promise.race(workers.map((worker) => worker.line(/started .*listen apple/)));
  await Promise.all(workers.map((worker) => worker.line('finished sleep')));
  return workers;
}

const starts = (workers: WorkerProcess[]) =>
  workers.map((worker) => worker.count('started [')).reduce((sum, count) => sum + count);

async function done(client: Redis): Promise<number> {
  return Number(await client.hget(queue.keys.meta, 'done'));
}

/** The replica hears no more of the primary, which goes on for a while, and settles a few items more. */
async function fallBehind(): Promise<void> {
  await promoted.call('REPLICAOF', 'NO', 'ONE');
  const before = await done(promoted);
  await queue.until('a few more are done', done, (count) => count >= before + 4);
}

/** Both drained the queue, and nobody was charged. */
async function expectDrained(workers: WorkerProcess[]): Promise<void> {
  await queue.until('all but one are done', done, (count) => count === 60);
  for (const worker of workers) worker.tell('listen apple');
  for (const worker of workers) await expectEnding(worker, EXIT.drained, 'queue: 61 items, 61 done, 0 dead');
  expect(await queue.attempts()).toEqual({});
}

async function expectNoRerun(workers: WorkerProcess[]): Promise<void> {
  await expectDrained(workers);
  expect(starts(workers)).toBe(61);
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

describe('the replica was behind when it took over', () => {
  test('what was settled since is run again, uncharged', async () => {
    const workers = await startTwo();
    await inSync();
    await fallBehind();
    const settled = await done(primary);
    await failOver();
    const kept = await done(promoted);
    expect(settled).toBeGreaterThanOrEqual(kept + 4);
    await expectDrained(workers);
    expect(starts(workers)).toBeGreaterThanOrEqual(61 + settled - kept);
  });

  const batch = { WORK_QUEUE_BATCH: 'fruit', WORK_QUEUE_GATE: 'filled' };
  const fillBatch = (items: string[], seal: boolean) =>
    queue.withClient((client) => client.fill(items, { batchId: 'fruit', seal }));

  test('82: it never heard of the batch', async () => {
    await promoted.call('REPLICAOF', 'NO', 'ONE');
    await fillBatch(SHORT, true);
    const worker = start(batch);
    await worker.line('finished sleep');
    await failOver();
    await expectEnding(worker, EXIT.dataLost, 'Redis came back without the queue');
  });

  test('82: it has half of the batch, and not the seal', async () => {
    await fillBatch(SHORT.slice(0, 30), false);
    await inSync();
    await promoted.call('REPLICAOF', 'NO', 'ONE');
    await fillBatch(SHORT, true);
    const worker = start(batch);
    await worker.line('finished sleep');
    await failOver();
    await expectEnding(worker, EXIT.dataLost, 'batch fruit was sealed before this worker started');
  });
});
