import { SCRIPTS } from '../../worker/scripts';
import type { Answer, WorkerDriver } from './queue-driver';
import { queueUnderTest } from './queue-under-test';

const under = queueUnderTest({ plain: true });

/** Commands that Redis ran while `act` did, by name. */
async function commands(act: () => Promise<unknown>): Promise<Record<string, number>> {
  const { redis } = under.q;
  await redis.config('RESETSTAT');
  await act();
  const stats = String(await redis.info('commandstats'));
  const counts = [...stats.matchAll(/cmdstat_([^:]+):calls=(\d+)/g)].map(([, name, calls]): [string, number] => [
    name as string,
    Number(calls),
  ]);
  // Redis 6.2 counts no subcommands.
  return Object.fromEntries(counts.filter(([name]) => !/^config(\||$)/.test(name)));
}

const sum = (counts: Record<string, number>) => Object.values(counts).reduce((a, b) => a + b, 0);

async function filled(items: number): Promise<WorkerDriver> {
  const { q } = under;
  for (let i = 0; i < items; i += 1_000)
    await q.rpush(...Array(Math.min(1_000, items - i)).fill('an item of 30 bytes, or so....'));
  await q.seal();
  const worker = await q.enter('worker');
  // Scripts are loaded, the run is known, the size of items is known.
  await worker.claim(1);
  await worker.claim(1, { advance: 1 });
  return worker;
}

/** What an exchange that settles one batch and claims the next costs, beside EVALSHA: reads of the list apart, the same for any batch. */
const STEADY = {
  evalsha: 1,
  hmget: 2,
  hset: 2,
  llen: 2,
  ltrim: 3,
  rpush: 1,
  sismember: 1,
  time: 1,
  zadd: 1,
  zcard: 3,
  zrange: 1,
  zrangebyscore: 1,
  zscore: 1,
};

test.each([1, 32, 500, 1_000])(
  'a steady batch of %i: one round trip, and the same commands for any number of items',
  async (batch) => {
    const worker = await filled(3 * batch + 10);
    await worker.claim(batch, { advance: 1 });
    const { lrange, ...others } = await commands(() => worker.exchange({ advance: batch, want: batch }));
    expect(others).toEqual(STEADY);
    expect(lrange).toBe(Math.ceil(batch / 32));
  },
);

test.each([
  [1, 1_000],
  [16, 1_000],
  [64, 250],
  [300, 64],
])(
  'beside each other, %i workers claim at most %i items a call, so that all of their calls hold Redis briefly',
  async (workers, most) => {
    const { q } = under;
    const worker = await filled(4 * workers * most);
    for (let i = 1; i < workers; i++) await q.enter(`worker ${i}`);
    expect(await worker.claim(2_000, { advance: 1, need: 0 })).toHaveLength(most);
    // What would start at once is given to whoever has that many lanes.
    expect(await worker.claim(2_000, { advance: most, need: 300 })).toHaveLength(Math.max(most, 300));
  },
);

test.each(['keep', 'results', 'add', 'retry', 'later', 'dead', 'back', 'done'])(
  '500 items that end in %s: no command per item',
  async (kind) => {
    const worker = await filled(1_100);
    const items = await worker.claim(500, { advance: 1 });
    if (kind === 'done') {
      await worker.exchange({ advance: 500, outcomes: { keep: items.map(({ id, position }) => [id, position]) } });
    }
    const detail = {
      results: '1',
      add: [{ payload: 'child', key: 'key' }, { payload: 'another' }],
      retry: 1_000,
      later: 1_000,
      dead: '{}',
    }[kind];
    const entries = items.map(({ id, position }) => (kind === 'done' ? id : [id, position, detail]));
    const advance = kind === 'done' ? 0 : 500;
    const counts = await commands(() => worker.exchange({ advance, want: 1, outcomes: { [kind]: entries } }));
    expect(sum(counts)).toBeLessThan(35);
  },
);

test('a lease is renewed in constant time, whatever is held', async () => {
  const worker = await filled(1_100);
  await worker.claim(1_000);
  await worker.renew();
  const counts = await commands(() => worker.renew());
  expect(counts).toEqual({ evalsha: 1, hmget: 2, hset: 1, llen: 1, ltrim: 1, time: 1, zadd: 1, zscore: 1 });
});

test('an idle worker that asks costs a look at who else holds something', async () => {
  const { q } = under;
  const holding = await filled(2);
  const idle = await q.enter('idle');
  let answer: Answer | undefined;
  const counts = await commands(async () => {
    answer = await idle.exchange({ want: 1 });
  });
  expect(answer).toMatchObject({ kind: 'wait', why: 'others' });
  expect(sum(counts)).toBeLessThan(30);
  await holding.leave();
});

test('a thousand items of a dead worker come back in calls that hold Redis for a few milliseconds each', async () => {
  const { q } = under;
  const durations: number[] = [];
  for (let round = 0; round < 5; round++) {
    await q.reset();
    const dead = await filled(1_100);
    await dead.claim(1_000);
    const alive = await q.enter('alive');
    await q.redis.zadd(q.key('leases'), 0, 'worker');
    const before = await processorTime();
    await alive.exchange();
    durations.push((await processorTime()) - before);
    await alive.exchange();
    await alive.exchange();
    expect(Object.keys((await q.state()).retries).length).toBeGreaterThanOrEqual(1_000);
  }
  // 3 to 10 ms. Time on the processor, not on the wall: the tests run side by side.
  expect(Math.min(...durations)).toBeLessThan(25);
});

/** What the server has used of processors so far, in ms. */
async function processorTime(): Promise<number> {
  const info = await under.q.redis.info('cpu');
  const used = ['sys', 'user'].map((kind) =>
    Number(new RegExp(`used_cpu_${kind}_main_thread:([\\d.]+)`).exec(info)?.[1]),
  );
  return 1_000 * used.reduce((a, b) => a + b, 0);
}

/** What each call costs in a queue of so many workers, most of which hold nothing. */
async function costs(workers: number): Promise<Record<string, Record<string, number>>> {
  const { q } = under;
  await q.reset();
  await q.rpush(...Array(500).fill('an item'));
  await q.redis.hset(q.key('meta'), 'paused', 1);
  const idle = Array.from({ length: workers }, (_, i) => [1_000_000, `idle ${i}`]).flat();
  await q.redis.zadd(q.key('idle'), ...idle);
  const costs: Record<string, Record<string, number>> = {};
  const cost = async (name: string, act: () => Promise<unknown>) => {
    costs[name] = await commands(act);
  };
  const [one, two] = [await q.enter('one'), await q.enter('two')];
  await cost('enter', () => q.enter('another'));
  await cost('ask a paused queue', () => one.exchange({ want: 1 }));
  await q.redis.hdel(q.key('meta'), 'paused');
  await one.claim(1);
  await cost('claim', () => one.claim(1, { advance: 1 }));
  await cost('renew', () => one.renew());
  await q.redis.rename('job2', 'elsewhere');
  await cost('ask in vain, with something in hand', () => one.exchange({ want: 1 }));
  await cost('ask in vain', () => two.exchange({ want: 1 }));
  await q.redis.rename('elsewhere', 'job2');
  for (let i = 0; i < 20; i++) await (await q.enter(`dead ${i}`)).claim(5);
  for (let i = 0; i < 20; i++) await q.redis.zadd(q.key('leases'), 0, `dead ${i}`);
  await cost('take back what 20 dead ones hold', () => two.exchange({ want: 1 }));
  expect(Object.keys((await q.state()).retries)).toHaveLength(99);
  await cost('leave', () => two.leave());
  await cost('the end out of turn', () => one.abandon({ crash: [1] }));
  await cost('fill', () => q.fill('filler', '', 0, ['x', 'y']));
  await cost('seal', () => q.seal());
  await cost('ring', () => q.run(SCRIPTS.ring));
  const [end, spare] = [await q.enter('end'), await q.enter('spare', { spare: 0 })];
  await q.redis.del('job2', q.key('retries'), q.key('waiting'));
  await q.redis.hset(q.key('meta'), 'done', 102, 'claimed', 102, 'total', 102);
  await q.redis.zadd(q.key('leases'), 1_000_000, 'holder');
  await cost('leave what others hold', async () =>
    expect(await spare.exchange({ want: 1 })).toMatchObject({ kind: 'spare' }),
  );
  await q.redis.del(q.key('leases'));
  await cost('the end', async () => expect(await end.exchange({ want: 1 })).toMatchObject({ kind: 'drained' }));
  return costs;
}

test('what a call costs does not grow with the number of workers', async () => {
  // Loads the scripts.
  await costs(2);
  const few = await costs(10);
  expect(Object.keys(few)).toHaveLength(14);
  expect(await costs(5_000)).toEqual(few);
});
