import { defineQueue } from '../../worker/definition';
import { WorkQueue } from '../../worker/work-queue';
import type { Child } from './queue-driver';
import { queueUnderTest, texts } from './queue-under-test';

const under = queueUnderTest({ args: ['--maxmemory-policy', 'noeviction'] });

/** Children that are named by their payloads. */
const children = (...payloads: string[]): Child[] => payloads.map((payload) => ({ payload }));

test('follow-up items come with the end of their parent, once, however often that is sent', async () => {
  const { q } = under;
  await q.rpush('parent');
  await q.seal();
  const one = await q.enter('one');
  await one.claim(1);
  const send = one.prepare({ advance: 1, outcomes: { add: [[1, 0, children('a', 'b')]] } });
  await send();
  await one.send(one.number);
  const { list, meta } = await q.state();
  expect(list).toEqual(['a', 'b']);
  expect(meta).toMatchObject({ done: '1', added: '2', total: '3' });
});

test('the exchange that adds items may claim them, and the queue is drained when they are done', async () => {
  const { q } = under;
  await q.rpush('parent');
  await q.seal();
  const one = await q.enter('one');
  await one.claim(1);
  const items = await one.claim(5, { advance: 1, outcomes: { add: [[1, 0, children('a', 'b')]] } });
  expect(items.map(({ id }) => id)).toEqual([2, 3]);
  expect(await one.exchange({ advance: 2, want: 1 })).toEqual({ kind: 'drained', claimed: 3, done: 3, dead: 0 });
});

test('those for the front come before all others, in order; a parent may have a result as well', async () => {
  const { q } = under;
  await q.rpush('one', 'two', 'three');
  const worker = await q.enter('worker');
  await worker.claim(2);
  const front = (payload: string) => ({ payload, front: true });
  await worker.exchange({
    advance: 2,
    outcomes: {
      keep: [[1, 0]],
      results: [[2, 1, '"well"']],
      add: [[2, 1, [front('a'), { payload: 'z' }, front('b')]]],
    },
  });
  await worker.exchange({ outcomes: { results: [[1, -1, '7']], add: [[1, -1, [front('ä'), { payload: '' }]]] } });
  const { list, meta, results, running } = await q.state();
  expect(list.map((payload) => Buffer.from(payload, 'latin1').toString())).toEqual(['ä', 'a', 'b', 'three', 'z', '']);
  expect(meta).toMatchObject({ done: '2', added: '5' });
  expect(meta.total).toBeUndefined();
  expect(results).toEqual({ 1: '7\none', 2: '"well"\ntwo' });
  expect(running).toEqual({});
});

test('an item with a key comes once in the life of a queue, whoever gives it, and what has no key comes each time', async () => {
  const { q } = under;
  const keyed = (...payloads: string[]) => payloads.map((payload) => ({ payload, key: payload }));
  expect(await q.fillOnce('f', 'batch', 0, ['a', 'b', 'a'])).toBe(3);
  expect(await q.fillOnce('f', 'batch', 1, ['b', 'a', 'c'])).toBe(4);
  expect((await q.state()).meta).toMatchObject({ skipped: '1' });
  expect(await q.seal('batch', 4)).toBe(3);
  expect(await q.seal('batch', 4)).toBe(3);
  const one = await q.enter('one', { batch: 'batch' });
  expect(texts(await one.claim(5))).toEqual(['a', 'b', 'c']);
  const add = [
    [1, 0, keyed('a', 'd', 'd')],
    [2, 1, [...keyed('d', 'e'), { payload: 'd' }]],
  ];
  expect(texts(await one.claim(9, { advance: 3, outcomes: { add } }))).toEqual(['d', 'e', 'd']);
  expect((await q.state()).meta).toMatchObject({ added: '3', total: '6' });
  // What was there before its time is known as well.
  expect(await q.fillOnce('f', 'batch', 0, ['a', 'b', 'a', 'c'])).toBe(4);
  expect(await one.exchange({ advance: 3, want: 1 })).toEqual({ kind: 'drained', claimed: 6, done: 6, dead: 0 });
});

test('a batch that replaces another one knows none of its keys', async () => {
  const { q } = under;
  expect(await q.fillOnce('old', 'old', 0, ['a', 'a', 'b'])).toBe(3);
  await q.seal('old', 3);
  const one = await q.enter('one', { batch: 'old' });
  await one.claim(5);
  const outcomes = { add: [[1, 0, [{ payload: 'c', key: 'c' }]]] };
  await one.claim(5, { advance: 2, outcomes });
  expect(await one.exchange({ advance: 1, want: 1 })).toMatchObject({ kind: 'drained' });
  // Its first call forgets, the next one pushes.
  expect(await q.fillOnce('new', 'new', 0, ['a', 'c'])).toBe(0);
  expect(await q.fillOnce('new', 'new', 0, ['a', 'c'])).toBe(2);
  expect(await q.seal('new', 2)).toBe(2);
  expect(await q.state()).toMatchObject({ list: ['a', 'c'], former: { old: '3' } });
  expect(await q.fillOnce('old', 'old', 0, ['a', 'a', 'b'])).toBe(3);
  expect((await q.state()).list).toEqual(['a', 'c']);
});

test('the total that a seal expects is that of the fill, without what was added before', async () => {
  const { q } = under;
  await q.fill('f', '', 0, ['parent', 'other']);
  const one = await q.enter('one');
  await one.claim(1);
  await one.exchange({ advance: 1, outcomes: { add: [[1, 0, children('a', 'b')]] } });
  await expect(q.seal('', 4, 'f')).rejects.toThrow('INCOMPLETE 2 of 4');
  await expect(q.seal('', 4)).rejects.toThrow('INCOMPLETE items in the queue job2: 2, not 4');
  expect(await q.seal('', 2)).toBe(4);
  expect(await q.seal('', 2, 'f')).toBe(4);
});

test('what was filled in and is gone is missed, whatever was skipped and added', async () => {
  const { q } = under;
  await q.fillOnce('f', '', 0, ['a', 'a', 'b', 'c']);
  const one = await q.enter('one');
  await one.claim(1);
  await one.exchange({ advance: 1, outcomes: { add: [[1, 0, children('x', 'y')]] } });
  await q.redis.del('job2');
  expect(await q.seal('', 4, 'f')).toBe(5);
  expect(await one.exchange({ want: 1 })).toMatchObject({ kind: 'lost' });
});

test('nothing of a parent that is in other hands', async () => {
  const { q } = under;
  await q.rpush('parent');
  const one = await q.enter('one');
  await one.claim(1);
  await one.renew(0);
  const outcomes = { add: [[1, 0, [{ payload: 'a', key: 'a' }]]] };
  expect(await one.exchange({ advance: 0, outcomes: { ...outcomes } })).toMatchObject({ kind: 'stale' });
  expect(await q.state()).toMatchObject({ list: [], seen: [], retries: { 1: expect.anything() } });
});

test('at maxmemory what has follow-up items stays in hand, all else passes, and later the same end is taken', async () => {
  const { q } = under;
  await q.rpush('p1', 'p2', 'p3', 'p4', 'p5');
  await q.seal();
  const one = await q.enter('one');
  await one.claim(4);
  await one.exchange({ advance: 2, outcomes: { keep: [[1, 0]], retry: [[2, 1, 0]] } });
  await one.claim(1);
  await q.redis.config('SET', 'maxmemory', '1mb');
  const add = (position: (id: number) => number) => [
    [1, position(1), [{ payload: 'a', key: 'a' }]],
    [2, position(2), [{ payload: 'b', front: true }]],
  ];
  const send = one.prepare({
    advance: 3,
    want: 3,
    outcomes: {
      results: [
        [2, 4, '"two"'],
        [3, 2, '"three"'],
      ],
      add: add((id) => (id === 1 ? -1 : 4)),
      forget: [2],
    },
  });
  const answered = await send();
  expect(answered).toMatchObject({ kind: 'work', more: { full: true } });
  // Sent again, it says the same.
  expect(await one.send(one.number)).toEqual(answered);
  const full = await q.state();
  expect(full).toMatchObject({
    list: [],
    meta: { done: '2', total: '5' },
    running: { one: { 1: 'p1', 2: 'p2' } },
    results: { 3: '"three"\np3' },
    attempts: { 2: '1 0' },
    seen: [],
  });
  expect(full.meta.added).toBeUndefined();
  // Nothing that adds: nothing to say.
  expect(await one.exchange({ advance: 1, outcomes: {} })).toEqual({ kind: 'held' });
  const again = { results: [[2, -1, '"two"']], add: add(() => -1), forget: [2] };
  expect(await one.exchange({ outcomes: again })).toEqual({ kind: 'held', more: { full: true } });
  await q.redis.config('SET', 'maxmemory', 0);
  expect(texts(await one.claim(9, { outcomes: again }))).toEqual(['b', 'a']);
  expect(await q.state()).toMatchObject({ meta: { done: '5', added: '2', total: '7' }, attempts: {}, running: {} });
  expect(await one.exchange({ advance: 2, want: 1 })).toMatchObject({ kind: 'drained', done: 7 });
});

test('at maxmemory a worker that leaves gives back what has follow-up items', async () => {
  const { q } = under;
  await q.rpush('parent');
  const one = await q.enter('one');
  await one.claim(1);
  await q.redis.config('SET', 'maxmemory', '1mb');
  const outcomes = { add: [[1, 0, children('a')]] };
  expect(await one.exchange({ advance: 1, want: -1, outcomes })).toMatchObject({ kind: 'left', done: 0 });
  await q.redis.config('SET', 'maxmemory', 0);
  expect(await q.state()).toMatchObject({ list: [], waiting: { 1: 'parent' }, attempts: {} });
});

test('as many workers are woken as there are follow-up items that others have to take', async () => {
  const { q } = under;
  await q.rpush('parent');
  const one = await q.enter('one');
  await one.claim(1);
  for (let i = 0; i < 5; i++) await q.enter(`idle ${i}`);
  await one.exchange({ advance: 1, outcomes: { add: [[1, 0, children('a', 'b', 'c')]] } });
  expect(await q.redis.llen(q.key('wake'))).toBe(3);
});

test('a client fills in each key once, also where it replaces another batch', async () => {
  const { q, server } = under;
  const client = new WorkQueue(defineQueue({ name: 'job2' }), { url: server.url });
  const key = (item: string) => item[0] as string;
  expect(await client.fill(['a1', 'b1', 'a2'], { batchId: 'old', seal: true, key })).toBe(3);
  expect(await client.fill(['a1', 'b1', 'a2'], { batchId: 'old', seal: true, key })).toBe(3);
  expect(await q.state()).toMatchObject({ list: ['a1', 'b1'], meta: { total: '2', skipped: '1' } });
  const one = await q.enter('one', { batch: 'old' });
  await one.claim(5);
  expect(await one.exchange({ advance: 2, want: 1 })).toMatchObject({ kind: 'drained', done: 2 });
  expect(await client.fill(['a3', 'a4', 'c'], { batchId: 'new', seal: true, key })).toBe(3);
  expect(await q.state()).toMatchObject({ list: ['a3', 'c'], meta: { total: '2' } });
  await client.close();
});
