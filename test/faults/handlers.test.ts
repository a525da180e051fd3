import { EXIT } from '../../worker/contract';
import { expectEnding, useQueue } from '../queue-under-test';

const queue = useQueue();

test('an error that does not let itself be looked at fails its item, and nothing else', async () => {
  await queue.fill('veiled', 'apple');
  const env = { WORK_QUEUE_MAX_ATTEMPTS: 2, OPTIONS: JSON.stringify({ backoff: { base: 1 } }) };
  const worker = queue.start(env);
  await expectEnding(worker, EXIT.deadLetters, 'queue: 2 items, 1 done, 1 dead');
  expect(worker.count('started [')).toBe(3);
});

test('a log that throws changes nothing of what becomes of items, nor of how the worker ends', async () => {
  await queue.fill('symbol', 'apple', 'throw it', 'banana');
  const options = { results: true, backoff: { base: 1 } };
  const worker = queue.start({ LOG: 'throws', WORK_QUEUE_MAX_ATTEMPTS: 2, OPTIONS: JSON.stringify(options) });
  expect(await worker.ended).toMatchObject({ code: EXIT.deadLetters });
  expect(await queue.redis.hlen(queue.keys.dead)).toBe(2);
  expect(await queue.redis.hget(queue.keys.meta, 'done')).toBe('2');
});

test('handlers that end at once do not pile up on the stack', async () => {
  await queue.fill(...Array.from({ length: 1_000 }, (_, index) => `depth ${index}`));
  const worker = queue.start({ SAY: 'no' });
  await expectEnding(worker, EXIT.drained, 'queue: 1000 items, 1000 done');
  const deepest = Math.max(...worker.lines.flatMap((line) => /^deepest (\d+)$/.exec(line)?.[1] ?? []).map(Number));
  expect(deepest).toBeGreaterThan(1);
  expect(deepest).toBeLessThan(40);
});
