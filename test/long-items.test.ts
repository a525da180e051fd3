import { defineQueue, startWorker, WorkQueue } from 'cdk8s-redis-work-queue/worker';
import { useQueue } from './queue-under-test';
import { until } from './until';

// What handlers note of their items, on its way to Redis.

const under = useQueue();
const films = defineQueue({ name: 'films' });

test('how far items are is shown while they run, and what they leave is there; nothing stays when they are done', async () => {
  under.name = 'films';
  await under.fill('a', 'b', 'c');
  const queue = new WorkQueue(films, { url: under.server.url });
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const env = { REDIS_URL: under.server.url, WORK_QUEUE_NAME: 'films', WORK_QUEUE_CONCURRENCY: '3' };
  const log = { info: () => {}, warn: () => {} };
  const worker = startWorker(
    films,
    async (film, { id, checkpoint, progress }) => {
      if (film === 'c') return;
      checkpoint({ frame: id });
      progress(id / 4, `frame ${id} of 4`);
      await released;
    },
    { env, log },
  );
  const shown = async () => (await queue.status()).workers.flatMap((each) => each.progress);
  await until('both are shown', shown, (items) => items.length === 2);
  expect(await shown()).toEqual([
    { id: 1, fraction: 0.25, text: 'frame 1 of 4' },
    { id: 2, fraction: 0.5, text: 'frame 2 of 4' },
  ]);
  expect(await under.redis.hgetall(under.keys.checkpoints)).toEqual({ 1: '{"frame":1}', 2: '{"frame":2}' });
  release();
  await worker.drained;
  expect(await shown()).toEqual([]);
  expect(await under.redis.exists(under.keys.checkpoints, under.keys.progress)).toBe(0);
  await queue.close();
});

test('how long attempts took is in the queue when all is done, each of them counted once', async () => {
  under.name = 'frames';
  const frames = defineQueue({ name: 'frames' });
  await under.fill(...Array.from({ length: 3_000 }, (_, i) => `${i}`), 'slow', 'bad');
  const queue = new WorkQueue(frames, { url: under.server.url });
  const env = { REDIS_URL: under.server.url, WORK_QUEUE_NAME: 'frames', WORK_QUEUE_CONCURRENCY: '8' };
  const log = { info: () => {}, warn: () => {} };
  const { drained } = startWorker(
    frames,
    async (frame, { attempt }) => {
      if (frame === 'bad' && attempt === 1) throw new Error('no');
      if (frame === 'slow') await new Promise((resolve) => setTimeout(resolve, 300));
    },
    { env, log, backoff: { base: 1 } },
  );
  await drained;
  const { done, failed } = await queue.durations();
  expect([done.count, failed.count]).toEqual([3_002, 1]);
  const below = (le: number) => done.buckets.find((bucket) => bucket.le === le)?.count;
  expect(below(0.25)).toBeLessThan(3_002);
  expect(done.sum).toBeGreaterThan(0.25);
  await queue.close();
});
