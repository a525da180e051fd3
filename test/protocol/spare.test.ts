import type { WorkerDriver } from './queue-driver';
import { queueUnderTest, texts } from './queue-under-test';

const under = queueUnderTest();

const SPARE = 5_000;
const LEAVES = { kind: 'spare', claimed: 2, done: 1, dead: 0 };

interface Scene {
  /** Holds the last item of a sealed queue. */
  readonly holder: WorkerDriver;
  /** May leave, and has done the other item. */
  readonly worker: WorkerDriver;
}

/** Two items, of which the last was claimed just now. */
async function scene(seal = true): Promise<Scene> {
  const { q } = under;
  await q.rpush('a', 'b');
  if (seal) await q.seal();
  const [worker, holder] = [await q.enter('worker', { spare: SPARE }), await q.enter('holder')];
  await worker.claim(1);
  await worker.exchange({ advance: 1 });
  await holder.claim(1);
  return { holder, worker };
}

/** Time in which the holder renews. */
async function pass(ms: number, { holder }: Pick<Scene, 'holder'>): Promise<void> {
  for (let left = ms; left > 0; left -= 2_500) {
    await under.q.pass(Math.min(left, 2_500));
    await holder.renew();
  }
}

test('it leaves once nothing was claimed for its time, and is told before when to ask', async () => {
  const on = await scene();
  const { worker } = on;
  expect(await worker.exchange({ want: 1 })).toEqual({ kind: 'wait', why: 'others', due: 2_500 });
  await pass(3_000, on);
  expect(await worker.exchange({ want: 1 })).toEqual({ kind: 'wait', why: 'others', due: 2_000 });
  await pass(1_999, on);
  expect(await worker.exchange({ want: 1 })).toEqual({ kind: 'wait', why: 'others', due: 1 });
  await pass(1, on);
  expect(await worker.exchange({ want: 1 })).toEqual(LEAVES);
});

test('its record is gone: asked again, the answer is stale, and a fresh incarnation leaves at once', async () => {
  const { q } = under;
  const on = await scene();
  await pass(SPARE, on);
  expect(await on.worker.exchange({ want: 1 })).toEqual(LEAVES);
  const { workers, idle } = await q.state();
  expect([Object.keys(workers), idle]).toEqual([['holder'], {}]);
  expect(await on.worker.send(on.worker.number)).toEqual({ kind: 'stale' });
  expect(await (await q.enter('fresh', { spare: SPARE })).exchange({ want: 1 })).toEqual(LEAVES);
});

test('each claim, of whomever, keeps it for another time', async () => {
  const { q } = under;
  const on = await scene();
  await pass(4_000, on);
  await on.holder.exchange({ advance: 1, outcomes: { back: [[2, 0]] } });
  await on.holder.claim(1);
  await pass(4_000, on);
  expect(await on.worker.exchange({ want: 1 })).toMatchObject({ kind: 'wait', due: 1_000 });
  await on.holder.exchange({ advance: 1, outcomes: { dead: [[2, 0, '{}']] } });
  const other = await q.enter('other');
  await q.dead('retry', 2);
  await other.claim(1);
  await pass(4_000, { holder: other });
  expect(await on.worker.exchange({ want: 1 })).toMatchObject({ kind: 'wait', due: 1_000 });
});

test('of a queue that was sealed by hand it leaves as well, and fixes no total', async () => {
  const { q } = under;
  const on = await scene(false);
  await q.redis.hset(q.key('meta'), 'sealed', 1);
  await pass(SPARE, on);
  expect(await on.worker.exchange({ want: 1 })).toEqual(LEAVES);
  expect((await q.state()).meta.total).toBeUndefined();
});

describe('it stays', () => {
  const STAYS = { kind: 'wait', why: 'others' };

  test('where it was not allowed to leave', async () => {
    const { q } = under;
    const on = await scene();
    const closer = await q.enter('closer');
    await pass(100_000, on);
    expect(await closer.exchange({ want: 1 })).toMatchObject(STAYS);
  });

  test('where the queue is not sealed: more may come', async () => {
    const on = await scene(false);
    await pass(100_000, on);
    expect(await on.worker.exchange({ want: 1 })).toMatchObject(STAYS);
  });

  test('where fewer items came out than the queue was sealed with: that is for the end to say', async () => {
    const { q } = under;
    const on = await scene();
    await q.redis.hset(q.key('meta'), 'total', 3);
    await pass(100_000, on);
    expect(await on.worker.exchange({ want: 1 })).toMatchObject(STAYS);
  });

  test('where something waits, and nothing says for when', async () => {
    const { q } = under;
    const on = await scene();
    await q.redis.hset(q.key('waiting'), 1, 'a');
    await pass(SPARE, on);
    expect(await on.worker.exchange({ want: 1 })).toMatchObject(STAYS);
  });

  test('where the queue is paused', async () => {
    const { q } = under;
    const on = await scene();
    await q.redis.hset(q.key('meta'), 'paused', 1);
    await pass(SPARE, on);
    expect(await on.worker.exchange({ want: 1 })).toMatchObject({ kind: 'wait', why: 'paused' });
  });

  test('where an item waits for another attempt', async () => {
    const { q } = under;
    const on = await scene();
    await q.rpush('c');
    const third = await q.enter('third');
    await third.claim(1);
    await third.exchange({ advance: 1, outcomes: { retry: [[3, 0, 60_000]] } });
    await pass(SPARE, on);
    expect(await on.worker.exchange({ want: 1 })).toMatchObject({ kind: 'wait', why: 'retries' });
  });

  test('where it wants nothing now, or was told to stop', async () => {
    const on = await scene();
    await pass(SPARE, on);
    expect(await on.worker.exchange({ want: 0 })).toMatchObject(STAYS);
    expect(await on.worker.exchange({ want: 1, leaving: true })).toMatchObject(STAYS);
    expect(await on.worker.leave()).toMatchObject({ kind: 'left' });
  });

  test('where the next call takes back more from the dead', async () => {
    const { q } = under;
    const large = 'x'.repeat(1_200_000);
    await q.rpush(large, 'b');
    await q.seal();
    const worker = await q.enter('worker', { spare: 0 });
    const crashed = await q.enter('crashed', { maxAttempts: 1 });
    await crashed.claim(1);
    await crashed.abandon({ crash: [1] });
    // Convicted alone, so that nobody can claim what the call takes back first.
    const [poisoned, other] = [await q.enter('poisoned', { maxAttempts: 1 }), await q.enter('other')];
    await poisoned.claim(1);
    await other.claim(1);
    await q.redis.zadd(q.key('leases'), -2, 'poisoned', -1, 'other');
    expect(await worker.exchange({ want: 1 })).toEqual({ kind: 'wait', why: 'others', due: 0 });
    expect(texts(await worker.claim(1))).toEqual(['b']);
  });

  test('where all is done: that is the end, and it says so', async () => {
    const on = await scene();
    await pass(SPARE, on);
    await on.holder.exchange({ advance: 1 });
    expect(await on.worker.exchange({ want: 1 })).toMatchObject({ kind: 'drained', done: 2 });
  });
});

describe('what comes back after it has left', () => {
  test('a crashed holder: its item is for those that stay, and for whoever comes anew', async () => {
    const { q } = under;
    const on = await scene();
    const closer = await q.enter('closer');
    await pass(SPARE, on);
    expect(await on.worker.exchange({ want: 1 })).toEqual(LEAVES);
    for (let passed = 0; passed <= 10_000; passed += 2_500) {
      await q.pass(2_500);
      await closer.renew();
    }
    const anew = await q.enter('anew', { spare: SPARE });
    expect(texts(await anew.claim(1))).toEqual(['b']);
    await anew.abandon();
    expect(texts(await closer.claim(1))).toEqual(['b']);
    expect(await closer.exchange({ advance: 1, want: 1 })).toMatchObject({ kind: 'drained', done: 2 });
  });

  test('a crash that nobody has noticed yet keeps nobody, and those that stay notice it', async () => {
    const { q } = under;
    const on = await scene();
    const closer = await q.enter('closer');
    for (let passed = 0; passed < 7_500; passed += 2_500) {
      await q.pass(2_500);
      await closer.renew();
    }
    expect(await on.worker.exchange({ want: 1 })).toEqual(LEAVES);
    for (let passed = 0; passed < 2_500; passed += 500) {
      await q.pass(500);
      await closer.renew();
    }
    expect(texts(await closer.claim(1))).toEqual(['b']);
  });
});

test('it wakes nobody: whoever stays has nothing to look for', async () => {
  const { q } = under;
  const on = await scene();
  await q.enter('closer');
  await pass(SPARE, on);
  expect(await on.worker.exchange({ want: 1 })).toEqual(LEAVES);
  expect(await q.redis.llen(q.key('wake'))).toBe(0);
});

test('of many that may leave, few are told when, and the others leave whenever they ask after that', async () => {
  const { q } = under;
  const on = await scene();
  const idle = await Promise.all(Array.from({ length: 400 }, (_, i) => q.enter(`w${i}`, { spare: SPARE })));
  await pass(4_000, on);
  let told = 0;
  for (const worker of idle) {
    const answer = await worker.exchange({ want: 1 });
    if (answer.kind !== 'wait') throw new Error(answer.kind);
    if (answer.due === undefined) continue;
    expect(answer.due).toBe(1_000);
    told++;
  }
  expect(told).toBeGreaterThan(10);
  expect(told).toBeLessThan(60);
  await pass(1_000, on);
  for (const worker of idle) expect(await worker.exchange({ want: 1 })).toEqual(LEAVES);
});
