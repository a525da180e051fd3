import { defineQueue, WorkQueue } from '../../worker';
import { EXIT } from '../../worker/contract';
import { expectEnding, useQueue } from '../queue-under-test';

const queue = useQueue();

/** Redis has not a byte left. */
async function full(on: boolean): Promise<void> {
  await queue.redis.config('SET', 'maxmemory', on ? '1' : '0');
}

afterEach(() => full(false));

test('workers come, claim, settle, try again, give back and go on; the fill waits until there is room', async () => {
  await queue.push('listen apple', 'flaky 1', ...Array.from({ length: 40 }, (_, index) => `sleep 20 ${index}`));
  const env = {
    OPTIONS: JSON.stringify({ backoff: { base: 50 } }),
    WORK_QUEUE_CONCURRENCY: 2,
    WORK_QUEUE_SETTLE_MS: 60_000,
  };
  const one = queue.start({ ...env, WORK_QUEUE_GRACE_MS: 3_000 });
  await one.line(/started .*listen apple/);
  await full(true);
  await expect(queue.push('more')).rejects.toThrow('OOM');

  const warnings: string[] = [];
  const log = { info: () => {}, warn: (line: string) => warnings.push(line) };
  const filler = new WorkQueue(defineQueue({ name: queue.name }), { url: queue.server.url, patience: 60_000, log });
  const filled = filler.fill(['banana'], { seal: true });

  await one.line('finished flaky 1');
  one.kill('SIGTERM');
  const other = queue.start(env);
  await expectEnding(one, EXIT.terminated, '');
  await other.line(/started .*listen apple/);
  await queue.until(
    'all but one are done',
    (redis) => redis.hget(queue.keys.meta, 'done'),
    (done) => done === '41',
  );
  expect(warnings).toEqual([expect.stringMatching(/OOM.*trying again for 60 s/)]);
  await expect(queue.push('more')).rejects.toThrow('OOM');

  await full(false);
  expect(await filled).toBe(1);
  await filler.close();
  await other.line('finished banana');
  other.tell('listen apple');
  await expectEnding(other, EXIT.drained, 'queue: 43 items, 43 done, 0 dead');
  expect(await queue.attempts()).toEqual({});
});

test('a queue is sealed: workers of a batch begin only then, and nobody else would make room', async () => {
  await queue.push('apple', 'banana');
  await full(true);
  await queue.withClient(async (client) => {
    await client.seal();
    await client.resume();
  });
  await expectEnding(queue.start(), EXIT.drained, 'queue: 2 items, 2 done');
});
