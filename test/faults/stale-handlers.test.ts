import { EXIT } from '../../worker/contract';
import { expectEnding, useQueue } from '../queue-under-test';

const queue = useQueue();
const LEASE = { WORK_QUEUE_LEASE_MS: 6_000 };

test('a handler that never returns, of an item that others did meanwhile, does not keep its worker from the end', async () => {
  await queue.fill('wait apple');
  const first = queue.start(LEASE);
  await first.line(/started .*wait apple/);
  first.kill('SIGSTOP');
  const second = queue.start(LEASE);
  await second.line(/started .*attempt 2 .*wait apple/);
  second.tell('wait apple');
  await expectEnding(second, EXIT.drained, 'queue: 1 item, 1 done');
  first.kill('SIGCONT');
  await first.line('the lease was lost');
  await expectEnding(first, EXIT.drained, 'this worker: 0 done');
});

test('an item that has to run alone does not run beside a handler of a lease that was lost', async () => {
  const env = { ...LEASE, WORK_QUEUE_MAX_ATTEMPTS: 1, WORK_QUEUE_CONCURRENCY: 2, WORK_QUEUE_SETTLE_MS: 600_000 };
  await queue.push('wait apple');
  const stale = queue.start(env);
  await stale.line(/started .*wait apple/);
  await queue.push('wait banana', 'wait cherry');
  await stale.line(/started .*wait banana/);
  const killed = queue.start(env);
  await killed.line(/started .*wait cherry/);
  stale.kill('SIGSTOP');
  killed.kill('SIGKILL');

  // Whoever takes their items back must not run them: the queue is paused.
  await queue.redis.hset(queue.keys.meta, 'paused', 1);
  const taker = queue.start(env);
  await queue.until(
    'all three are suspects',
    (redis) => redis.zcard(queue.keys.suspects),
    (suspects) => suspects === 3,
  );
  stale.kill('SIGCONT');
  await stale.line('the lease was lost');
  await queue.redis.hdel(queue.keys.meta, 'paused');

  // The other one runs them, one by one, though the stale one has a lane free; which first, nobody says: the stale one
  // may have one in hand for a moment, before it gives that back.
  stale.tell('wait banana');
  const left = new Set(['apple', 'banana', 'cherry']);
  while (left.size > 0) {
    const started = await taker.line(new RegExp(`started .*wait (${[...left].join('|')})`));
    const item = /wait (\w+)$/.exec(started)?.[1] as string;
    left.delete(item);
    taker.tell(`wait ${item}`);
    await taker.line(`finished wait ${item}`);
  }
  const order = taker.lines.flatMap((line) => /^(started|finished) /.exec(line)?.[1] ?? []);
  expect(order).toEqual(Array(3).fill(['started', 'finished']).flat());
  expect(stale.count('started')).toBe(2);
  expect(await queue.redis.hlen(queue.keys.dead)).toBe(0);
  stale.tell('wait apple');
});
