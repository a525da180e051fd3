import { startTcpProxy, type TcpProxy } from '../../local/tcp-proxy';
import { EXIT } from '../../worker/contract';
import { SCRIPTS } from '../../worker/scripts';
import { expectEnding, useQueue } from '../queue-under-test';
import { RedisFront } from '../redis-front';
import type { WorkerProcess } from '../worker-process';

const queue = useQueue();
const LONG = { WORK_QUEUE_GRACE_MS: 600_000, WORK_QUEUE_LEASE_MS: 600_000, WORK_QUEUE_SETTLE_MS: 600_000 };

/** Ended by a signal; everything that was in its hands is back, and nobody was charged. */
async function expectLeft(worker: WorkerProcess, code: number): Promise<void> {
  await expectEnding(worker, code, 'items are left');
  expect(await queue.attempts()).toEqual({});
  expect(await queue.redis.zcard(queue.keys.leases)).toBe(0);
}

test('what runs may finish, the rest goes back to the front and to others at once', async () => {
  await queue.push('wait apple', 'banana', 'cherry');
  const first = queue.start(LONG);
  await first.line(/started .*wait apple/);
  first.kill('SIGTERM');
  await first.line('SIGTERM: no new items');
  await queue.push('date');
  const second = queue.start(LONG);
  await second.line('finished date');
  expect(second.lines.filter((line) => line.startsWith('finished'))).toEqual([
    'finished banana',
    'finished cherry',
    'finished date',
  ]);
  first.tell('wait apple');
  await expectEnding(first, EXIT.terminated, 'this worker: 1 done');
  second.kill('SIGTERM');
  await expectLeft(second, EXIT.terminated);
  expect(await queue.redis.hget(queue.keys.meta, 'done')).toBe('4');
});

test('what cannot finish within the grace period is aborted and goes back uncharged', async () => {
  await queue.push('listen apple', 'hang banana', 'cherry');
  const worker = queue.start({ ...LONG, WORK_QUEUE_GRACE_MS: 4_500, WORK_QUEUE_CONCURRENCY: 2 });
  await worker.line(/started .*hang banana/);
  worker.kill('SIGTERM');
  await worker.line('aborted listen apple: StoppedError');
  await worker.line('aborted hang banana: StoppedError');
  await expectLeft(worker, EXIT.terminated);
  const waiting = await queue.redis.hgetall(queue.keys.waiting);
  expect(waiting).toMatchObject({ 1: 'listen apple', 2: 'hang banana' });
  expect(Object.values(waiting).length + (await queue.redis.llen(queue.name))).toBe(3);
  // In front of everything else, in their old order.
  expect(await queue.redis.zrange(queue.keys.retries, '0', '1')).toEqual(['1', '2']);
});

test('a promise that nobody looks at, rejected because its item was aborted, is no crash', async () => {
  await queue.push('forget apple', 'listen banana');
  const worker = queue.start({ ...LONG, WORK_QUEUE_GRACE_MS: 4_500, WORK_QUEUE_CONCURRENCY: 2 });
  await worker.line(/started .*listen banana/);
  worker.kill('SIGTERM');
  await worker.line(/of an item that was aborted: StoppedError/);
  await expectLeft(worker, EXIT.terminated);
});

test('an item that is still validated when the process has to end is not started any more', async () => {
  await queue.push('"listen banana"', '"apple"');
  const env = { SCHEMA: 'held', WORK_QUEUE_GRACE_MS: 4_500, WORK_QUEUE_CONCURRENCY: 2 };
  const worker = queue.start({ ...LONG, ...env });
  await worker.line('validating apple');
  worker.tell('listen banana');
  await worker.line(/started .*listen banana/);
  worker.kill('SIGTERM');
  await worker.line('aborted listen banana: StoppedError');
  worker.tell('apple');
  await expectLeft(worker, EXIT.terminated);
  expect(worker.count('started')).toBe(1);
});

test.each<[NodeJS.Signals, number]>([
  ['SIGTERM', EXIT.terminated],
  ['SIGINT', EXIT.interrupted],
])('a second %s ends it at once', async (signal, code) => {
  await queue.push('hang apple', 'banana');
  const worker = queue.start(LONG);
  await worker.line(/started .*hang apple/);
  worker.kill(signal);
  await worker.line(`${signal}: no new items`);
  worker.kill(signal);
  await expectLeft(worker, code);
  expect(await queue.redis.hget(queue.keys.waiting, '1')).toBe('hang apple');
});

describe('while an exchange is under way', () => {
  let proxy: TcpProxy;

  beforeEach(async () => {
    proxy = await startTcpProxy({ port: queue.server.port });
  });

  afterEach(() => proxy.close());

  /** A worker with an item that runs, and another one that it has claimed without knowing it yet. */
  async function startClaiming(): Promise<WorkerProcess> {
    await queue.push('hang apple');
    const worker = queue.start({ ...LONG, WORK_QUEUE_CONCURRENCY: 2 }, { url: proxy.url });
    await worker.line(/started .*hang apple/);
    proxy.holdReplies(true);
    await queue.push('banana');
    await queue.until(
      'claimed',
      (redis) => redis.llen(queue.name),
      (length) => length === 0,
    );
    return worker;
  }

  test('SIGTERM: what it brings goes back, though other items run on', async () => {
    const worker = await startClaiming();
    worker.kill('SIGTERM');
    await worker.line('SIGTERM: no new items');
    proxy.holdReplies(false);
    await queue.until(
      'given back',
      (redis) => redis.hget(queue.keys.waiting, '2'),
      (item) => item === 'banana',
    );
    expect(worker.count('banana')).toBe(0);
    worker.kill('SIGINT');
    await expectLeft(worker, EXIT.terminated);
  });

  test('a second SIGTERM: it is waited for, and everything goes back', async () => {
    const worker = await startClaiming();
    worker.kill('SIGTERM');
    await worker.line('SIGTERM: no new items');
    worker.kill('SIGTERM');
    await worker.line('SIGTERM again: ending at once');
    proxy.holdReplies(false);
    await expectLeft(worker, EXIT.terminated);
    expect(await queue.redis.hgetall(queue.keys.waiting)).toEqual({ 1: 'hang apple', 2: 'banana' });
  });

  test('SIGTERM with nothing at hand: it leaves with the next exchange', async () => {
    let underWay: (() => void) | undefined;
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const front = await RedisFront.start(queue.server.port, async (request) => {
      if (underWay && request.includes(SCRIPTS.exchange.sha1)) {
        underWay();
        await released;
      }
      return 'pass';
    });
    try {
      const worker = queue.start(LONG, { url: front.url });
      await worker.line('Waiting: ');
      await new Promise<void>((resolve) => {
        underWay = resolve;
      });
      worker.kill('SIGTERM');
      await worker.line('SIGTERM: no new items');
      release();
      await expectLeft(worker, EXIT.terminated);
    } finally {
      await front.close();
    }
  });
});
