import { queueKeys } from '../../worker/contract';
import { until } from '../until';
import { endWorkers, startWorker } from '../worker-process';
import { INDEXED, job, useJobs } from './jobs-under-test';

// `rwq scale --finish-in` on the counters of a real Redis.

const fixture = useJobs();
afterEach(endWorkers);
const { list, meta, leases, held, worker } = queueKeys('job2');

/** A queue on which each of some workers has done ten items a second, over 100 s. */
async function atWork({ workers = 4, left = 45_000, fields = {} } = {}): Promise<void> {
  // Those that run count as half done.
  const done = workers * 1_000 - workers / 2;
  const waiting = left - workers;
  for (let at = 0; at < waiting; at += 5_000)
    await fixture.redis.rpush(list, ...Array.from({ length: Math.min(5_000, waiting - at) }, () => 'x'));
  const counts = { clock: 100_000, claimed: done + workers, done, sealed: 1, total: done + left };
  await fixture.redis.hset(meta, { version: 1, epoch: 'e', wall: Date.now(), gap: 3_600_000, ...counts, ...fields });
  for (let i = 0; i < workers; i++) {
    await fixture.redis.zadd(leases, 105_000, `w${i}`);
    await fixture.redis.hset(`${worker}w${i}`, { name: `pod-${i}` });
    await fixture.redis.rpush(`${held}w${i}`, 'x');
  }
}

const finish = (time: string, ...args: string[]) => fixture.said('--finish-in', time, '--sample', '0', ...args);

test('as many workers as it takes, by what one of them does', async () => {
  fixture.cluster.jobs = [job('fruit', { spec: INDEXED })];
  await atWork();
  const { code, stdout, stderr } = await fixture.scale('--finish-in', '3m', '--sample', '0');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout.split('\n')).toEqual([
    'fruit: 4 → 25 workers. At 10 items/s a worker, 45,000 items are done in about 3 min.',
    'This rests on the average since the start, as if there had always been as many workers. --sample 60 measures longer.',
    '',
  ]);
  expect(fixture.cluster.sizes).toEqual([[25, 25]]);
});

test('through kubectl port-forward', async () => {
  fixture.cluster.jobs = [job('fruit')];
  await atWork();
  fixture.env = { REDIS_URL: undefined };
  expect(await finish('15m', '--kube', 'default/redis')).toContain('fruit: 4 → 5 workers.');
  expect(fixture.cluster.calls.map((call) => call.split(' ')[0])).toEqual(['get', 'port-forward', 'patch']);
});

test.each<[string, string, string[], string]>([
  [
    'a cap',
    '3m',
    ['--max', '10'],
    'fruit: 4 → 10 workers. At 10 items/s a worker, 45,000 items are done in about 8 min. --max 10 allows no more workers.',
  ],
  [
    'fewer',
    '2h',
    [],
    'fruit: 4 → 2 workers. Items that the others cannot finish in time go back, uncharged. At 10 items/s a worker, 45,000 items are done in about 38 min. Fewer are not possible: indexes 0 to 1 stay until the end.',
  ],
  [
    'about as many',
    '19m',
    [],
    'fruit stays at 4 workers. At 10 items/s a worker, 45,000 items are done in about 19 min.',
  ],
  [
    'near enough',
    '18m',
    [],
    'fruit stays at 4 workers. That is within 10 % of what it takes. At 10 items/s a worker, 45,000 items are done in about 19 min.',
  ],
])('%s', async (_, time, args, words) => {
  fixture.cluster.jobs = [job('fruit', { spec: INDEXED })];
  await atWork();
  expect(await finish(time, ...args)).toBe(words);
});

test('again, it changes nothing', async () => {
  fixture.cluster.jobs = [job('fruit', { spec: INDEXED })];
  await atWork();
  expect(await finish('3m')).toContain('4 → 25');
  expect(await finish('3m')).toContain('fruit stays at 25 workers.');
  expect(fixture.cluster.calls.filter((call) => call.startsWith('patch'))).toHaveLength(1);
});

test('leases that nobody renews are no workers', async () => {
  fixture.cluster.jobs = [job('fruit', { env: { WORK_QUEUE_LEASE_MS: '1000' } })];
  await atWork();
  const { code, stderr } = await fixture.scale('--finish-in', '3m', '--sample', '1.2');
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('No worker of job2 is running') });
});

test('never more workers than items, each with as many as it runs at once', async () => {
  fixture.cluster.jobs = [job('fruit', { env: { WORK_QUEUE_CONCURRENCY: '2' } })];
  await atWork({ left: 30 });
  expect(await finish('0.1s')).toContain('fruit: 4 → 15 workers.');
  expect(await finish('0.1s')).toContain('More workers would have nothing to do.');
});

test('items that take long are told by their time', async () => {
  fixture.cluster.jobs = [job('fruit')];
  await atWork({ left: 40, fields: { clock: 2_400_000, done: 14, claimed: 18, total: 54 } });
  expect(await finish('20m')).toContain('fruit: 4 → 20 workers. At 10 min an item, 40 items are done in about 20 min.');
});

test('what real workers do meanwhile decides', async () => {
  fixture.cluster.jobs = [job('fruit')];
  const items = Array.from({ length: 3_000 }, (_, i) => `sleep 50 ${i}`);
  await fixture.redis.rpush(list, ...items);
  const env = { QUEUE: 'job2', WORK_QUEUE_NAME: 'job2', SAY: 'no' };
  startWorker({ url: fixture.server.url, env });
  await until('an item is done', async () => Number(await fixture.redis.hget(meta, 'done')) > 0);
  const { code, stdout } = await fixture.scale('--finish-in', '1m', '--json');
  const outcome = JSON.parse(stdout);
  expect({ code, outcome }).toEqual({ code: 0, outcome: expect.objectContaining({ from: 4, sealed: false }) });
  // One at once, of 50 ms each; the worker may settle what it did before.
  expect(outcome.ratePerWorker).toBeGreaterThan(0);
  expect(outcome.ratePerWorker).toBeLessThan(40);
  expect(outcome.changed).toBe(outcome.to !== 4);
});

test('--job names the queue as well', async () => {
  fixture.cluster.jobs = [job('fruit')];
  await atWork();
  fixture.env = { WORK_QUEUE_NAME: 'other' };
  expect(await finish('15m', '--job', 'fruit')).toContain('fruit: 4 → 5 workers. At 10 items/s');
});

test('workers that are not there yet are named', async () => {
  fixture.cluster.jobs = [job('fruit')];
  await atWork({ workers: 3 });
  const { stdout } = await fixture.scale('--finish-in', '15m', '--sample', '0');
  expect(stdout).toContain('fruit: 4 → 5 workers.');
  expect(stdout).toContain('\n3 of the 4 workers have reached job2 so far.\n');
});

test('as JSON', async () => {
  fixture.cluster.jobs = [job('fruit')];
  await atWork();
  const { stdout } = await fixture.scale('--finish-in', '3m', '--sample', '0', '--json');
  expect(JSON.parse(stdout)).toEqual({
    ...{ job: 'fruit', from: 4, to: 25, parallelism: 25, changed: true, left: 45_000, sealed: true },
    ...{ ratePerWorker: 10, basis: 'average', timeLeft: 180, limit: null },
  });
});

test('a queue that is not sealed is counted as it is', async () => {
  fixture.cluster.jobs = [job('fruit')];
  await atWork();
  await fixture.redis.hdel(meta, 'sealed', 'total');
  const { stdout } = await fixture.scale('--finish-in', '3m', '--sample', '0');
  expect(stdout).toContain('4 → 25 workers.');
  expect(stdout).toContain('\njob2 is not sealed: only what is in it now is counted.\n');
});

test('nothing left: nothing changes', async () => {
  fixture.cluster.jobs = [job('fruit')];
  await fixture.redis.hset(meta, {
    version: 1,
    epoch: 'e',
    clock: 9,
    wall: 0,
    claimed: 3,
    done: 3,
    sealed: 1,
    total: 3,
  });
  expect(await finish('30m')).toBe('fruit stays at 4 workers. Nothing is left of job2.');
  expect(JSON.parse((await fixture.scale('--finish-in', '1m', '--json')).stdout)).toMatchObject({
    changed: false,
    left: 0,
  });
  expect(fixture.cluster.calls.some((call) => call.startsWith('patch'))).toBe(false);
});

test.each<[string, () => Promise<unknown>, string[], RegExp]>([
  ['paused', () => fixture.redis.hset(meta, 'paused', 1), [], /job2 is paused, .*rwq resume/],
  ['without workers', () => fixture.redis.del(leases), [], /No worker of job2 is running/],
  [
    'that has not done anything',
    () => fixture.redis.hset(meta, 'done', 0, 'claimed', 4),
    ['--sample', '0.2'],
    /No item of job2 has ended yet.* --sample 300/,
  ],
  [
    'that has come to a halt',
    () => fixture.redis.hset(meta, 'clock', 400),
    ['--sample', '0.4'],
    /No item ended within .*, though .* would have by the average.* --sample 300/,
  ],
  ['that is not there', () => fixture.redis.flushall(), [], /There is no queue job2/],
])('a queue %s shows nothing', async (_, make, args, words) => {
  fixture.cluster.jobs = [job('fruit')];
  await atWork();
  await make();
  const { code, stdout, stderr } = await fixture.scale('--finish-in', '30m', ...args);
  expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: '', stderr: expect.stringMatching(words) });
  expect(fixture.cluster.calls.some((call) => call.startsWith('patch'))).toBe(false);
});
