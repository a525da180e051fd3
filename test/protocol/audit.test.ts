import { type Answer, WorkerDriver } from './queue-driver';
import { payloadsAnywhere } from './queue-state';
import { queueUnderTest, texts } from './queue-under-test';

const under = queueUnderTest();

/** `one` holds what `leases` does not know: somebody else wrote to Redis, or a way back failed as well. */
async function hide(worker: WorkerDriver): Promise<void> {
  const { q } = under;
  await q.redis.zrem(q.key('leases'), worker.name);
  await q.redis.zadd(q.key('idle'), q.now, worker.name);
}

/** The same incarnation, as it was when it entered. */
function again({ driver, name, options, epoch }: WorkerDriver): WorkerDriver {
  return Object.assign(new WorkerDriver(driver, name, options), { epoch });
}

/** Asks until it gets something else than `wait`, in no time. */
async function askOn(worker: WorkerDriver, most = 20): Promise<{ answer: Answer; calls: number }> {
  for (let calls = 1; ; calls++) {
    const answer = await worker.exchange({ want: 100 });
    if (answer.kind !== 'wait' || calls === most) return { answer, calls };
  }
}

async function idleOnes(n: number): Promise<void> {
  const { q } = under;
  for (let i = 0; i < n; i += 100) {
    await Promise.all(Array.from({ length: Math.min(100, n - i) }, (_, j) => q.enter(`idle ${i + j}`)));
  }
}

describe('one that is registered among those who hold nothing holds something', () => {
  test.each(['held', 'running'])('%s: it is found, taken back and done', async (place) => {
    const { q } = under;
    await q.rpush('a', 'b');
    await q.seal();
    const [one, two] = [await q.enter('one'), await q.enter('two')];
    await one.claim(2);
    if (place === 'running') {
      await one.exchange({
        advance: 2,
        outcomes: {
          keep: [
            [1, 0],
            [2, 1],
          ],
        },
      });
    }
    await hide(one);
    const { answer, calls } = await askOn(two);
    expect(answer).toMatchObject({ kind: 'work', items: [{ id: 1 }, { id: 2 }] });
    expect(calls).toBeLessThanOrEqual(3);
    expect(await two.exchange({ advance: 2, want: 1 })).toMatchObject({ kind: 'drained', claimed: 2, done: 2 });
  });

  test.each(['leases', 'idle'])('its record is gone, and it stands in %s: all of it is run again', async (zset) => {
    const { q } = under;
    await q.rpush('a', 'b', 'c');
    await q.seal();
    const [one, two] = [await q.enter('one'), await q.enter('two')];
    await one.claim(3);
    await one.exchange({ advance: 1, outcomes: { keep: [[1, 0]] } });
    await q.redis.del(q.key('worker:one'));
    if (zset === 'idle') await hide(one);
    for (let passed = 0; passed < 10_000; passed += 2_500) {
      await q.pass(2_500);
      await two.renew();
    }
    const done: string[] = [];
    let holding = 0;
    for (let call = 0; call < 10; call++) {
      const answer = await two.exchange({ advance: holding, want: 10 });
      holding = answer.kind === 'work' ? answer.items.length : 0;
      if (answer.kind === 'work') done.push(...texts(answer.items));
      // Under which ids they were claimed nobody knows any more.
      if (answer.kind === 'lost') break;
      expect(answer.kind).not.toBe('drained');
    }
    expect(done.sort()).toEqual(['a', 'b', 'c']);
    expect(await q.state()).toMatchObject({ leases: {}, held: {}, running: {}, attempts: {} });
  });

  test('of 1,200 it is one: found in steps, by one that looks at a time, and another when that one dies', async () => {
    const { q } = under;
    await q.rpush('a');
    await q.seal();
    const [auditor, other] = [await q.enter('auditor'), await q.enter('other')];
    await idleOnes(1_200);
    const [, first] = await q.redis.zscan(q.key('idle'), 0, 'COUNT', 500);
    const late = Array.from({ length: 1_200 }, (_, i) => `idle ${i}`).find((name) => !first.includes(name)) as string;
    const one = Object.assign(new WorkerDriver(q, late), { epoch: other.epoch });
    await one.claim(1);
    await hide(one);
    expect(await auditor.exchange({ want: 1 })).toEqual({ kind: 'wait', why: 'others', due: 0 });
    const { audit } = (await q.state()).meta;
    expect(audit).toMatch(/^auditor \d+ \d+$/);
    expect(await other.exchange({ want: 1 })).toMatchObject({ kind: 'wait', why: 'others' });
    expect((await q.state()).meta.audit).toBe(audit);
    await q.pass(5_000);
    await other.renew();
    await q.pass(5_000);
    const { answer, calls } = await askOn(other);
    expect(answer).toMatchObject({ kind: 'work', items: [{ id: 1 }] });
    expect(calls).toBeLessThan(8);
    expect(await other.exchange({ advance: 1, want: 1 })).toMatchObject({ kind: 'drained', done: 1 });
  });
});

describe.each([
  ['claimed', 1],
  ['done', 1],
  ['done', -1],
  ['dropped', 1],
] as const)('the counter %s is off by %i', (counter, by) => {
  test('nothing is called drained, and what somebody holds is done first', async () => {
    const { q } = under;
    await q.rpush('a', 'b', 'c');
    await q.seal();
    const [one, two] = [await q.enter('one'), await q.enter('two')];
    await one.claim(1);
    await two.claim(2);
    await q.redis.hincrby(q.key('meta'), counter, by);
    if (by < 0) await two.exchange({ advance: 1, want: 0 });
    expect(await two.exchange({ advance: by < 0 ? 1 : 2, want: 1 })).toMatchObject({ kind: 'wait', why: 'others' });
    expect(await one.exchange({ advance: 1, want: 1 })).toMatchObject({ kind: 'lost' });
    expect(payloadsAnywhere(await q.state()).size).toBe(0);
    expect(await two.exchange({ want: 1 })).toMatchObject({ kind: 'lost' });
  });
});

test('lost is said only when all 1,200 were looked at, and then to each that asks', async () => {
  const { q } = under;
  await q.rpush('a');
  await q.seal();
  const [one, auditor, other] = [await q.enter('one'), await q.enter('auditor'), await q.enter('other')];
  await one.claim(1);
  await idleOnes(1_200);
  await hide(one);
  await q.redis.del(q.key('held:one'));
  const { answer, calls } = await askOn(auditor);
  expect(answer).toMatchObject({ kind: 'lost', why: expect.stringMatching(/^items claimed: 1, of which 0 done/) });
  expect(calls).toBeGreaterThanOrEqual(3);
  expect(await other.exchange({ want: 1 })).toMatchObject({ kind: 'lost' });
});

test('a claim whose way back failed as well is waited for, though the counters add up without it', async () => {
  const { q } = under;
  await q.rpush('a', 'b');
  const [one, two] = [await q.enter('one'), await q.enter('two')];
  const back = await q.keep();
  let seen = 0;
  for (let k = 1; ; k++) {
    await back();
    await q.failAt(k, 1);
    await again(one)
      .claim(1)
      .catch(() => undefined);
    const failed = await q.failed();
    await q.failAt(0);
    if (failed === null) break;
    // What was cut off the list cannot be put back.
    if ((await q.state()).list.join() !== 'b') continue;
    seen++;
    const other = again(two);
    expect(texts(await other.claim(1))).toEqual(['b']);
    expect([failed, await other.exchange({ advance: 1, want: 1 })]).toMatchObject([failed, { kind: 'wait' }]);
    for (let passed = 0; passed <= 10_000; passed += 2_500) {
      await q.pass(2_500);
      await other.renew();
    }
    expect(texts(await other.claim(1))).toEqual(['a']);
    expect(await other.exchange({ advance: 1, want: 1 })).toMatchObject({ kind: 'drained', claimed: 2, done: 2 });
  }
  expect(seen).toBeGreaterThan(0);
});
