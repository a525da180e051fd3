import { queueUnderTest, takenBackByAnother, texts } from './queue-under-test';

// A worker for a continuous stream: nothing but being told to stop ends it.

const under = queueUnderTest();
const EMPTY = { kind: 'wait', why: 'empty' };

test('it waits before the first item, between items and when the queue is sealed', async () => {
  const { q } = under;
  const one = await q.enter('one', { endless: true });
  expect(await one.exchange({ want: 1 })).toMatchObject(EMPTY);
  await q.rpush('a');
  expect(texts(await one.claim(1))).toEqual(['a']);
  expect(await one.exchange({ advance: 1, want: 1 })).toMatchObject(EMPTY);
  await q.fill('f', '', 0, ['b']);
  await q.seal();
  expect(texts(await one.claim(1))).toEqual(['b']);
  expect(await one.exchange({ advance: 1, want: 1 })).toMatchObject(EMPTY);
  expect((await q.state()).meta).toMatchObject({ claimed: '2', done: '2', total: '2' });
});

test('it asks at least twice in a gap, so that what was pushed by hand does not wait long', async () => {
  const { q } = under;
  const one = await q.enter('one', { endless: true, lease: 10_000 });
  expect(await one.exchange({ want: 1 })).toEqual({ ...EMPTY, due: 2_500 });
});

test('it waits beside a dead letter, and does what is sent back', async () => {
  const { q } = under;
  await q.rpush('a');
  const one = await q.enter('one', { endless: true });
  await one.claim(1);
  expect(await one.exchange({ advance: 1, want: 1, outcomes: { dead: [[1, 0, '{}']] } })).toMatchObject(EMPTY);
  await q.dead('retry', 1);
  expect(texts(await one.claim(1))).toEqual(['a']);
});

test('told to leave, it is not told that the queue is drained', async () => {
  const { q } = under;
  await q.rpush('a');
  await q.seal();
  const one = await q.enter('one', { endless: true });
  await one.claim(1);
  expect(await one.leave(1)).toEqual({ kind: 'left', claimed: 1, done: 1, dead: 0 });
});

test('a worker of a Job on the same queue is told that it is drained', async () => {
  const { q } = under;
  await q.rpush('a');
  await q.seal();
  const [one, job] = [await q.enter('one', { endless: true }), await q.enter('job')];
  await one.claim(1);
  expect(await one.exchange({ advance: 1, want: 1 })).toMatchObject(EMPTY);
  expect(await job.exchange({ want: 1 })).toMatchObject({ kind: 'drained', done: 1 });
});

test('it leaves the finalizer to the workers of a Job', async () => {
  const { q } = under;
  await q.rpush('a');
  await q.seal();
  const one = await q.enter('one', { endless: true });
  const job = await q.enter('job', { finally: 'success' });
  await one.claim(1);
  expect(await one.exchange({ advance: 1, want: 1 })).toMatchObject(EMPTY);
  expect(await job.exchange({ want: 1 })).toMatchObject({ kind: 'work', more: { finalizer: true } });
});

test('a newer batch takes the place of one that is done while it waits, and it goes on with that', async () => {
  const { q } = under;
  await q.fill('old', 'old', 0, ['a']);
  await q.seal('old', 1);
  const one = await q.enter('one', { endless: true });
  await one.claim(1);
  expect(await one.exchange({ advance: 1, want: 1 })).toMatchObject(EMPTY);
  await q.fill('new', 'new', 0, ['b']);
  expect(await one.exchange({ want: 1 })).toEqual({ kind: 'stale' });
  const again = await q.enter('again', { endless: true, epoch: one.epoch, earlier: ['one'] });
  expect(texts(await again.claim(1))).toEqual(['b']);
});

test('items that are missing keep it from nothing', async () => {
  const { q } = under;
  await q.rpush('a', 'b');
  const [one, two] = [await q.enter('one', { endless: true }), await q.enter('two', { endless: true })];
  await one.claim(1);
  await two.claim(1);
  await q.redis.del(q.key('held:one'));
  expect(await two.exchange({ advance: 1, want: 1 })).toMatchObject({ kind: 'wait', why: 'others' });
  await takenBackByAnother(q);
  const late = await q.enter('late', { endless: true });
  expect(await late.exchange({ want: 1 })).toMatchObject({ kind: 'wait', why: 'missing' });
  await q.rpush('c');
  expect(texts(await late.claim(1))).toEqual(['c']);
  expect(await late.exchange({ advance: 1, want: 1 })).toMatchObject({ kind: 'wait', why: 'missing' });
});

test('a total that was never reached keeps it from nothing', async () => {
  const { q } = under;
  await q.rpush('a', 'b');
  await q.seal();
  await q.redis.rpop('job2');
  const one = await q.enter('one', { endless: true });
  await one.claim(1);
  expect(await one.exchange({ advance: 1, want: 1 })).toMatchObject({ kind: 'wait', why: 'missing' });
});

test('what is not the queue that it knew ends it', async () => {
  const { q } = under;
  const one = await q.enter('one', { endless: true });
  await one.exchange({ want: 1 });
  await q.reset();
  expect(await one.exchange({ want: 1 })).toMatchObject({ kind: 'lost' });
});
