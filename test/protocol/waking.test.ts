import { queueUnderTest } from './queue-under-test';

const under = queueUnderTest();

const tokens = () => under.q.redis.llen(under.q.key('wake'));

test('a worker with a free lane is woken as well as one that holds nothing', async () => {
  const { q } = under;
  await q.rpush('a');
  const [one, two] = [await q.enter('one'), await q.enter('two')];
  await one.claim(1);
  expect(await one.exchange({ want: 1 })).toEqual({ kind: 'held' });
  expect(await two.exchange({ want: 1 })).toMatchObject({ kind: 'wait' });
  await q.fill('filler', '', 0, ['b', 'c', 'd']);
  expect(await tokens()).toBe(2);
});

test('as many wake as there are items, and whoever asks in vain removes what is left', async () => {
  const { q } = under;
  const workers = await Promise.all(Array.from({ length: 100 }, (_, i) => q.enter(`w${i}`)));
  await q.fill('filler', '', 0, ['a', 'b', 'c']);
  expect(await tokens()).toBe(3);
  await q.fill('filler', '', 3, Array(200).fill('x'));
  expect(await tokens()).toBe(64);
  while ((await q.redis.llen('job2')) > 0) await workers[0]?.exchange({ want: 50 });
  expect(await workers[1]?.exchange({ want: 1 })).toMatchObject({ kind: 'wait', why: 'others' });
  expect(await tokens()).toBe(0);
});

test('workers of a batch are not woken before it is sealed', async () => {
  const { q } = under;
  await q.enter('one', { batch: 'batch' });
  await q.enter('two', { batch: 'batch' });
  await q.fill('batch', 'batch', 0, ['a']);
  expect(await tokens()).toBe(0);
  await q.seal('batch');
  expect(await tokens()).toBe(1);
});

test('the first that hears of the end wakes up to 64 others, and each of those one more', async () => {
  const { q } = under;
  q.salt = () => 7;
  await q.rpush('a');
  await q.seal();
  const last = await q.enter('last');
  const idle = await Promise.all(Array.from({ length: 100 }, (_, i) => q.enter(`w${i}`)));
  await last.claim(1);
  for (const worker of idle) expect(await worker.exchange({ want: 1 })).toMatchObject({ kind: 'wait' });
  expect(await last.exchange({ advance: 1, want: 1 })).toMatchObject({ kind: 'drained' });
  expect(await tokens()).toBe(64);
  for (const worker of idle) {
    expect(await q.redis.lpop(q.key('wake'))).toBe('1');
    expect(await worker.exchange({ want: 1 })).toMatchObject({ kind: 'drained' });
  }
  expect(await tokens()).toBe(0);
  expect(await q.redis.exists(q.key('idle'), q.key('leases'))).toBe(0);
});

test('where many wait, few are told when to ask again, and those often enough for the clock', async () => {
  const { q } = under;
  await q.rpush('a');
  const holder = await q.enter('holder');
  const idle = await Promise.all(Array.from({ length: 400 }, (_, i) => q.enter(`w${i}`)));
  await holder.claim(1);
  const told = async () => {
    const names: string[] = [];
    for (const worker of idle) {
      const answer = await worker.exchange({ want: 1 });
      if (answer.kind !== 'wait') throw new Error(answer.kind);
      if (answer.due === undefined) continue;
      names.push(worker.name);
      expect(answer.due).toBeLessThanOrEqual(2_500);
    }
    return names;
  };
  const watchers = await told();
  expect(watchers.length).toBeGreaterThan(10);
  expect(watchers.length).toBeLessThan(60);
  // Always the same ones, or the clock would stand still once they are used up.
  expect(await told()).toEqual(watchers);
});
