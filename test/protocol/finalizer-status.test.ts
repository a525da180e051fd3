import { defineQueue, type QueueStatus, WorkQueue } from 'cdk8s-redis-work-queue/worker';
import { queueUnderTest } from './queue-under-test';

// What people are told of a finalizer, which does not count as an item.

const under = queueUnderTest({ plain: true });
let queue: WorkQueue<string>;

beforeAll(() => {
  queue = new WorkQueue(defineQueue({ name: 'job2' }), { url: under.server.url });
});
afterAll(() => queue.close());

async function shown(): Promise<Partial<QueueStatus>> {
  const { finalizer, waiting, leased, retrying, done, dead, dropped, claimed, total, added } = await queue.status();
  return { finalizer, waiting, leased, retrying, done, dead, dropped, claimed, total, added };
}

const NONE = { waiting: 0, leased: 0, retrying: 0, done: 0, dead: 0, dropped: 0, claimed: 2, total: 2, added: 0 };
const DONE = { ...NONE, done: 2 };

test('its state is told apart from the items', async () => {
  const { q } = under;
  await q.rpush('a', 'b');
  await q.seal();
  expect((await shown()).finalizer).toBeUndefined();
  const worker = await q.enter('worker', { finally: 'success' });
  await worker.claim(2);
  expect(await shown()).toEqual({ ...NONE, leased: 2, finalizer: 'pending' });
  await worker.claim(1, { advance: 2 });
  expect(await shown()).toEqual({ ...DONE, finalizer: 'running' });
  await worker.exchange({ advance: 1, outcomes: { retry: [[3, 2, 0]] } });
  expect(await shown()).toEqual({ ...DONE, finalizer: 'retrying' });
  await worker.claim(1);
  await worker.exchange({ advance: 1, outcomes: { dead: [[3, 3, '{}']] } });
  expect(await shown()).toEqual({ ...DONE, finalizer: 'dead' });
  await queue.retryDead();
  const next = await q.enter('next', { finally: 'success' });
  await next.claim(1);
  await next.exchange({ advance: 1, want: 1 });
  expect(await shown()).toEqual({ ...DONE, finalizer: 'done' });
});

test('dead letters keep it from running; dropped, it is an item that was dropped', async () => {
  const { q } = under;
  await q.rpush('a', 'b');
  await q.seal();
  const worker = await q.enter('worker', { finally: 'success' });
  await worker.claim(2);
  await worker.exchange({ advance: 2, want: 1, outcomes: { dead: [[1, 0, '{}']] } });
  expect(await shown()).toEqual({ ...NONE, done: 1, dead: 1, finalizer: 'skipped' });
  await queue.retryDead();
  const next = await q.enter('next', { finally: 'success' });
  await next.claim(1);
  await next.claim(1, { advance: 1 });
  await next.exchange({ advance: 1, outcomes: { dead: [[3, 1, '{}']] } });
  await queue.dropDead([3]);
  expect(await shown()).toMatchObject({ done: 2, dropped: 1, claimed: 3, finalizer: 'dropped' });
});
