import { queueUnderTest } from './queue-under-test';

const under = queueUnderTest({ plain: true });

test('a dead letter that is booked as done counts as done, and the queue is drained without it', async () => {
  const { q } = under;
  await q.rpush('a', 'b', 'c');
  await q.seal();
  const worker = await q.enter('worker');
  await worker.claim(3);
  const dead = [
    [2, 1, '{}'],
    [3, 2, '{}'],
  ];
  expect(await worker.exchange({ advance: 3, want: 1, outcomes: { dead } })).toMatchObject({ done: 1, dead: 2 });
  expect(await q.dead('done', 2, 2, 1, 'none')).toBe(1);
  const next = await q.enter('next');
  expect(await next.exchange({ want: 1 })).toEqual({ kind: 'drained', claimed: 3, done: 2, dead: 1 });
  expect((await q.state()).meta).toMatchObject({ done: '2' });
  expect(await q.dead('done', 2)).toBe(0);
});

test('a finalizer that is a dead letter is not: it has to run', async () => {
  const { q } = under;
  await q.rpush('a');
  await q.seal();
  const worker = await q.enter('worker', { finally: 'success' });
  await worker.claim(1);
  await worker.claim(1, { advance: 1 });
  await worker.exchange({ advance: 1, outcomes: { dead: [[2, 1, '{}']] } });
  expect(await q.dead('done', 2)).toBe(0);
  expect(Object.keys((await q.state()).dead)).toEqual(['2']);
});
