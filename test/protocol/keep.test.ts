import { SCRIPTS } from '../../worker/scripts';
import type { WorkerDriver } from './queue-driver';
import { queueUnderTest } from './queue-under-test';

const under = queueUnderTest();
const DAY = 86_400_000;

const keep = (epoch: string, ms = DAY) => under.q.run(SCRIPTS.keep, epoch, ms);

/** What of the queue would stay. */
async function forEver(): Promise<string[]> {
  const { redis } = under.q;
  const keys = (await redis.keys('*job2*')).sort();
  const times = await Promise.all(keys.map((key) => redis.pttl(key)));
  return keys.filter((_, i) => times[i] === -1);
}

/** A sealed queue of two items, which a worker has in hand. */
async function inHand(outcomes = {}): Promise<WorkerDriver> {
  const { q } = under;
  await q.fill('run', 'run', 0, ['a', 'b']);
  await q.seal('run', 2);
  const one = await q.enter('one', { batch: 'run' });
  await one.claim(2);
  await one.exchange({ advance: 1, outcomes });
  return one;
}

test('once every item is done, all keys of the queue go, with what dead workers left, and with results', async () => {
  const { q } = under;
  const one = await inHand({ results: [[1, 0, '7']] });
  await q.enter('died');
  expect(await one.exchange({ advance: 1, want: 1 })).toMatchObject({ kind: 'drained' });
  expect(await forEver()).not.toEqual([]);
  expect(await keep(one.epoch)).toBe(1);
  expect(await forEver()).toEqual([]);
  expect(await q.redis.pttl(q.key('results'))).toBeGreaterThan(DAY - 60_000);
  expect(await keep(one.epoch, 1)).toBe(1);
  while ((await q.redis.exists(q.key('meta'))) === 1) await new Promise((resolve) => setTimeout(resolve, 1));
  expect(await q.redis.keys('*job2*')).toEqual([]);
});

test('a worker that comes after the end, and dies before it leaves, keeps nothing for ever', async () => {
  const one = await inHand();
  await one.exchange({ advance: 1, want: 1 });
  await keep(one.epoch, 60_000);
  await under.q.enter('late', { batch: 'run' });
  expect(await keep(one.epoch)).toBe(1);
  expect(await forEver()).toEqual([]);
  expect(await under.q.redis.pttl(under.q.key('meta'))).toBeGreaterThan(60_000);
});

test('nothing goes that is used again after the end', async () => {
  const one = await inHand();
  await one.exchange({ advance: 1, want: 1 });
  await keep(one.epoch);
  await under.q.rpush('more');
  const late = await under.q.enter('late', { batch: 'run' });
  await late.claim(1);
  expect(await keep(one.epoch)).toBe(0);
  const all = (await under.q.redis.keys('*job2*')).sort();
  expect(await forEver()).toEqual(all);
});

test.each<[string, () => Promise<WorkerDriver>]>([
  ['something is in hand', () => inHand()],
  [
    'something waits for another attempt',
    async () => {
      const one = await inHand();
      await one.exchange({ advance: 1, outcomes: { retry: [[2, 1, 60_000]] } });
      return one;
    },
  ],
  [
    'there is a dead letter',
    async () => {
      const one = await inHand();
      await one.exchange({ advance: 1, outcomes: { dead: [[2, 1, '{}']] }, want: 1 });
      return one;
    },
  ],
  [
    'something was pushed behind the last',
    async () => {
      const one = await inHand();
      await one.exchange({ advance: 1 });
      await under.q.rpush('late');
      return one;
    },
  ],
  [
    'it is not sealed',
    async () => {
      await under.q.rpush('a');
      const one = await under.q.enter('one');
      await one.claim(1);
      await one.exchange({ advance: 1 });
      return one;
    },
  ],
  [
    'what runs at the end has not yet',
    async () => {
      await under.q.fill('run', 'run', 0, ['a']);
      await under.q.seal('run', 1);
      const one = await under.q.enter('one', { batch: 'run', finally: 'success' });
      await one.claim(1);
      await one.exchange({ advance: 1 });
      return one;
    },
  ],
  [
    'it was cancelled',
    async () => {
      const one = await inHand();
      await under.q.cancel();
      await one.exchange({ advance: 1 });
      return one;
    },
  ],
])('nothing goes where %s', async (_, scene) => {
  const { epoch } = await scene();
  const all = (await under.q.redis.keys('*job2*')).sort();
  expect(await keep(epoch)).toBe(0);
  expect(await forEver()).toEqual(all);
});

test('a late call for an earlier queue of this name changes nothing', async () => {
  const one = await inHand();
  await one.exchange({ advance: 1, want: 1 });
  expect(await keep('another')).toBe(0);
  expect(await forEver()).not.toEqual([]);
});

test('where a command fails, nothing has a time to live', async () => {
  const { q } = under;
  const one = await inHand();
  await one.exchange({ advance: 1, want: 1 });
  const all = (await q.redis.keys('*job2*')).sort();
  for (let k = 1; ; k++) {
    await q.failAt(k);
    const reply = await keep(one.epoch).catch((error: Error) => error);
    const failed = await q.failed();
    await q.failAt(0);
    if (failed === null) {
      expect([k > 5, reply]).toEqual([true, 1]);
      return;
    }
    expect([failed, reply]).toEqual([failed, expect.any(Error)]);
    expect([failed, await forEver()]).toEqual([failed, all]);
  }
});
