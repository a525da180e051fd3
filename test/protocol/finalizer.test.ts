import type { WorkerDriver } from './queue-driver';
import { queueUnderTest, texts } from './queue-under-test';

const under = queueUnderTest();

const FINALIZER = { kind: 'work', alone: true, more: { finalizer: true } };
const WAITS = { kind: 'wait', why: 'finalizer' };
/** The counters of two items and a finalizer, all of which are done. */
const DRAINED = { kind: 'drained', claimed: 3, done: 3, dead: 0, finalizers: { claimed: 1, done: 1, dead: 0 } };

/** Two items in a sealed queue, both in the hands of a worker that can run the finalizer. */
async function scene(final: 'success' | 'always' = 'success'): Promise<WorkerDriver> {
  const { q } = under;
  await q.fill('batch', 'batch', 0, ['a', 'b']);
  await q.seal('batch', 2);
  const worker = await q.enter('worker', { finally: final });
  await worker.claim(2);
  return worker;
}

/** It has both items done, and the finalizer in its hands. */
async function running(final: 'success' | 'always' = 'success'): Promise<WorkerDriver> {
  const worker = await scene(final);
  await worker.claim(1, { advance: 2 });
  return worker;
}

/** Time in which the worker renews. */
async function pass(ms: number, worker: WorkerDriver): Promise<void> {
  for (let left = ms; left > 0; left -= 2_500) {
    await under.q.pass(Math.min(left, 2_500));
    await worker.renew();
  }
}

test('it is handed out by the call that settles the last item, and only after it is the queue drained', async () => {
  const { q } = under;
  const worker = await scene();
  const given = await worker.exchange({ advance: 2, want: 5 });
  expect(given).toMatchObject({ ...FINALIZER, items: [{ id: 3, position: 2, attempts: 0 }] });
  const { meta } = await q.state();
  expect(meta).toMatchObject({ claimed: '3', done: '2', total: '3', added: '1', final: '3', finals: '1' });
  expect(await worker.exchange({ advance: 1, want: 5 })).toEqual(DRAINED);
});

test('the same exchange gets the same answer', async () => {
  const worker = await scene();
  const given = await worker.exchange({ advance: 2, want: 5 });
  expect(await worker.send(worker.number)).toEqual(given);
});

test('nobody gets it as long as another one has something, or something waits', async () => {
  const { q } = under;
  const worker = await scene();
  const other = await q.enter('other', { finally: 'success' });
  expect(await other.exchange({ want: 1 })).toMatchObject({ kind: 'wait', why: 'others' });
  await worker.exchange({ advance: 1 });
  expect(await other.exchange({ want: 1 })).toMatchObject({ kind: 'wait', why: 'others' });
  await worker.exchange({ advance: 1, outcomes: { retry: [[2, 1, 1_000]] } });
  expect(await other.exchange({ want: 1 })).toEqual({ kind: 'wait', why: 'retries', due: 1_000 });
  await q.pass(1_000);
  expect(texts(await other.claim(1))).toEqual(['b']);
  expect(await other.exchange({ advance: 1, want: 1 })).toMatchObject(FINALIZER);
});

test('one that cannot run it waits, and wakes those that can; nobody else runs anything meanwhile', async () => {
  const { q } = under;
  const can = await q.enter('can', { finally: 'success' });
  await q.rpush('a');
  await q.seal();
  const cannot = await q.enter('cannot');
  await cannot.claim(1);
  expect(await cannot.exchange({ advance: 1, want: 1 })).toMatchObject(WAITS);
  expect(await q.redis.llen(q.key('wake'))).toBe(2);
  expect(await cannot.exchange({ want: 1 })).toMatchObject(WAITS);
  expect(await q.redis.llen(q.key('wake'))).toBe(0);
  expect(await can.exchange({ want: 1 })).toMatchObject(FINALIZER);
  expect(await cannot.exchange({ want: 1 })).toMatchObject(WAITS);
  await can.exchange({ advance: 1, want: 1 });
  expect(await cannot.exchange({ want: 1 })).toMatchObject({ kind: 'drained', claimed: 2, done: 2 });
});

test('one that leaves with the last item wakes those that can run it', async () => {
  const { q } = under;
  const worker = await scene();
  await q.enter('another', { finally: 'success' });
  expect(await worker.leave(2)).toMatchObject({ kind: 'left', claimed: 2, done: 2 });
  expect(await q.redis.llen(q.key('wake'))).toBe(1);
});

test.each([{ want: 0 }, { want: 1, leaving: true }])('one that asks for nothing does not get it: %j', async (ask) => {
  const worker = await scene();
  expect(await worker.exchange({ advance: 2, ...ask })).toMatchObject(WAITS);
});

test('the queue has to be drained otherwise, settled where it is not sealed', async () => {
  const { q } = under;
  await q.rpush('a');
  const worker = await q.enter('worker', { finally: 'success', settle: 7_000 });
  await worker.claim(1);
  expect(await worker.exchange({ advance: 1, want: 1 })).toMatchObject({ kind: 'wait', why: 'settling' });
  await pass(7_000, worker);
  expect(await worker.exchange({ want: 1 })).toMatchObject(FINALIZER);
  expect((await q.state()).meta.total).toBeUndefined();
  await pass(7_000, worker);
  expect(await worker.exchange({ advance: 1, want: 1 })).toMatchObject({ kind: 'drained', claimed: 2, done: 2 });
});

test('it gets another attempt after its backoff, from whoever can run it, and nothing is handed out beside it', async () => {
  const { q } = under;
  const worker = await running();
  await worker.exchange({ advance: 1, outcomes: { retry: [[3, 2, 4_000]] } });
  const [can, cannot] = [await q.enter('can', { finally: 'success' }), await q.enter('cannot')];
  expect(await can.exchange({ want: 1 })).toEqual({ ...WAITS, due: 2_500 });
  await q.pass(3_999);
  expect(await can.exchange({ want: 1 })).toEqual({ ...WAITS, due: 1 });
  await q.pass(1);
  expect(await cannot.exchange({ want: 9 })).toMatchObject(WAITS);
  const again = { ...FINALIZER, items: [{ id: 3, position: 0, attempts: 1, crashes: 0 }] };
  expect(await can.exchange({ want: 9 })).toMatchObject(again);
  expect(await can.send(can.number)).toMatchObject(again);
  expect(await can.exchange({ advance: 1, want: 1, outcomes: { forget: [3] } })).toEqual(DRAINED);
  expect((await q.state()).attempts).toEqual({});
});

test('nobody gets it while the queue is slowed down', async () => {
  const { q } = under;
  const worker = await scene();
  expect(await worker.exchange({ advance: 2, want: 1, outcomes: { slow: 1_000 } })).toEqual({ ...WAITS, due: 1_000 });
  await q.pass(1_000);
  expect(await worker.exchange({ want: 1 })).toMatchObject(FINALIZER);
});

test('what was pushed while it waits for another attempt comes before it', async () => {
  const { q } = under;
  const worker = await running();
  await worker.exchange({ advance: 1, outcomes: { retry: [[3, 2, 0]] } });
  await q.rpush('late');
  expect(await worker.claim(9)).toMatchObject([{ id: 4 }]);
  expect(await worker.exchange({ advance: 1, want: 9 })).toMatchObject({ ...FINALIZER, items: [{ id: 3 }] });
});

test.each([
  ['crashes, charged', 1],
  ['stops, uncharged', 0],
])('it is taken back from a worker that %s', async (_, charged) => {
  const { q } = under;
  const worker = await running();
  const other = await q.enter('other', { finally: 'success' });
  if (charged === 0) await worker.renew('', worker.number, true);
  for (let passed = 0; passed < 10_000; passed += 2_500) await pass(2_500, other);
  expect(await other.exchange({ want: 1 })).toMatchObject({
    ...FINALIZER,
    items: [{ id: 3, attempts: charged, crashes: charged }],
  });
});

test('it is given back by a worker that leaves, and handed out to the next one at once', async () => {
  const { q } = under;
  const worker = await running();
  expect(await worker.leave()).toMatchObject({
    kind: 'left',
    claimed: 3,
    done: 2,
    finalizers: { claimed: 1, done: 0 },
  });
  const next = await q.enter('next', { finally: 'success' });
  expect(await next.exchange({ want: 1 })).toMatchObject({ ...FINALIZER, items: [{ id: 3, attempts: 0 }] });
});

test('as it always runs alone, crashes convict it', async () => {
  const { q } = under;
  for (let crash = 1; crash <= 3; crash++) {
    const worker = crash === 1 ? await running() : await q.enter(`worker ${crash}`, { finally: 'success' });
    if (crash > 1) expect(await worker.exchange({ want: 1 })).toMatchObject(FINALIZER);
    await worker.abandon({ crash: [3] });
  }
  const { dead, suspects } = await q.state();
  expect([Object.keys(dead), suspects]).toEqual([['3'], {}]);
  expect(await (await q.enter('next')).exchange({ want: 1 })).toEqual({
    kind: 'drained',
    claimed: 3,
    done: 2,
    dead: 1,
    finalizers: { claimed: 1, done: 0, dead: 1 },
  });
});

describe('dead letters', () => {
  const dead = { advance: 2, want: 1, outcomes: { dead: [[2, 1, '{}']] } };

  test('without them only, unless it is always wanted', async () => {
    expect(await (await scene()).exchange(dead)).toEqual({ kind: 'drained', claimed: 2, done: 1, dead: 1 });
    await under.q.reset();
    expect(await (await scene('always')).exchange(dead)).toMatchObject(FINALIZER);
  });

  test('sent back, they are done before it', async () => {
    const { q } = under;
    await (await scene()).exchange(dead);
    await q.dead('retry', 2);
    const worker = await q.enter('next', { finally: 'success' });
    expect(texts(await worker.claim(9))).toEqual(['b']);
    expect(await worker.exchange({ advance: 1, want: 9 })).toMatchObject({ ...FINALIZER, items: [{ id: 3 }] });
  });

  test('done after it, they make it run again', async () => {
    const { q } = under;
    const worker = await scene('always');
    await worker.exchange(dead);
    expect(await worker.exchange({ advance: 1, want: 1 })).toMatchObject({ kind: 'drained', done: 2, dead: 1 });
    await q.dead('retry', 2);
    const next = await q.enter('next', { finally: 'always' });
    expect(texts(await next.claim(9))).toEqual(['b']);
    expect(await next.exchange({ advance: 1, want: 9 })).toMatchObject({ ...FINALIZER, items: [{ id: 4 }] });
    const finalizers = { claimed: 2, done: 2, dead: 0 };
    expect(await next.exchange({ advance: 1, want: 9 })).toEqual({
      kind: 'drained',
      claimed: 4,
      done: 4,
      dead: 0,
      finalizers,
    });
  });

  test('of the finalizer itself: sent back, it runs; dropped, it does not', async () => {
    const { q } = under;
    for (const what of ['retry', 'drop'] as const) {
      await q.reset();
      const worker = await running();
      await worker.exchange({ advance: 1, outcomes: { dead: [[3, 2, '{}']] } });
      expect(await q.dead(what, 3)).toBe(1);
      const next = await q.enter('next', { finally: 'success' });
      expect(await next.exchange({ want: 1 })).toMatchObject(
        what === 'retry' ? FINALIZER : { kind: 'drained', claimed: 3 },
      );
    }
  });
});

test('it runs again where items that were pushed late are done after it', async () => {
  const { q } = under;
  const worker = await running();
  const other = await q.enter('other');
  await q.rpush('late');
  expect(texts(await other.claim(9))).toEqual(['late']);
  await worker.exchange({ advance: 1 });
  expect(await other.exchange({ advance: 1, want: 9 })).toMatchObject(WAITS);
  expect(await worker.exchange({ want: 1 })).toMatchObject({ ...FINALIZER, items: [{ id: 5 }] });
});

describe('a worker that may leave before the end', () => {
  const SPARE = 5_000;

  test('leaves while another one runs it', async () => {
    const worker = await running();
    const spare = await under.q.enter('spare', { spare: SPARE });
    expect(await spare.exchange({ want: 1 })).toEqual({ ...WAITS, due: 2_500 });
    await pass(SPARE, worker);
    expect(await spare.exchange({ want: 1 })).toMatchObject({ kind: 'spare' });
  });

  test('runs it where nobody does, and stays where it cannot', async () => {
    const { q } = under;
    await (await scene()).leave(2);
    await q.pass(SPARE);
    const cannot = await q.enter('cannot', { spare: SPARE });
    expect(await cannot.exchange({ want: 1 })).toMatchObject(WAITS);
    const can = await q.enter('can', { spare: SPARE, finally: 'success' });
    expect(await can.exchange({ want: 1 })).toMatchObject(FINALIZER);
  });
});

describe('the next batch', () => {
  test('is refused until it has run, with words', async () => {
    const { q } = under;
    const worker = await scene();
    await worker.leave(2);
    const why = /BATCH .* whose finalizer has not run\. Wait until its Job is Complete/;
    await expect(q.fill('next', 'next', 0, ['x'])).rejects.toThrow(why);
    const next = await q.enter('next', { finally: 'success' });
    await next.claim(1);
    await expect(q.fill('next', 'next', 0, ['x'])).rejects.toThrow(why);
    expect(await q.gate('run', 'next')).toBe('lost');
    await next.exchange({ advance: 1, outcomes: { retry: [[3, 0, 0]] } });
    await expect(q.fill('next', 'next', 0, ['x'])).rejects.toThrow(why);
    await next.claim(1);
    await next.exchange({ advance: 1, want: 1 });
    expect(await q.fill('next', 'next', 0, ['x'])).toBe(1);
    const { meta, former } = await q.state();
    expect([meta.final, former.batch]).toEqual([undefined, '2']);
  });

  test('has workers that came early and can run one: the batch before it does not wait for that', async () => {
    const { q } = under;
    await q.fill('batch', 'batch', 0, ['a']);
    await q.seal('batch', 1);
    const worker = await q.enter('worker', { batch: 'batch' });
    await worker.claim(1);
    const early = await q.enter('early', { batch: 'next', finally: 'success' });
    expect(await worker.exchange({ advance: 1, want: 1 })).toMatchObject({ kind: 'drained' });
    await q.fill('next', 'next', 0, ['x']);
    await q.seal('next', 1);
    expect(await early.exchange({ want: 1 })).toEqual({ kind: 'stale' });
    const again = await q.enter('again', { batch: 'next', finally: 'success', epoch: early.epoch });
    await again.claim(1);
    expect(await again.exchange({ advance: 1, want: 1 })).toMatchObject({ ...FINALIZER, items: [{ id: 2 }] });
  });
});
