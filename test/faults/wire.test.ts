import { setTimeout as sleep } from 'node:timers/promises';
import { startTcpProxy, type TcpProxy } from '../../local/tcp-proxy';
import { defineQueue, WorkQueue } from '../../worker';
import { EXIT } from '../../worker/contract';
import { expectEnding, useQueue } from '../queue-under-test';
import type { WorkerProcess } from '../worker-process';

const queue = useQueue();
let proxy: TcpProxy;

beforeEach(async () => {
  proxy = await startTcpProxy({ port: queue.server.port });
});

afterEach(() => proxy.close());

/** Every item was started once, by this worker, and is done. */
async function expectNoTrace(worker: WorkerProcess, items: number): Promise<void> {
  await expectEnding(worker, EXIT.drained, `this worker: ${items} done, 0 failed attempts, 0 dead letters in`);
  expect(worker.count('started [')).toBe(items);
  expect(await queue.attempts()).toEqual({});
}

const items = (count: number, ms: number) => Array.from({ length: count }, (_, index) => `sleep ${ms} ${index}`);

test('a reply that is lost loses no item, charges none and claims none twice', async () => {
  await queue.fill(...items(200, 15));
  const worker = queue.start({ WORK_QUEUE_CONCURRENCY: 2 }, { url: proxy.url });
  for (let done = 10; done <= 150; done += 20) {
    await worker.until(`${done} items`, () => worker.count('finished') >= done || undefined);
    await proxy.dropReplies(true);
    await proxy.dropReplies(false);
    proxy.cut();
  }
  await expectNoTrace(worker, 200);
});

test('an answer that never comes does not keep the worker waiting', async () => {
  await queue.fill(...items(50, 15));
  const worker = queue.start({}, { url: proxy.url });
  await worker.line('finished sleep 15 5');
  await proxy.dropReplies(true);
  await proxy.dropReplies(false);
  await expectNoTrace(worker, 50);
});

test('a slow wire that breaks again and again', async () => {
  await queue.fill(...items(100, 5));
  proxy.setDelay(20);
  const worker = queue.start({ WORK_QUEUE_CONCURRENCY: 4 }, { url: proxy.url });
  for (let done = 5; done <= 80; done += 15) {
    await worker.until(`${done} items`, () => worker.count('finished') >= done || undefined);
    proxy.cut();
  }
  await expectNoTrace(worker, 100);
});

test('CLIENT KILL and SCRIPT FLUSH', async () => {
  await queue.fill(...items(200, 5));
  const worker = queue.start({ WORK_QUEUE_CONCURRENCY: 2 });
  for (let done = 10; done <= 180; done += 20) {
    await worker.until(`${done} items`, () => worker.count('finished') >= done || undefined);
    await queue.redis.script('FLUSH');
    await queue.redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  }
  await expectNoTrace(worker, 200);
});

test('what a partition held back and delivers late changes nothing', async () => {
  await queue.fill('wait apple', 'banana');
  const first = queue.start({ WORK_QUEUE_LEASE_MS: 6_000 }, { url: proxy.url });
  await first.line(/started .*wait apple/);
  proxy.blackhole(true);
  first.tell('wait apple');
  await first.line('finished wait apple');
  const second = queue.start({ WORK_QUEUE_LEASE_MS: 6_000 });
  await second.line(/started .*attempt 2 .*wait apple/);

  proxy.blackhole(false);
  await first.line('the lease was lost');
  expect(await queue.redis.hget(queue.keys.meta, 'done')).not.toBe('2');
  second.tell('wait apple');
  const ends = await Promise.all([first.ended, second.ended]);
  expect(ends.map(({ code }) => code)).toEqual([EXIT.drained, EXIT.drained]);
  expect(ends[0]?.summary).toContain('queue: 2 items, 2 done, 0 dead');
});

test('a client whose connection was cut, and that is closed, does not keep its process', async () => {
  const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
  const before = timers();
  const client = new WorkQueue(defineQueue({ name: queue.name }), { url: proxy.url });
  await client.status();
  proxy.cut();
  await client.status();
  await client.close();
  // A connection that is there takes a moment to end; one that was gone had nothing left to wait for.
  const closedAt = performance.now();
  while (timers() > before && performance.now() - closedAt < 1_500) await sleep(10);
  expect(timers()).toBe(before);
});
