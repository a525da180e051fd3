import { QueueDriver } from './queue-driver';
import { queueUnderTest, texts } from './queue-under-test';

const under = queueUnderTest();
const lost = (why: RegExp) => ({ kind: 'lost', why: expect.stringMatching(why) });

describe('lost', () => {
  test('Redis is empty', async () => {
    const { q } = under;
    await q.rpush('a');
    const one = await q.enter('one');
    await one.claim(1);
    await q.reset();
    expect(await one.exchange({ advance: 1 })).toEqual(lost(/came back without the queue/));
    expect(await one.renew()).toBe(false);
    await expect(q.enter('other', { epoch: one.epoch })).rejects.toThrow('lost Redis came back without the queue');
  });

  test('Redis is empty, and somebody has filled it anew', async () => {
    const { q } = under;
    await q.rpush('a');
    const one = await q.enter('one');
    await one.claim(1);
    await q.reset();
    await q.pass(1);
    await q.fill('batch', 'batch', 0, ['a']);
    expect(await one.exchange({ advance: 1 })).toEqual(lost(/another queue of this name/));
    expect((await q.state()).meta.done).toBe('0');
  });

  test('another batch', async () => {
    const { q } = under;
    await q.fill('old', 'old', 0, ['a']);
    await q.seal('old', 1);
    const one = await q.enter('one', { batch: 'new' });
    expect(await one.exchange({ want: 1 })).toEqual(lost(/holds another batch, old \(this worker belongs to new\)/));
    expect(await q.gate('run', 'new')).toBe('lost');
    await expect(q.fill('new', 'new', 0, ['b'])).rejects.toThrow('BATCH');
    await expect(q.seal('new')).rejects.toThrow('BATCH');
  });

  test('sealed with more than ever came out', async () => {
    const { q } = under;
    await q.rpush('a', 'b');
    await q.seal();
    await q.redis.rpop('job2');
    const one = await q.enter('one');
    await one.claim(2);
    expect(await one.exchange({ advance: 1, want: 1 })).toEqual(
      lost(/sealed with the total 2, and only 1 ever came out/),
    );
  });

  test('what somebody held is gone', async () => {
    const { q } = under;
    await q.rpush('a', 'b');
    const [one, two] = [await q.enter('one'), await q.enter('two')];
    await one.claim(1);
    await two.claim(1);
    await q.redis.del(q.key('held:one'));
    // Until its lease is over, whoever holds it may still settle it.
    expect(await two.exchange({ advance: 1, want: 1 })).toMatchObject({ kind: 'wait', why: 'others' });
    for (let passed = 0; passed < 10_000; passed += 2_500) {
      await q.pass(2_500);
      await two.renew();
    }
    expect(await two.exchange({ want: 1 })).toEqual(lost(/items claimed: 2, of which 1 done, 0 dead/));
  });

  test('what waits for a retry has no payload: the others are done first', async () => {
    const { q } = under;
    await q.rpush('a', 'b', 'c');
    const one = await q.enter('one');
    await one.claim(1);
    await one.exchange({ advance: 1, outcomes: { retry: [[1, 0, 0]] } });
    await q.redis.del(q.key('waiting'));
    expect(texts(await one.claim(5))).toEqual(['b', 'c']);
    expect(await one.exchange({ advance: 2, want: 1 })).toEqual(lost(/items claimed: 3, of which 2 done/));
  });
});

describe('by hand', () => {
  test('unsealed: drained once this run has seen an item and none came for the settle time', async () => {
    const { q } = under;
    const one = await q.enter('one', { settle: 30_000 });
    expect(await one.exchange({ want: 1 })).toMatchObject({ kind: 'wait', why: 'unfilled' });
    await q.pass(2_000);
    await q.rpush('a');
    await one.claim(1);
    expect(await one.exchange({ advance: 1, want: 1 })).toEqual({ kind: 'wait', why: 'settling', due: 2_500 });
    for (let passed = 0; passed < 30_000; passed += 5_000) {
      expect(await one.exchange({ want: 1 })).toEqual({
        kind: 'wait',
        why: 'settling',
        due: Math.min(2_500, 30_000 - passed),
      });
      await q.pass(5_000);
    }
    expect(await one.exchange({ want: 1 })).toEqual({ kind: 'drained', claimed: 1, done: 1, dead: 0 });
  });

  test('a second run on a drained list is not done before it has seen an item', async () => {
    const { q } = under;
    await q.rpush('a');
    const first = await q.enter('first', { run: 'job-1' });
    await first.claim(1);
    expect(await first.exchange({ advance: 1, want: 1 })).toMatchObject({ kind: 'drained' });
    const second = await q.enter('second', { run: 'job-2' });
    expect(await second.exchange({ want: 1 })).toMatchObject({ kind: 'wait', why: 'unfilled' });
    await q.rpush('b');
    await second.claim(1);
    expect(await second.exchange({ advance: 1, want: 1 })).toMatchObject({ kind: 'drained', claimed: 2, done: 2 });
  });

  test('the gate opens for later pods of a run that saw items, and for no other run', async () => {
    const { q } = under;
    expect(await q.gate('job-1')).toBe('wait');
    await q.rpush('a');
    expect(await q.gate('job-1')).toBe('open');
    const one = await q.enter('one', { run: 'job-1' });
    await one.claim(1);
    await one.exchange({ advance: 1, want: 1 });
    expect(await q.gate('job-1')).toBe('open');
    expect(await q.gate('job-2')).toBe('wait');
    // A worker of a pod that the gate let in has seen items as well, though others worked them off.
    const late = await q.enter('late', { run: 'job-1' });
    expect(await late.exchange({ want: 1 })).toMatchObject({ kind: 'drained' });
  });

  test("redis-cli hset '{job2}:meta' sealed 1", async () => {
    const { q } = under;
    await q.rpush('a', 'b');
    await q.redis.hset('{job2}:meta', 'sealed', 1);
    expect(await q.gate('run')).toBe('open');
    await expect(q.fill('late', '', 0, ['c'])).rejects.toThrow('SEALED');
    const one = await q.enter('one', { settle: 30_000 });
    await one.claim(2);
    expect(await one.exchange({ advance: 2, want: 1 })).toEqual({ kind: 'drained', claimed: 2, done: 2, dead: 0 });
    expect((await q.state()).meta.total).toBe('2');
  });

  test('sealed by hand while empty: drained, and nothing was done', async () => {
    const { q } = under;
    await q.redis.hset('{job2}:meta', 'sealed', 1);
    const one = await q.enter('one');
    expect(await one.exchange({ want: 1 })).toEqual({ kind: 'drained', claimed: 0, done: 0, dead: 0 });
  });
});

test('nobody says drained while another holds items, a retry is due, or the queue is paused', async () => {
  const { q } = under;
  await q.rpush('a', 'b');
  await q.seal();
  const [one, two] = [await q.enter('one'), await q.enter('two')];
  await one.claim(1);
  await two.claim(1);
  expect(await two.exchange({ advance: 1, want: 1 })).toMatchObject({ kind: 'wait', why: 'others' });
  expect(await two.leave()).toMatchObject({ kind: 'left' });
  await one.exchange({ advance: 1, outcomes: { retry: [[1, 0, 3_000]] } });
  expect(await one.exchange({ want: 1 })).toEqual({ kind: 'wait', why: 'retries', due: 2_500 });
  await q.pass(3_000);
  await one.claim(1);
  await q.redis.hset(q.key('meta'), 'paused', 1);
  expect(await one.exchange({ advance: 1, want: 1 })).toMatchObject({ kind: 'wait', why: 'paused' });
  await q.redis.hdel(q.key('meta'), 'paused');
  expect(await one.exchange({ want: 1 })).toMatchObject({ kind: 'drained', claimed: 2, done: 2 });
});

test('two Jobs on one queue: both end when all is done, whoever did it', async () => {
  const { q } = under;
  await q.rpush('a', 'b', 'c');
  const one = await q.enter('one', { run: 'job-1' });
  const two = await q.enter('two', { run: 'job-2' });
  await one.claim(1);
  await two.claim(1);
  await one.exchange({ advance: 1, want: 1 });
  expect(await two.exchange({ advance: 1, want: 1 })).toMatchObject({ kind: 'wait', why: 'others' });
  expect(await one.exchange({ advance: 1, want: 1 })).toMatchObject({ kind: 'drained', done: 3 });
  expect(await two.exchange({ want: 1 })).toMatchObject({ kind: 'drained', done: 3 });
});

describe('seal', () => {
  const refused = (code: string, why: RegExp) =>
    expect.objectContaining({ message: expect.stringMatching(`${code}.*${why.source}`) });

  test('with a total: what is in the queue, unless a batch is named', async () => {
    const { q } = under;
    await q.rpush('a', 'b');
    await expect(q.seal('', 3)).rejects.toEqual(refused('INCOMPLETE', /job2: 2, not 3\. Push the others/));
    await expect(q.seal('', 1)).rejects.toEqual(refused('INCOMPLETE', /job2: 2, not 1\. Look what else/));
    expect((await q.state()).meta.sealed).toBeUndefined();
    expect(await q.seal('', 2)).toBe(2);
    expect(await q.seal('', 2)).toBe(2);
    await expect(q.seal('', 3)).rejects.toEqual(refused('INCOMPLETE', /which is sealed: 2, not 3/));
  });

  test('with a total: what the batch has, before and after', async () => {
    const { q } = under;
    await q.fill('b', 'b', 0, ['x', 'y']);
    await q.rpush('another');
    await expect(q.seal('b', 3)).rejects.toEqual(refused('INCOMPLETE', /2 of 3 items were pushed/));
    await expect(q.seal('b', 1)).rejects.toEqual(refused('INCOMPLETE', /batch b: 2, not 1/));
    expect(await q.seal('b', 2)).toBe(3);
    expect(await q.seal('b', 2)).toBe(3);
    await expect(q.seal('b', 3)).rejects.toEqual(refused('INCOMPLETE', /2 of 3 items were pushed/));
  });

  test('a batch that has to be there', async () => {
    const { q } = under;
    await q.rpush('a');
    await expect(q.seal('b', 'filled')).rejects.toEqual(refused('BATCH', /holds no batch/));
    expect((await q.state()).meta).toEqual({});
    await q.fill('b', 'b', 0, ['x']);
    expect(await q.seal('b', 'filled')).toBe(2);
  });

  test('what is there becomes the batch, and so does nothing at all where that is what it has to be', async () => {
    const { q } = under;
    await q.rpush('a');
    expect(await q.seal('b')).toBe(1);
    expect(await q.seal('b', 1)).toBe(1);
    await q.reset();
    expect(await q.seal('none', 0)).toBe(0);
    expect((await q.state()).meta.batch).toBe('none');
  });

  test('a batch that nobody ever pushed to is not taken for an empty one', async () => {
    const { q } = under;
    await expect(q.seal('b')).rejects.toEqual(refused('UNFILLED', /the batch b is empty/));
    expect((await q.state()).meta).toEqual({});
    expect(await q.fill('b', 'b', 0, [])).toBe(0);
    expect((await q.state()).meta).toMatchObject({ batch: 'b', version: '1' });
    expect(await q.seal('b')).toBe(0);
    expect(await q.fill('b', 'b', 0, [])).toBe(0);
    expect(await q.fill('c', 'c', 0, [])).toBe(0);
    expect((await q.state()).former).toMatchObject({ b: '0' });
  });

  test('with what a filler without a batch has pushed', async () => {
    const { q } = under;
    await q.fill('f', '', 0, ['x', 'y']);
    await q.rpush('another');
    await expect(q.seal('', 3, 'f')).rejects.toEqual(refused('INCOMPLETE', /2 of 3 items were pushed/));
    await expect(q.seal('', 1, 'f')).rejects.toEqual(refused('INCOMPLETE', /of f: 2, not 1/));
    await expect(q.seal('', 1, 'unknown')).rejects.toEqual(refused('INCOMPLETE', /0 of 1 items were pushed/));
    expect(await q.seal('', 2, 'f')).toBe(3);
    expect(await q.seal('', 2, 'f')).toBe(3);
  });
});

test('several queues on one store know nothing of each other', async () => {
  const { q, server } = under;
  const other = new QueueDriver(server.url, 'job2:retries');
  await other.rpush('x');
  await q.rpush('a');
  const one = await q.enter('same name');
  const two = await other.enter('same name');
  await one.claim(1);
  expect(await one.exchange({ advance: 1, want: 1 })).toMatchObject({ kind: 'drained', claimed: 1 });
  expect(texts(await two.claim(1))).toEqual(['x']);
  expect(await two.exchange({ advance: 1, want: 1 })).toMatchObject({ kind: 'drained', claimed: 1 });
  other.close();
});

test('equal payloads are distinct items', async () => {
  const { q } = under;
  await q.rpush('a', 'a', 'a', 'a');
  await q.seal();
  const one = await q.enter('one');
  const items = await one.claim(4);
  expect(items.map(({ id }) => id)).toEqual([1, 2, 3, 4]);
  const outcomes = { dead: [[2, 1, '{}']], retry: [[3, 2, 0]], results: [[4, 3, '1']] };
  expect(await one.exchange({ advance: 4, outcomes, want: 4 })).toMatchObject({ items: [{ id: 3, attempts: 1 }] });
  const end = await one.exchange({ advance: 1, want: 1, outcomes: { forget: [3] } });
  expect(end).toEqual({ kind: 'drained', claimed: 4, done: 3, dead: 1 });
});

test('an asking worker with a second lease, left by a way back that failed, is not taken for a dead one', async () => {
  const { q } = under;
  await q.rpush('a', 'b');
  const [one, two] = [await q.enter('one'), await q.enter('two')];
  await two.claim(1);
  await q.redis.zadd(q.key('leases'), -1, 'one');
  expect(await one.claim(1)).toMatchObject([{ id: 2 }]);
  expect(await one.exchange({ advance: 1, want: 1 })).toMatchObject({ kind: 'wait', why: 'others' });
  expect(await two.exchange({ advance: 1, want: 1 })).toMatchObject({ kind: 'drained', done: 2 });
});
