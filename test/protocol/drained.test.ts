import type { QueueDriver } from './queue-driver';
import { queueUnderTest } from './queue-under-test';

// What the workers of another queue are told, which begin once this one is drained.

const under = queueUnderTest();
const DONE = 'drained the queue job2, items: 2';

/** The batch of two items, sealed, and a worker of it. */
async function batch(q: QueueDriver) {
  await q.fill('batch', 'batch', 0, ['a', 'b']);
  await q.seal('batch', 2);
  return q.enter('one', { batch: 'batch' });
}

test('a batch is drained once each of its items is done, whatever held one up', async () => {
  const { q } = under;
  const isIt = () => q.drained({ batch: 'batch' });
  expect(await isIt()).toBe('it is not filled yet');
  await q.fill('batch', 'batch', 0, ['a']);
  expect(await isIt()).toBe('it is still being filled');
  await q.fill('batch', 'batch', 1, ['b']);
  await q.seal('batch', 2);
  expect(await isIt()).toBe('2 items left');
  const one = await q.enter('one', { batch: 'batch' });
  await one.claim(2);
  expect(await isIt()).toBe('2 items left');
  await one.exchange({ advance: 2, outcomes: { retry: [[1, 0, 0]] } });
  expect(await isIt()).toBe('1 item left');
  await one.claim(1);
  expect(await isIt()).toBe('1 item left');
  await one.abandon({ crash: [1] });
  expect(await isIt()).toBe('1 item left');
  const two = await q.enter('two', { batch: 'batch' });
  await two.claim(1);
  await two.exchange({ advance: 1 });
  expect(await isIt()).toBe(DONE);
});

test('to look changes nothing', async () => {
  const { q } = under;
  const one = await batch(q);
  await one.claim(1);
  const before = await q.state();
  await q.drained({ batch: 'batch' });
  expect(await q.state()).toEqual(before);
});

test('dead letters keep it waiting, unless they are tolerated or dropped', async () => {
  const { q } = under;
  const one = await batch(q);
  await one.claim(2);
  await one.exchange({ advance: 2, outcomes: { dead: [[1, 0, '{}']] } });
  expect(await q.drained({ batch: 'batch' })).toBe(
    'it has 1 dead letter. Look at them (rwq dead list --queue job2), then have them tried again (rwq dead retry --all --queue job2) or drop them (rwq dead drop --all --queue job2)',
  );
  expect(await q.drained({ batch: 'batch', tolerated: true })).toBe(DONE);
  await q.dead('retry', 1);
  expect(await q.drained({ batch: 'batch', tolerated: true })).toBe('1 item left');
  const two = await q.enter('two', { batch: 'batch' });
  await two.claim(1);
  await two.exchange({ advance: 1, outcomes: { dead: [[1, 0, '{}']] } });
  await q.dead('drop', 1);
  expect(await q.drained({ batch: 'batch' })).toBe(DONE);
});

test('a batch that a newer one has replaced was drained, and the newer one is not', async () => {
  const { q } = under;
  const one = await batch(q);
  await one.claim(2);
  await one.exchange({ advance: 2 });
  expect(await q.drained({ batch: 'new' })).toBe('it holds the batch batch, and not yet new');
  await q.fill('new', 'new', 0, ['c']);
  expect(await q.drained({ batch: 'batch' })).toBe(
    'drained the batch batch of the queue job2 is done, items: 2; a newer one has replaced it',
  );
  expect(await q.drained({ batch: 'new' })).toBe('it is still being filled');
});

test('without items it is drained as soon as a worker has seen that', async () => {
  const { q } = under;
  await q.fill('batch', 'batch', 0, []);
  await q.seal('batch', 0);
  expect(await q.drained({ batch: 'batch' })).toBe('no worker has come yet');
  const one = await q.enter('one', { batch: 'batch' });
  expect(await one.exchange({ want: 1 })).toMatchObject({ kind: 'drained' });
  expect(await q.drained({ batch: 'batch' })).toBe('drained the queue job2, items: 0');
});

test('what vanished is not drained', async () => {
  const { q } = under;
  const one = await batch(q);
  await one.claim(1);
  await one.exchange({ advance: 1 });
  await q.redis.del('job2');
  expect(await q.drained({ batch: 'batch' })).toBe('1 item left');
  await q.redis.hset(q.key('meta'), 'done', 5);
  expect(await q.drained({ batch: 'batch' })).toBe('its counters do not add up. Look at its Job');
  await q.redis.del(q.key('meta'));
  expect(await q.drained({ batch: 'batch' })).toBe('it is not filled yet');
});

test('a queue that is filled by hand is drained when it is sealed, or when its workers have settled', async () => {
  const { q } = under;
  const isIt = () => q.drained({ settle: 2_000 });
  expect(await isIt()).toBe('it is not filled yet');
  await q.rpush('a', 'b');
  expect(await isIt()).toBe('no worker has come yet');
  const one = await q.enter('one', { settle: 2_000 });
  await one.claim(2);
  expect(await isIt()).toBe('2 items left');
  expect(await one.exchange({ advance: 2, want: 1 })).toMatchObject({ kind: 'wait', why: 'settling' });
  const settling = 'it is not sealed, and workers wait for more. They settle 2 s after the last item';
  expect(await isIt()).toBe(settling);
  await q.pass(2_000);
  // Nobody has looked so far.
  expect(await isIt()).toBe(settling);
  expect(await one.exchange({ want: 1 })).toMatchObject({ kind: 'drained' });
  expect(await isIt()).toBe(DONE);
  await q.rpush('c');
  expect(await isIt()).toBe('1 item left');
});

test('a queue without any item is not drained by hand before it is sealed', async () => {
  const { q } = under;
  const one = await q.enter('one');
  await one.exchange({ want: 1 });
  await q.pass(60_000);
  await one.exchange({ want: 1 });
  expect(await q.drained()).toBe('nothing was filled in so far, and it is not sealed');
  await q.seal();
  expect(await q.drained()).toBe('drained the queue job2, items: 0');
});

describe('a finalizer', () => {
  /** A batch whose items have ended as these outcomes say, and the finalizer that it owes. */
  async function owing(q: QueueDriver, final: string, outcomes?: object) {
    const one = await batch(q);
    await one.claim(2);
    await one.exchange({ advance: 2, ...(outcomes && { outcomes }) });
    await q.redis.hset(q.key('meta'), 'final', final, 'finally', final);
  }

  test.each(['success', 'always'])('that is owed keeps it waiting (%s)', async (wish) => {
    const { q } = under;
    await owing(q, wish);
    expect(await q.drained({ batch: 'batch' })).toBe('its finalizer has not run');
  });

  test.each([
    ['success', DONE],
    ['always', 'its finalizer has not run'],
  ])('is owed beside dead letters only where it always runs (%s)', async (wish, said) => {
    const { q } = under;
    await owing(q, wish, { dead: [[1, 0, '{}']] });
    expect(await q.drained({ batch: 'batch', tolerated: true })).toBe(said);
  });

  test('is an item like others once it was made, and one that is given up is tolerated nowhere', async () => {
    const { q } = under;
    await owing(q, '3');
    const { redis } = q;
    const meta = q.key('meta');
    await redis.hset(meta, 'claimed', 3, 'total', 3, 'finally', 'success', 'finalafter', 2, 'finals', 1);
    expect(await q.drained({ batch: 'batch', tolerated: true })).toBe('1 item left');
    await redis.hset(q.key('dead'), 3, '{}\n');
    expect(await q.drained({ batch: 'batch', tolerated: true })).toMatch(
      /^its finalizer is a dead letter\. Look at it/,
    );
    await redis.del(q.key('dead'));
    await redis.hset(meta, 'done', 3);
    expect(await q.drained({ batch: 'batch' })).toBe(DONE);
    // What is done after it makes another one run.
    await redis.hset(meta, 'done', 4, 'claimed', 4, 'total', 4);
    expect(await q.drained({ batch: 'batch' })).toBe('its finalizer has not run');
  });
});

test('what was cancelled is not drained', async () => {
  const { q } = under;
  const one = await batch(q);
  await one.claim(2);
  await one.exchange({ advance: 2 });
  await q.redis.hset(q.key('meta'), 'cancelled', 1);
  expect(await q.drained({ batch: 'batch', tolerated: true })).toBe(
    'it was cancelled. Remove it, and run it again: rwq purge --queue job2',
  );
});
