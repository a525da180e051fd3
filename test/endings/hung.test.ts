import { EXIT } from '../../worker/contract';
import { useQueue } from '../queue-under-test';

const queue = useQueue();

describe('85: a handler hung past its timeout', () => {
  const timeout = { WORK_QUEUE_ITEM_TIMEOUT_MS: 400, WORK_QUEUE_MAX_ATTEMPTS: 2, WORK_QUEUE_CONCURRENCY: 2 };

  test('while others go on', async () => {
    await queue.push('hang now', ...Array.from({ length: 100 }, (_, index) => `sleep 100 ${index}`));
    const worker = queue.start(timeout);
    const { code, summary, terminationMessage } = await worker.ended;
    expect({ code, summary, lines: worker.lines }).toMatchObject({
      code: EXIT.handlerHung,
      summary: expect.stringContaining('A handler did not return after its timeout (exit 85); this worker: '),
    });
    expect(terminationMessage).toBe(summary);
    expect(worker.lines).toContain('aborted hang now: ItemTimeoutError');
    expect(await queue.attempts()).toEqual({ 1: '1 0' });
    expect(await queue.redis.zcard(queue.keys.leases)).toBe(0);
  });

  test.each([
    ['in an endless loop', 'loop'],
    ['on a lock', 'blockForever'],
  ])('%s, which stops the whole process', async (_, word) => {
    await queue.push('wait apple', `${word} now`, 'banana');
    const worker = queue.start(timeout);
    const { code, summary, terminationMessage } = await worker.ended;
    expect({ code, lines: worker.lines }).toMatchObject({ code: EXIT.handlerHung });
    // Nothing is in the log but what we write.
    expect(summary).toMatch(/^item 2 did not return 5 s after its timeout of 0\.4 s: ending the process \(exit 85\)$/);
    expect(terminationMessage).toBe(summary);
    // Nobody can tell from outside whether it was item 2 that hung, so it is not convicted unless it hangs alone. What
    // could not go on beside it is not charged.
    expect(await queue.attempts()).toEqual({ 2: '1 1' });
    expect(await queue.redis.hgetall(queue.keys.waiting)).toMatchObject({ 1: 'wait apple', 2: `${word} now` });
    expect(await queue.redis.zcard(queue.keys.leases)).toBe(0);
  });

  test('alone in a process that only SIGKILL can end', async () => {
    await queue.push('stuck now');
    const worker = queue.start({ ...timeout, WORK_QUEUE_MAX_ATTEMPTS: 1 });
    const { code, terminationMessage } = await worker.ended;
    expect(code).toBe('SIGKILL');
    expect(terminationMessage).toMatch(/^item 1 did not return/);
    const letter = (await queue.redis.hget(queue.keys.dead, '1'))?.split('\n');
    expect(JSON.parse(letter?.[0] ?? '')).toMatchObject({
      reason: 'handler',
      error: expect.stringContaining('400 ms'),
    });
    expect(letter?.[1]).toBe('stuck now');
  });
});
