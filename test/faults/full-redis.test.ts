import { defineQueue, startWorker } from 'cdk8s-redis-work-queue/worker';
import { useQueue } from '../queue-under-test';
import { until } from '../until';

// A Redis at maxmemory, while items add others.

const queue = useQueue({ args: ['--maxmemory-policy', 'noeviction'] });

test('what adds items waits in hand while Redis is full, all else is done, and it is said once', async () => {
  const { redis } = queue;
  await queue.fill('parent', 'other', 'another');
  const lines: string[] = [];
  const log = { info: () => {}, warn: (line: string) => void lines.push(line) };
  const seen: string[] = [];
  let runs = 0;
  const worker = startWorker(
    defineQueue({ name: queue.name }),
    async (item, { add }) => {
      seen.push(item);
      if (item !== 'parent') return;
      runs++;
      add(['child', 'child'], { key: (each) => each });
      await redis.config('SET', 'maxmemory', '1mb');
    },
    { log, results: true, env: { REDIS_URL: queue.server.url, WORK_QUEUE_SETTLE_MS: '0' } },
  );
  const meta = async (field: string) => Number((await redis.hget(`{${queue.name}}:meta`, field)) ?? 0);
  await until(
    'two items are done',
    () => meta('done'),
    (done) => done >= 2,
  );
  await until('a warning', () => lines.length > 0);
  expect([await meta('done'), await meta('added')]).toEqual([2, 0]);
  await redis.config('SET', 'maxmemory', 0);
  expect(await worker.drained).toMatchObject({ kind: 'drained', counts: { claimed: 4, done: 4 } });
  expect([...seen].sort()).toEqual(['another', 'child', 'other', 'parent']);
  expect(runs).toBe(1);
  expect(lines).toEqual([expect.stringContaining('Redis is full (maxmemory): 2 items cannot be added yet')]);
  expect(await redis.hlen(`{${queue.name}}:results`)).toBe(4);
});
