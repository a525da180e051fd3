import { queueUnderTest } from './queue-under-test';

const under = queueUnderTest();

/** A queue of ten items: two in the hands of `worker`, one of them moved aside, one due for a retry, one dead, six never claimed. */
async function aQueue() {
  const { q } = under;
  await q.rpush(...Array.from({ length: 10 }, (_, i) => `p${i + 1}`));
  const worker = await q.enter('worker');
  await worker.claim(4);
  const outcomes = { keep: [[1, 0]], retry: [[2, 1, 60_000]], dead: [[3, 2, '{"reason":"handler"}']] };
  await worker.exchange({ advance: 3, outcomes });
  return { q, worker };
}

const OVER = { kind: 'wait', why: 'cancelled', more: { over: 'cancelled' } };

test('what waits is dropped and counts as claimed; what is in hand and the dead letters stay', async () => {
  const { q } = await aQueue();
  expect(await q.cancel()).toBe(7);
  expect(await q.state()).toMatchObject({
    meta: { claimed: '10', done: '0', dropped: '7', cancelled: '7' },
    list: [],
    retries: {},
    suspects: {},
    waiting: {},
    attempts: {},
    dead: { 3: expect.stringMatching(/p3$/) },
    held: { worker: ['p4'] },
    running: { worker: { 1: 'p1' } },
  });
});

test('a large queue takes several calls, none of which drops more than a thousand items, or 1 MiB of what waits', async () => {
  const { q } = under;
  const large = 'x'.repeat(400_000);
  await q.rpush(...Array.from({ length: 5 }, () => large), ...Array.from({ length: 2_500 }, (_, i) => `${i}`));
  const worker = await q.enter('worker');
  await worker.claim(5, { budget: 10_000_000 });
  await worker.exchange({ advance: 5, outcomes: { retry: [1, 2, 3, 4, 5].map((id) => [id, id - 1, 0]) } });
  const { epoch } = worker;
  const dropped: number[] = [];
  for (;;) {
    const answer = await q.cancelCall(epoch);
    dropped.push(answer.dropped);
    if (answer.waiting === 0) break;
  }
  expect(dropped).toEqual([2, 4, 5, 1_005, 2_005, 2_505]);
});

test('from the first call on nothing is claimed, though much still waits', async () => {
  const { q } = under;
  await q.rpush(...Array.from({ length: 3_000 }, (_, i) => `${i}`));
  const worker = await q.enter('worker');
  await q.cancelCall(worker.epoch);
  expect(await worker.exchange({ want: 5 })).toMatchObject(OVER);
});

describe('a worker that holds something', () => {
  test('hears of it with its next exchange, also with a copy, and with each renewal', async () => {
    const { q, worker } = await aQueue();
    await q.cancel();
    expect(await worker.renewal()).toMatchObject({ more: { over: 'cancelled' } });
    const exchange = worker.prepare({ want: 3 });
    expect(await exchange()).toEqual({ kind: 'held', more: { over: 'cancelled' } });
    expect(await exchange()).toEqual({ kind: 'held', more: { over: 'cancelled' } });
  });

  test('hears of it also with a copy of what handed out items before', async () => {
    const { q, worker } = await aQueue();
    const exchange = worker.prepare({ want: 1 });
    await exchange();
    const copy = await q.cancel().then(exchange);
    expect(copy).toMatchObject({ kind: 'work', more: { over: 'cancelled' } });
  });

  const ENDS = {
    'given back': { back: [[1, -1]] },
    'failed, with attempts left': { retry: [[1, -1, 500]] },
  };
  test.each(Object.entries(ENDS))('has its item dropped where that is %s', async (_, outcomes) => {
    const { q, worker } = await aQueue();
    await q.cancel();
    await worker.exchange({ outcomes });
    expect(await q.state()).toMatchObject({
      meta: { dropped: '8', cancelled: '8' },
      waiting: {},
      attempts: {},
      running: {},
    });
  });

  test('has its item done where that ends well, and dead where it fails for good', async () => {
    const { q, worker } = await aQueue();
    await q.cancel();
    await worker.exchange({ advance: 1, outcomes: { dead: [[1, -1, '{"reason":"handler"}']] } });
    expect(await q.state()).toMatchObject({
      meta: { done: '1', dropped: '7' },
      dead: { 1: expect.any(String), 3: expect.any(String) },
    });
  });

  test.each([false, true])('is taken back from where it is killed, told to stop before: %s', async (leaving) => {
    const { q, worker } = await aQueue();
    const other = await q.enter('other');
    await q.cancel();
    await worker.renewal('', worker.number, leaving);
    for (let passed = 0; passed <= 10_000; passed += 2_500) {
      await q.pass(2_500);
      await other.exchange({ want: 1 });
    }
    expect(await q.state()).toMatchObject({
      meta: { claimed: '10', dropped: '9' },
      waiting: {},
      attempts: {},
      leases: {},
    });
  });

  test('leaves: all of it is dropped, and the answer counts it', async () => {
    const { q, worker } = await aQueue();
    await q.cancel();
    expect(await worker.leave()).toEqual({ kind: 'left', claimed: 10, done: 0, dead: 1 });
    expect(await q.state()).toMatchObject({ meta: { dropped: '9' }, workers: {} });
  });

  test('gives back by a renewal what it has not started: dropped', async () => {
    const { q, worker } = await aQueue();
    await q.cancel();
    await worker.renewal(3);
    expect(await q.state()).toMatchObject({ meta: { dropped: '8' }, held: {}, waiting: {} });
  });

  test('ends out of turn: what it brought down is dropped as well', async () => {
    const { q, worker } = await aQueue();
    await q.cancel();
    await worker.abandon({ crash: [1], retry: [[4, 100]] });
    expect(await q.state()).toMatchObject({ meta: { dropped: '9' }, waiting: {}, attempts: {}, workers: {} });
  });
});

test('whoever waits is woken, and the leaving of each wakes one more', async () => {
  const { q } = await aQueue();
  const [one] = await Promise.all(['one', 'two', 'three'].map((name) => q.enter(name)));
  await q.cancel();
  expect(await q.redis.llen(q.key('wake'))).toBe(4);
  await q.redis.del(q.key('wake'));
  q.salt = () => 1;
  await one?.exchange({ want: 1 });
  await one?.leave();
  expect(await q.redis.llen(q.key('wake'))).toBe(1);
});

test('a worker that comes later hears of it at once, also where the queue is paused', async () => {
  const { q } = await aQueue();
  await q.cancel();
  await q.redis.hset(q.key('meta'), 'paused', 1);
  const late = await q.enter('late');
  expect(await late.exchange({ want: 1 })).toMatchObject(OVER);
});

test('it is never called drained, nor may anybody leave before', async () => {
  const { q } = under;
  await q.rpush('a', 'b');
  const worker = await q.enter('worker');
  await worker.claim(1);
  await q.seal();
  const other = await q.enter('other', { spare: 0 });
  await q.cancel();
  expect(await other.exchange({ want: 1 })).toMatchObject(OVER);
  expect(await worker.exchange({ advance: 1, want: 1 })).toMatchObject(OVER);
  expect((await worker.leave()).kind).toBe('left');
});

describe('nothing is left to cancel', () => {
  test('where all is done or dead', async () => {
    const { q } = under;
    await q.rpush('a', 'b');
    await q.seal();
    const worker = await q.enter('worker');
    await worker.claim(2);
    await worker.exchange({ advance: 2, outcomes: { dead: [[2, 1, '{}']] } });
    expect(await q.cancelCall(worker.epoch)).toMatchObject({ kind: 'over' });
    expect(await (await q.enter('late')).exchange({ want: 1 })).toMatchObject({ kind: 'drained' });
  });

  test('where there is no such queue', async () => {
    const { q } = under;
    expect(await q.cancelCall('')).toMatchObject({ kind: 'over' });
    expect(await q.redis.exists(q.key('meta'))).toBe(0);
  });

  test('but where it is not sealed, more may come, and is refused', async () => {
    const { q } = under;
    await q.fill('filler', '', 0, ['a']);
    const worker = await q.enter('worker');
    await worker.claim(1);
    await worker.exchange({ advance: 1 });
    expect(await q.cancelCall(worker.epoch)).toMatchObject({ kind: 'cancelled', dropped: 0 });
    await expect(q.fill('filler', '', 1, ['b'])).rejects.toThrow(/^CANCELLED the queue job2 was cancelled/);
  });
});

test('a bare list is a queue', async () => {
  const { q } = under;
  await q.rpush('a', 'b');
  expect(await q.cancel()).toBe(2);
  expect(await (await q.enter('worker')).exchange({ want: 1 })).toMatchObject(OVER);
});

test('a late copy of a call does nothing to another queue of this name', async () => {
  const { q } = under;
  await q.rpush('a');
  expect(await q.cancelCall('another epoch')).toMatchObject({ kind: 'another' });
  const { epoch } = await q.enter('worker');
  expect(await q.cancelCall('')).toMatchObject({ kind: 'another', epoch });
  expect(await q.state()).toMatchObject({ list: ['a'], meta: expect.not.objectContaining({ cancelled: '0' }) });
});

test('cancelled twice is cancelled once, and drops what was pushed by hand since', async () => {
  const { q } = await aQueue();
  expect([await q.cancel(), await q.cancel()]).toEqual([7, 7]);
  await q.rpush('late');
  expect(await q.cancel()).toBe(8);
});

test.each(['', 'job'])('of the batch “%s”: fill, seal, gate and dead letters refuse, in words', async (batch) => {
  const { q } = under;
  await q.fill('filler', batch, 0, ['a', 'b']);
  const worker = await q.enter('worker', { batch });
  await q.cancel();
  const why = /^CANCELLED the queue job2 was cancelled: .* remove it first: rwq purge --queue job2$/;
  await expect(q.fill('filler', batch, 0, ['a', 'b'])).rejects.toThrow(why);
  await expect(q.seal(batch, batch === '' ? '' : 'filled')).rejects.toThrow(why);
  await expect(q.dead('retry', 1)).rejects.toThrow(why);
  expect(await q.dead('drop', 1)).toBe(0);
  expect(await q.gate('run', batch)).toBe('cancelled');
  expect(await worker.exchange({ want: 1 })).toMatchObject(OVER);
});

test('another batch does not replace it, and its gate and workers say why', async () => {
  const { q } = under;
  await q.fill('old', 'old', 0, ['a']);
  await q.seal('old', 1);
  const old = await q.enter('old', { batch: 'old' });
  await old.claim(1);
  await q.cancel();
  await old.exchange({ advance: 1 });
  await expect(q.fill('new', 'new', 0, ['b'])).rejects.toThrow(/^BATCH .* which was cancelled\. Remove it: rwq purge/);
  expect(await q.gate('run', 'new')).toBe('lost');
  const early = await q.enter('early', { batch: 'new' });
  expect(await early.exchange({ want: 1 })).toEqual({
    kind: 'lost',
    why: expect.stringContaining('which was cancelled'),
  });
});

describe('one that came with failFast', () => {
  /** Two workers, of which one holds two items, and the other waits. */
  async function twoWorkers() {
    const { q } = under;
    await q.rpush('a', 'b', 'c');
    const [one, other] = [await q.enter('one', { failFast: true }), await q.enter('other', { failFast: true })];
    await one.claim(2);
    return { q, one, other };
  }
  const FAILED = { more: { over: 'failed' } };

  test('is given nothing where there is a dead letter, and hears of it by exchanges and renewals', async () => {
    const { q, one, other } = await twoWorkers();
    expect(await one.renewal()).not.toHaveProperty('more');
    expect(await one.exchange({ advance: 1, want: 1, outcomes: { dead: [[1, 0, '{}']] } })).toMatchObject(FAILED);
    expect(await one.renewal()).toMatchObject(FAILED);
    expect(await other.exchange({ want: 1 })).toMatchObject({ kind: 'wait', why: 'failed', ...FAILED });
    expect(await q.state()).toMatchObject({ list: ['c'], held: { one: ['b'] } });
  });

  test('gives back what it holds when it leaves, and makes another one ask', async () => {
    const { q, one } = await twoWorkers();
    await one.exchange({ advance: 1, outcomes: { dead: [[1, 0, '{}']] } });
    q.salt = () => 1;
    expect(await one.leave()).toEqual({ kind: 'left', claimed: 2, done: 0, dead: 1 });
    expect(await q.state()).toMatchObject({ list: ['c'], waiting: { 2: 'b' } });
    expect(await q.redis.llen(q.key('wake'))).toBeGreaterThan(0);
  });

  test('goes on where the dead letter was sent back or dropped, and others go on all the time', async () => {
    const { q, one, other } = await twoWorkers();
    await one.exchange({ advance: 1, outcomes: { dead: [[1, 0, '{}']] } });
    expect(await (await q.enter('third')).claim(1)).toHaveLength(1);
    await q.dead('retry', 1);
    expect(await other.exchange({ want: 1 })).toMatchObject({ kind: 'work', items: [{ id: 1 }] });
  });

  test('does not heed the dead letters of another batch', async () => {
    const { q } = under;
    await q.fill('old', 'old', 0, ['a']);
    await q.seal('old', 1);
    const old = await q.enter('old', { batch: 'old' });
    await old.claim(1);
    await old.exchange({ advance: 1, outcomes: { dead: [[1, 0, '{}']] } });
    const early = await q.enter('early', { batch: 'new', failFast: true });
    expect(await early.renewal()).not.toHaveProperty('more');
    expect(await early.exchange({ want: 1 })).toMatchObject({ kind: 'lost' });
  });
});
