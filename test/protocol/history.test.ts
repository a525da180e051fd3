import type { WorkerDriver } from './queue-driver';
import { queueUnderTest } from './queue-under-test';

const under = queueUnderTest({ plain: true });

const failed = (attempt: number, more: object = {}) =>
  JSON.stringify({ attempt, at: 1_795_403_042_000, error: 'no', ...more });

/** A worker with the only item of a queue in its hand. */
async function withOne(): Promise<WorkerDriver> {
  await under.q.rpush('payload\nof two lines');
  const worker = await under.q.enter('worker', { maxAttempts: 20 });
  await worker.claim(1);
  return worker;
}

/** One attempt at the only item ends so, and the next one begins. */
async function end(worker: WorkerDriver, kind: 'retry' | 'later', ...details: unknown[]): Promise<void> {
  await worker.claim(1, { advance: 1, outcomes: { [kind]: [[1, worker.number - 1, 0, ...details]] } });
}

async function bury(worker: WorkerDriver, header = '{"reason":"handler","attempts":9}') {
  await worker.exchange({ advance: 1, outcomes: { dead: [[1, worker.number - 1, header]] } });
  return letter();
}

async function letter() {
  const [header, ...payload] = String((await under.q.state()).dead['1']).split('\n');
  expect(payload.join('\n')).toBe('payload\nof two lines');
  return JSON.parse(header as string);
}

async function charge() {
  const { attempts, history } = await under.q.state();
  return attempts['1'] === undefined ? undefined : [attempts['1'], ...(history['1'] ?? [])];
}

test('a dead letter has how the attempts before the last one failed, the last four of them, oldest first', async () => {
  const worker = await withOne();
  expect(await charge()).toBeUndefined();
  for (let attempt = 1; attempt <= 6; attempt++) await end(worker, 'retry', failed(attempt, { worker: 'pod-7' }));
  expect(await charge()).toEqual(['6 0', ...[3, 4, 5, 6].map((n) => failed(n, { worker: 'pod-7' }))]);
  const history = [3, 4, 5, 6].map((n) => JSON.parse(failed(n, { worker: 'pod-7' })));
  expect(await bury(worker)).toEqual({ reason: 'handler', attempts: 9, history });
  expect(await charge()).toBeUndefined();
});

test('one that failed in its first attempt has none', async () => {
  expect(await bury(await withOne())).toEqual({ reason: 'handler', attempts: 9 });
});

test('a crash is part of it, with the name of the worker that crashed', async () => {
  const { q } = under;
  const worker = await withOne();
  await end(worker, 'retry', failed(1));
  await worker.abandon({ crash: [1] });
  const next = await q.enter('next', { maxAttempts: 20 });
  await next.claim(1);
  const { history } = await bury(next);
  expect(history).toEqual([
    JSON.parse(failed(1)),
    { attempt: 2, at: expect.any(Number), error: 'its worker crashed', worker: 'pod-worker' },
  ]);
});

test('what crashed its workers says which one was the last', async () => {
  const { q } = under;
  await q.rpush('payload\nof two lines');
  for (const name of ['a', 'b']) {
    const worker = await q.enter(name, { maxAttempts: 2 });
    await worker.claim(1);
    await worker.abandon({ crash: [1] });
  }
  expect(await letter()).toMatchObject({
    reason: 'crash',
    worker: 'pod-b',
    history: [{ attempt: 1, worker: 'pod-a' }],
  });
});

test('the end of a process that hangs is part of it', async () => {
  const { q } = under;
  const worker = await withOne();
  await worker.abandon({ retry: [[1, 0, failed(1)]] });
  expect(await charge()).toEqual(['1 0', failed(1)]);
  const next = await q.enter('next');
  await next.claim(1);
  await next.abandon({ dead: [[1, '{"reason":"handler"}']] });
  expect(await letter()).toEqual({ reason: 'handler', history: [JSON.parse(failed(1))] });
});

test('being put off and given back leaves it as it is', async () => {
  const worker = await withOne();
  await end(worker, 'retry', failed(1));
  await end(worker, 'later');
  expect(await charge()).toEqual(['1 0 1', failed(1)]);
  await worker.leave();
  expect(await charge()).toEqual(['1 0 1', failed(1)]);
  const next = await under.q.enter('next');
  expect(await next.claim(1)).toMatchObject([{ attempts: 1, crashes: 0, later: 1 }]);
});

test('sent back, a dead letter begins without it', async () => {
  const { q } = under;
  const worker = await withOne();
  await end(worker, 'retry', failed(1));
  await bury(worker);
  await q.dead('retry', 1);
  const next = await q.enter('next');
  expect(await next.claim(1)).toMatchObject([{ attempts: 0 }]);
  expect(await bury(next)).toEqual({ reason: 'handler', attempts: 9 });
});

test.each([
  ['nothing', undefined],
  ['a number', 7],
  ['an object', { error: 'no' }],
  ['no object in JSON', 'oops'],
  ['too much', failed(1, { error: 'x'.repeat(2_000) })],
])('what a worker of another language tells is left out where it is %s', async (_, told) => {
  const worker = await withOne();
  await end(worker, 'retry', told);
  expect(await charge()).toEqual(['1 0']);
  await end(worker, 'retry', failed(2));
  expect(await charge()).toEqual(['2 0', failed(2)]);
});

test('JSON of several lines becomes one', async () => {
  const worker = await withOne();
  await end(worker, 'retry', JSON.stringify(JSON.parse(failed(1)), null, 2));
  expect((await bury(worker)).history).toEqual([JSON.parse(failed(1))]);
});

test('the header stays as it is where nothing can be added to it', async () => {
  const worker = await withOne();
  await end(worker, 'retry', failed(1));
  expect(await bury(worker, '{}')).toEqual({});
});

test('where 10,000 items wait for another attempt, only the counts of more are kept', async () => {
  const { q } = under;
  const worker = await withOne();
  await end(worker, 'retry', failed(1));
  for (let from = 2; from <= 9_000; from += 1_000) {
    await q.redis.hset(q.key('attempts'), ...Array.from({ length: 1_000 }, (_, i) => [from + i, '1 0']).flat());
  }
  await end(worker, 'retry', failed(2));
  await q.redis.hset(q.key('attempts'), ...Array.from({ length: 1_000 }, (_, i) => [9_002 + i, '1 0']).flat());
  await end(worker, 'retry', failed(3));
  await worker.abandon({ crash: [1] });
  expect(await charge()).toEqual(['4 1', failed(1), failed(2)]);
});
