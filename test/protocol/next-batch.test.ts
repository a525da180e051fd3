import { SCRIPTS } from '../../worker/scripts';
import { QueueDriver, type WorkerDriver } from './queue-driver';
import { queueUnderTest, texts } from './queue-under-test';

// A batch that comes where the queue holds another one.

const under = queueUnderTest();
const lost = (why: RegExp) => ({ kind: 'lost', why: expect.stringMatching(why) });
const refused = (code: string, why: RegExp) =>
  expect.objectContaining({ message: expect.stringMatching(`${code} .*${why.source}`) });

/** The batch `old` of `x` and `y`, all of which one worker has done. */
async function doneBatch(q: QueueDriver): Promise<void> {
  await q.fill('old', 'old', 0, ['x', 'y']);
  await q.seal('old', 2);
  const one = await q.enter('one', { batch: 'old' });
  await one.claim(2);
  expect(await one.exchange({ advance: 2, want: 1 })).toEqual({ kind: 'drained', claimed: 2, done: 2, dead: 0 });
}

const FORMERLY = { kind: 'drained', claimed: 2, done: 2, dead: 0 };

describe('one that is done is replaced', () => {
  test('the queue begins anew, and what was pushed is what is there', async () => {
    const { q } = under;
    await doneBatch(q);
    const before = (await q.state()).meta;
    await q.pass(60_000);
    expect(await q.fill('new', 'new', 0, ['a', 'b'])).toBe(2);
    expect(await q.fill('new', 'new', 1, ['b', 'c'])).toBe(3);
    expect(await q.seal('new', 3)).toBe(3);
    const { list, meta, former, fills, runs } = await q.state();
    expect({ list, fills, runs }).toEqual({ list: ['a', 'b', 'c'], fills: { new: '3' }, runs: [] });
    expect(former).toEqual({ old: '2', [before.epoch as string]: 'old' });
    expect(meta).toMatchObject({ batch: 'new', sealed: '1', total: '3', claimed: '0', done: '0' });
    expect(meta.epoch).not.toBe(before.epoch);
    const one = await q.enter('another', { batch: 'new' });
    expect(texts(await one.claim(3))).toEqual(['a', 'b', 'c']);
    expect(await one.exchange({ advance: 3, want: 1 })).toEqual({ kind: 'drained', claimed: 3, done: 3, dead: 0 });
  });

  test.each([
    ['at the same moment', 0],
    ['though the clock of Redis is set back', -3_600_000],
  ])('ids begin at 1, without the charges of the old ones; tokens and the clock go on, %s', async (_, passed) => {
    const { q } = under;
    await q.fill('old', 'old', 0, ['x']);
    await q.seal('old', 1);
    const one = await q.enter('one', { batch: 'old' });
    const [first] = await one.claim(1);
    await one.exchange({ advance: 1, outcomes: { retry: [[1, 0, 0]] } });
    const [again] = await one.claim(1);
    // A worker in another language may leave its charge.
    await one.exchange({ advance: 1, want: 1 });
    const clock = Number((await q.state()).meta.clock);
    await q.pass(passed);
    await q.fill('new', 'new', 0, ['a']);
    await q.seal('new', 1);
    expect((await q.state()).attempts).toEqual({});
    const two = await q.enter('two', { batch: 'new' });
    const [item] = await two.claim(1);
    expect(item).toMatchObject({ id: 1, attempts: 0, payload: Buffer.from('a') });
    expect([first, again].every((earlier) => (earlier?.token ?? 0) < (item?.token ?? 0))).toBe(true);
    expect(Number((await q.state()).meta.clock)).toBeGreaterThanOrEqual(clock);
  });

  test('also an empty one, by an empty one, and one whose dead letters were dropped', async () => {
    const { q } = under;
    await q.fill('none', 'none', 0, []);
    await q.seal('none', 0);
    await q.fill('old', 'old', 0, ['x']);
    await q.seal('old', 1);
    const one = await q.enter('one', { batch: 'old' });
    await one.claim(1);
    await one.exchange({ advance: 1, want: 1, outcomes: { dead: [[1, 0, '{}']] } });
    await expect(q.fill('new', 'new', 0, [])).rejects.toEqual(refused('BATCH', /which has 1 dead letter\. /));
    await q.dead('drop', 1);
    expect(await q.fill('new', 'new', 0, [])).toBe(0);
    expect((await q.state()).former).toMatchObject({ none: '0', old: '1' });
    expect(await q.seal('new')).toBe(0);
  });

  test('one that was sealed by hand, without a total', async () => {
    const { q } = under;
    await q.fill('old', 'old', 0, ['x']);
    await q.redis.hset(q.key('meta'), 'sealed', 1);
    const one = await q.enter('one');
    await one.claim(1);
    await one.exchange({ advance: 1 });
    expect(await q.fill('new', 'new', 0, ['a'])).toBe(1);
    expect((await q.state()).former.old).toBe('1');
  });

  test('a pause is one of the queue: it stays', async () => {
    const { q } = under;
    await doneBatch(q);
    await q.redis.hset(q.key('meta'), 'paused', 1);
    await q.fill('new', 'new', 0, ['a']);
    await q.seal('new', 1);
    const [late, one] = [await q.enter('late', { batch: 'old' }), await q.enter('another', { batch: 'new' })];
    expect(await one.exchange({ want: 1 })).toMatchObject({ kind: 'wait', why: 'paused' });
    expect(await late.exchange({ want: 1 })).toEqual(FORMERLY);
  });

  test('a filler that Redis forgot in the middle begins at its first item', async () => {
    const { q } = under;
    await doneBatch(q);
    await expect(q.fill('new', 'new', 2, ['c'])).rejects.toEqual(refused('GAP', /pushed so far: 0/));
    await expect(q.seal('new', 3)).rejects.toEqual(refused('INCOMPLETE', /0 of 3 items were pushed/));
    expect((await q.state()).meta.batch).toBe('old');
  });

  test('a seal does not replace: nothing was filled', async () => {
    const { q } = under;
    await doneBatch(q);
    await expect(q.seal('new')).rejects.toEqual(refused('UNFILLED', /holds the batch old, and nothing says/));
    await expect(q.seal('new', 'filled')).rejects.toEqual(refused('BATCH', /none that is called new/));
  });
});

describe('one that is not done stays, and the message has the command that clears the way', () => {
  const cases: Record<string, [why: RegExp, make: (q: QueueDriver) => Promise<unknown>]> = {
    'not sealed': [
      /which is not sealed: .*or remove it: rwq purge --queue job2\. Or give/,
      (q) => q.fill('old', 'old', 0, ['x']),
    ],
    'not sealed, though all is done': [
      /which is not sealed/,
      async (q) => {
        await q.fill('old', 'old', 0, ['x']);
        const one = await q.enter('one');
        await one.claim(1);
        await one.exchange({ advance: 1 });
      },
    ],
    'items in the list': [
      /which has 2 items left\. Wait .*\(rwq status --watch --queue job2\), or remove it: rwq purge --queue job2/,
      async (q) => {
        await q.fill('old', 'old', 0, ['x', 'y']);
        await q.seal('old');
      },
    ],
    'an item in a hand': [
      /which has 1 item left/,
      async (q) => {
        await q.fill('old', 'old', 0, ['x']);
        await q.seal('old');
        await (await q.enter('one')).claim(1);
      },
    ],
    'a retry': [
      /which has 1 item left/,
      async (q) => {
        await q.fill('old', 'old', 0, ['x']);
        await q.seal('old');
        const one = await q.enter('one');
        await one.claim(1);
        await one.exchange({ advance: 1, outcomes: { retry: [[1, 0, 60_000]] } });
      },
    ],
    'a suspect': [
      /which has 1 item left/,
      async (q) => {
        await q.fill('old', 'old', 0, ['x']);
        await q.seal('old');
        const one = await q.enter('one', { maxAttempts: 2 });
        await one.claim(1);
        await one.abandon({ crash: [1] });
      },
    ],
    'a copy in the hands of a worker, which a way back that failed has left there': [
      /which has 1 item left/,
      async (q) => {
        await doneBatch(q);
        await q.enter('ghost');
        await q.redis.rpush(q.key('held:ghost'), 'x');
        await q.redis.zadd(q.key('leases'), 60_000, 'ghost');
      },
    ],
    'items that never came out': [
      /which has 1 item left/,
      async (q) => {
        await q.fill('old', 'old', 0, ['x']);
        await q.seal('old');
        await q.redis.del('job2');
      },
    ],
    'dead letters': [
      /which has 1 dead letter\. Look at them \(rwq dead list --queue job2\), .*\(rwq dead retry --all --queue job2\), drop them \(rwq dead drop --all --queue job2\), or remove the batch: rwq purge --queue job2/,
      async (q) => {
        await q.fill('old', 'old', 0, ['x']);
        await q.seal('old');
        const one = await q.enter('one');
        await one.claim(1);
        await one.exchange({ advance: 1, outcomes: { dead: [[1, 0, '{}']] } });
      },
    ],
    'kept results': [
      /which has 2 kept results\. Save them \(rwq results --queue job2\), then remove the batch: rwq purge --queue job2/,
      async (q) => {
        await q.fill('old', 'old', 0, ['x', 'y']);
        await q.seal('old');
        const one = await q.enter('one');
        await one.claim(2);
        const results = [
          [1, 0, '1'],
          [2, 1, '2'],
        ];
        await one.exchange({ advance: 2, outcomes: { results } });
      },
    ],
    'more done than there was': [
      /which has counters that do not add up\. Remove it: rwq purge --queue job2/,
      async (q) => {
        await doneBatch(q);
        await q.redis.hincrby(q.key('meta'), 'done', 1);
      },
    ],
  };

  test.each(Object.keys(cases))('%s', async (name) => {
    const { q } = under;
    const [why, make] = cases[name] as (typeof cases)[string];
    await make(q);
    const before = await q.state();
    const held = /already holds another batch, old \(this one is new\), /.source;
    await expect(q.fill('new', 'new', 0, ['a'])).rejects.toEqual(refused('BATCH', new RegExp(held + why.source)));
    await expect(q.seal('new')).rejects.toEqual(refused('BATCH', why));
    expect(await q.gate('run', 'new')).toBe('lost');
    expect(await q.state()).toEqual(before);
    const early = await q.enter('early', { batch: 'new' });
    expect(await early.exchange({ want: 1 })).toEqual(
      lost(new RegExp(`old \\(this worker belongs to new\\), ${why.source}`)),
    );
  });

  test.each([
    ["it's", `'it'\\''s'`],
    ['a b', `'a b'`],
    ['a/b:c@1.2_3-4', 'a/b:c@1.2_3-4'],
    ['$(date)', `'$(date)'`],
  ])('a queue by the name %s, as a shell takes it', async (name, word) => {
    const { server } = under;
    const q = new QueueDriver(server.url, name);
    await q.fill('old', 'old', 0, ['x']);
    const failure = await q.fill('new', 'new', 0, ['a']).catch(({ message }: Error) => message);
    expect(failure).toContain(`rwq purge --queue ${word}. Or`);
    q.close();
  });
});

describe('whoever is late for a batch that was replaced', () => {
  async function replaced(
    q: QueueDriver,
  ): Promise<{ idle: WorkerDriver; unbatched: WorkerDriver; early: WorkerDriver }> {
    await doneBatch(q);
    const idle = await q.enter('idle', { batch: 'old' });
    const unbatched = await q.enter('unbatched');
    const early = await q.enter('early', { batch: 'new' });
    expect(await early.exchange({ want: 1 })).toMatchObject({ kind: 'wait', why: 'filling' });
    expect(await q.gate('run', 'new')).toBe('wait');
    await q.fill('new', 'new', 0, ['a', 'b', 'c']);
    return { idle, unbatched, early };
  }

  test('a fill pushes nothing and succeeds, sealed or not; other items of that name are refused', async () => {
    const { q } = under;
    await replaced(q);
    const before = await q.state();
    expect(await q.fill('old', 'old', 0, ['x', 'y'])).toBe(2);
    expect(await q.fill('old', 'old', 0, [])).toBe(2);
    expect(await q.fill('old', 'old', 1, ['y'])).toBe(2);
    await expect(q.fill('old', 'old', 0, ['x', 'y', 'z'])).rejects.toEqual(refused('SEALED', /other items: 2, and/));
    expect([await q.seal('old'), await q.seal('old', 2), await q.seal('old', 'filled')]).toEqual([2, 2, 2]);
    await expect(q.seal('old', 3)).rejects.toEqual(refused('INCOMPLETE', /which was done before: 2, not 3/));
    expect(await q.state()).toEqual(before);
    await q.seal('new', 3);
    expect([await q.fill('old', 'old', 0, ['x', 'y']), await q.seal('old')]).toEqual([2, 2]);
  });

  test('a gate is open, and a worker is told drained, as it is or when it leaves', async () => {
    const { q } = under;
    await replaced(q);
    expect(await q.gate('another run', 'old')).toBe('open');
    const [late, leaving] = [await q.enter('late', { batch: 'old' }), await q.enter('leaving', { batch: 'old' })];
    expect(await late.exchange({ want: 1 })).toEqual(FORMERLY);
    expect(await leaving.leave()).toEqual(FORMERLY);
    expect(await late.exchange({ want: 1 })).toEqual({ kind: 'stale' });
    const { workers, list } = await q.state();
    expect([Object.keys(workers).sort(), list]).toEqual([
      ['early', 'idle', 'unbatched'],
      ['a', 'b', 'c'],
    ]);
  });

  test('one that waited in the old epoch is told drained; it can do nothing in the new one', async () => {
    const { q } = under;
    const { idle, unbatched } = await replaced(q);
    expect([await idle.renew(), await idle.abandon(), await unbatched.renew()]).toEqual([false, 0, false]);
    expect(await idle.exchange({ want: 1 })).toEqual(FORMERLY);
    expect(await unbatched.exchange({ want: 1 })).toEqual(FORMERLY);
    const { workers, idle: leases, meta } = await q.state();
    expect([Object.keys(workers), Object.keys(leases), meta.claimed]).toEqual([['early'], ['early'], '0']);
  });

  test('one whose lease was over, or that held something then, begins anew, and ends', async () => {
    const { q } = under;
    await q.fill('old', 'old', 0, ['x']);
    await q.seal('old', 1);
    const [slow, one] = [await q.enter('slow', { batch: 'old' }), await q.enter('one', { batch: 'old' })];
    await slow.claim(1);
    for (let passed = 0; passed <= 10_000; passed += 2_500) {
      await q.pass(2_500);
      await one.renew();
    }
    await one.claim(1);
    await one.exchange({ advance: 1, want: 1 });
    await q.fill('new', 'new', 0, ['a']);
    expect(await slow.exchange({ advance: 1, want: 1 })).toEqual({ kind: 'stale' });
    const again = await q.enter('again', { batch: 'old', epoch: slow.epoch });
    expect(again.epoch).not.toBe(slow.epoch);
    expect(await again.exchange({ want: 1 })).toEqual({ kind: 'drained', claimed: 1, done: 1, dead: 0 });
    expect((await q.state()).meta.done).toBe('0');
  });

  test('one that came early for the new batch begins anew, and works on it', async () => {
    const { q } = under;
    const { early } = await replaced(q);
    expect(await early.exchange({ want: 1 })).toEqual({ kind: 'stale' });
    const again = await q.enter('again', { batch: 'new', epoch: early.epoch });
    expect(await again.exchange({ want: 1 })).toMatchObject({ kind: 'wait', why: 'filling' });
    await q.seal('new', 3);
    expect(texts(await again.claim(3))).toEqual(['a', 'b', 'c']);
    // Workers that never came back do not hold up the end.
    expect(await again.exchange({ advance: 3, want: 1 })).toEqual({ kind: 'drained', claimed: 3, done: 3, dead: 0 });
  });

  test('of more than one', async () => {
    const { q } = under;
    const { idle } = await replaced(q);
    await q.seal('new', 3);
    const one = await q.enter('two', { batch: 'new' });
    await one.claim(3);
    await one.exchange({ advance: 3, want: 1 });
    await q.fill('third', 'third', 0, ['z']);
    expect(await idle.exchange({ want: 1 })).toEqual(FORMERLY);
    for (const [batch, items] of [
      ['old', 2],
      ['new', 3],
    ] as const) {
      const late = await q.enter(`late for ${batch}`, { batch });
      expect(await late.exchange({ want: 1 })).toEqual({ kind: 'drained', claimed: items, done: items, dead: 0 });
      expect([await q.gate('run', batch), await q.fill(batch, batch, 0, [])]).toEqual(['open', items]);
    }
  });

  test('an epoch that no batch has ended is lost all the same', async () => {
    const { q } = under;
    const { early } = await replaced(q);
    await q.redis.hset(q.key('meta'), 'epoch', 'another');
    const now = await q.enter('now', { batch: 'new' });
    await q.redis.hset(q.key('meta'), 'epoch', 'yet another');
    expect(await now.exchange({ want: 1 })).toEqual(lost(/another queue of this name/));
    await expect(q.enter('again', { epoch: now.epoch })).rejects.toThrow('lost Redis came back with another queue');
    expect(await early.exchange({ want: 1 })).toEqual({ kind: 'stale' });
  });

  test('purge forgets them', async () => {
    const { q } = under;
    await replaced(q);
    await q.run(SCRIPTS.purge, (await q.state()).meta.epoch as string);
    expect(await q.redis.keys('*')).toEqual(['test']);
    expect(await q.fill('old', 'old', 0, ['x', 'y'])).toBe(2);
    expect((await q.state()).list).toEqual(['x', 'y']);
  });
});

test('whatever fails, on the way back too: the old batch ends as done, and the same fill again succeeds', async () => {
  const { q } = under;
  await doneBatch(q);
  await q.enter('idle', { batch: 'old' });
  const back = await q.keep();
  for (let k = 1; ; k++) {
    for (let also = 0; ; also++) {
      await back();
      await q.failAt(k, also);
      const first = await q.fill('new', 'new', 0, ['a', 'b']).catch((error: Error) => error);
      const failed = await q.failed();
      await q.failAt(0);
      if (failed === null) {
        expect(first).toBe(2);
        expect(k).toBeGreaterThan(10);
        return;
      }
      expect([failed, first]).toEqual([failed, expect.any(Error)]);
      expect([failed, await q.gate('run', 'old')]).toEqual([failed, 'open']);
      const late = await q.enter(`late ${k} ${also}`, { batch: 'old' });
      expect([failed, await late.exchange({ want: 1 })]).toEqual([failed, FORMERLY]);
      // What could not be taken off the list again may be there twice, and runs twice.
      expect([failed, await q.fill('new', 'new', 0, ['a', 'b'])]).toEqual([failed, 2]);
      expect([failed, new Set((await q.state()).list)]).toEqual([failed, new Set(['a', 'b'])]);
      expect([failed, await q.fill('old', 'old', 0, ['x', 'y'])]).toEqual([failed, 2]);
      if (also > 0 && !failed.includes(',')) break;
    }
  }
});
