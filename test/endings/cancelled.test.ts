import { EXIT } from '../../worker/contract';
import { expectEnding, useQueue } from '../queue-under-test';

const queue = useQueue();

const cancel = () => queue.withClient((client) => client.cancel());

describe('80: cancelled', () => {
  test('a handler hears of it by a renewal, while others that wait are woken', async () => {
    await queue.fill('listen apple');
    const one = queue.start({ WORK_QUEUE_LEASE_MS: 6_000 });
    await one.line('listen apple');
    const other = queue.start();
    await other.line('Initial queue state');
    expect(await cancel()).toBe(0);
    await expectEnding(one, EXIT.deadLetters, 'Cancelled: 1 item dropped');
    expect(one.lines).toContain('aborted listen apple: CancelledError');
    await expectEnding(other, EXIT.deadLetters, 'Cancelled: ');
    expect(await queue.redis.hgetall(queue.keys.meta)).toMatchObject({ claimed: '1', done: '0', dropped: '1' });
  });

  test('also for one that comes when all is over', async () => {
    await queue.fill('apple', 'banana');
    expect(await cancel()).toBe(2);
    const { summary } = await expectEnding(queue.start(), EXIT.deadLetters, 'Cancelled: 2 items dropped');
    expect(summary).toMatch(/queue: 2 items, 0 done, 0 dead, 2 dropped$/);
  });

  test('and for one that gets SIGTERM as well', async () => {
    await queue.fill('listen apple', 'wait banana');
    const worker = queue.start({ WORK_QUEUE_LEASE_MS: 6_000, WORK_QUEUE_CONCURRENCY: 2 });
    await worker.line('wait banana');
    await cancel();
    await worker.line('aborted listen apple');
    worker.kill('SIGTERM');
    worker.tell('wait banana');
    await expectEnding(worker, EXIT.deadLetters, 'Cancelled: 1 item dropped');
  });
});

test('80: the first dead letter ends the run where failFast is set', async () => {
  await queue.fill('listen apple', 'unrecoverable banana', 'listen cherry', 'listen date');
  const worker = queue.start({ WORK_QUEUE_FAIL_FAST: 'true', WORK_QUEUE_CONCURRENCY: 2 });
  const { summary } = await expectEnding(worker, EXIT.deadLetters, 'Failed fast: 1 dead letter, and items may be left');
  expect(summary).toMatch(/handed out, 0 done, 1 dead$/);
  expect(worker.lines).toContain('aborted listen apple: StoppedError');
  expect(await queue.redis.hget(queue.keys.meta, 'dropped')).toBeNull();
});
