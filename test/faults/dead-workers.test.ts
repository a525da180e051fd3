import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT } from '../../worker/contract';
import { Connection } from '../../worker/redis/connection';
import { Incarnation } from '../../worker/redis/incarnation';
import { readSettings } from '../../worker/settings/settings';
import { expectEnding, useQueue } from '../queue-under-test';

const queue = useQueue();

test('the items of a worker that is killed are with others when its lease is over', async () => {
  await queue.fill('wait apple', 'banana');
  const lease = 3_000;
  const first = queue.start({ WORK_QUEUE_LEASE_MS: lease });
  await first.line(/started .*wait apple/);
  const second = queue.start({ WORK_QUEUE_LEASE_MS: lease });
  await second.line('finished banana');

  first.kill('SIGKILL');
  await second.line(/started .*attempt 2 .*wait apple/);
  expect(await queue.attempts()).toEqual({ 1: '1 1' });
  second.tell('wait apple');
  await expectEnding(second, EXIT.drained, 'queue: 2 items, 2 done');
  expect(await queue.attempts()).toEqual({});
});

test('nor do they wait for fifty idle workers that died with it', async () => {
  await queue.fill('wait apple', 'banana');
  const lease = 4_000;
  const first = queue.start({ WORK_QUEUE_LEASE_MS: lease });
  await first.line(/started .*wait apple/);
  const second = queue.start({ WORK_QUEUE_LEASE_MS: lease });
  await second.line('finished banana');

  // To Redis a worker that died with nothing in its hands is no more than its entry.
  const settings = { ...readSettings({ WORK_QUEUE_NAME: queue.name, REDIS_URL: queue.server.url }), lease };
  const connection = new Connection({ url: queue.server.url });
  await Promise.all(Array.from({ length: 50 }, () => Incarnation.enter(connection, queue.name, settings)));
  connection.close();
  first.kill('SIGKILL');
  const incarnation = (await second.line('sessionID: ')).replace(/.*sessionID: /, '');
  const asked = async () => Number(await queue.redis.hget(queue.keys.worker + incarnation, 'exchange'));
  const before = await asked();
  await second.line(/started .*attempt 2 .*wait apple/);
  // It asks every half second, and at once where there is more; one by one, it would ask more than fifty times.
  expect((await asked()) - before).toBeLessThan(40);
  second.tell('wait apple');
  await expectEnding(second, EXIT.drained, 'queue: 2 items, 2 done');
});

test('nor do they wait longer where those who are left have a longer lease, and nothing to do', async () => {
  await queue.fill('wait apple');
  const first = queue.start({ WORK_QUEUE_LEASE_MS: 2_000 });
  await first.line(/started .*wait apple/);
  first.kill('SIGKILL');
  const second = queue.start({ WORK_QUEUE_LEASE_MS: 20_000 });
  await second.line(/started .*attempt 2 .*wait apple/);
  second.tell('wait apple');
  await expectEnding(second, EXIT.drained, 'queue: 1 item, 1 done');
});

test('a handler that computes for longer than the lease keeps its item', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'computes-'));
  const enough = join(folder, 'enough');
  await queue.fill(`spinUntil ${enough}`);
  const lease = 6_000;
  const first = queue.start({ WORK_QUEUE_LEASE_MS: lease });
  await first.line(/started .*spin/);
  const second = queue.start({ WORK_QUEUE_LEASE_MS: lease });
  await second.line('Worker with sessionID');
  await queue.renewed(lease);
  writeFileSync(enough, '');
  await expectEnding(first, EXIT.drained, 'this worker: 1 done');
  await expectEnding(second, EXIT.drained, 'this worker: 0 done');
  expect(second.count('started')).toBe(0);
  rmSync(folder, { recursive: true });
});

test('past its timeout an item is aborted', async () => {
  await queue.fill('listen apple');
  const worker = queue.start({ WORK_QUEUE_ITEM_TIMEOUT_MS: 300, WORK_QUEUE_MAX_ATTEMPTS: 1 });
  await worker.line('aborted listen apple: ItemTimeoutError');
  await expectEnding(worker, EXIT.deadLetters, 'queue: 1 item, 0 done, 1 dead');
  const [letter] = await queue.withClient(async (client) => {
    const letters = [];
    for await (const each of client.deadLetters()) letters.push(each);
    return letters;
  });
  expect(letter).toMatchObject({ reason: 'handler', attempts: 1, error: expect.stringContaining('ItemTimeoutError') });
});

test('a worker that was stopped past its lease books nothing, is not hung, and goes on with fresh work', async () => {
  await queue.push('wait apple');
  const itemTimeout = 6_000;
  const env = { WORK_QUEUE_LEASE_MS: 6_000, WORK_QUEUE_SETTLE_MS: 600_000 };
  const first = queue.start({ ...env, WORK_QUEUE_ITEM_TIMEOUT_MS: itemTimeout });
  await first.line(/started .*wait apple/);
  first.kill('SIGSTOP');
  const second = queue.start(env);
  await second.line(/started .*attempt 2 .*wait apple/);
  // Past the timeout and what a hung handler is granted.
  await sleep(itemTimeout + 5_500);

  first.kill('SIGCONT');
  await first.line('aborted wait apple: LeaseLostError');
  await first.line('the lease was lost');
  first.tell('wait apple');
  await first.line('finished wait apple');
  expect(await queue.redis.hget(queue.keys.meta, 'done')).toBe('0');

  second.tell('wait apple');
  await second.line('finished wait apple');
  second.kill('SIGTERM');
  expect((await second.ended).code).toBe(EXIT.terminated);
  await queue.push('banana');
  await first.line('finished banana');
  await queue.withClient((client) => client.seal());
  const { summary } = await expectEnding(first, EXIT.drained, 'queue: 2 items, 2 done');
  expect(summary).toContain(
    '1 done, 0 failed attempts, 0 dead letters, 1 not counted, because another worker had them',
  );
});

test('an uncaught error that brings another one along still gives back what it can', async () => {
  await queue.push('uncaught 2', 'uncaught 2', 'wait apple', 'banana');
  const worker = queue.start({ WORK_QUEUE_CONCURRENCY: 2 });
  await expectEnding(worker, EXIT.unexpected, 'nobody catches this');
  expect(await queue.attempts()).toEqual({ 1: '1 1', 2: '1 1' });
  expect(await queue.redis.zcard(queue.keys.leases)).toBe(0);
});
