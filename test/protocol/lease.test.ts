import { queueUnderTest, texts } from './queue-under-test';

const under = queueUnderTest();

/** Time in which `survivor` renews as often as it was told to. */
async function passes(ms: number, survivor: { renew(): Promise<boolean> }): Promise<void> {
  const gap = Number((await under.q.state()).meta.gap);
  for (let passed = 0; passed < ms; passed += gap / 2) {
    await under.q.pass(gap / 2);
    expect(await survivor.renew()).toBe(true);
  }
}

describe('a worker that dies loses its items when its lease is over', () => {
  test.each([1_000, 10_000, 60_000, 3_600_000])('of %i ms', async (lease) => {
    const { q } = under;
    await q.rpush('a', 'b');
    const [alive, dead] = [await q.enter('alive', { lease }), await q.enter('dead', { lease })];
    await dead.claim(1);
    await passes(lease * 0.75, alive);
    expect(await alive.exchange({ want: 2 })).toMatchObject({ items: [{ id: 2, attempts: 0 }] });
    await passes(lease * 0.5, alive);
    expect(await alive.exchange({ want: 2 })).toMatchObject({ items: [{ id: 1, attempts: 1, crashes: 1 }] });
  });

  test('also when the only one left has a far longer lease, or a far shorter one', async () => {
    const { q } = under;
    await q.rpush('a', 'b', 'c');
    const long = await q.enter('long', { lease: 3_600_000 });
    const short = await q.enter('short', { lease: 1_000 });
    const other = await q.enter('other', { lease: 60_000 });
    await short.claim(1);
    await other.claim(1);
    await passes(1_500, long);
    expect(await long.exchange({ want: 2 })).toMatchObject({ items: [{ id: 1 }, { id: 3 }] });
    await passes(60_000, long);
    expect(await long.exchange({ want: 1 })).toMatchObject({ items: [{ id: 2, crashes: 1 }] });
  });
});

describe('Redis was away, or its clock was set: nobody is charged, everybody has a whole lease to report', () => {
  test.each([6_000, 30_000, 86_400_000, -86_400_000])('%i ms', async (ms) => {
    const { q } = under;
    await q.rpush('a', 'b', 'c');
    const [one, two] = [await q.enter('one'), await q.enter('two')];
    await one.claim(1);
    await two.claim(1);
    await q.pass(ms);
    expect(await two.exchange({ advance: 1, want: 1 })).toMatchObject({ items: [{ id: 3, attempts: 0 }] });
    await q.pass(4_000);
    await two.renew();
    await q.pass(4_000);
    await two.renew();
    expect(await one.exchange({ advance: 1 })).toMatchObject({ kind: 'wait', why: 'others' });
    expect((await q.state()).meta).toMatchObject({ done: '2', claimed: '3' });
  });
});

test('a stale worker settles nothing, and goes on under a new name', async () => {
  const { q } = under;
  await q.rpush('a');
  const [stopped, other] = [await q.enter('stopped'), await q.enter('other')];
  await stopped.claim(1);
  await passes(11_000, other);
  expect(texts(await other.claim(1))).toEqual(['a']);
  expect(await stopped.exchange({ advance: 1 })).toEqual({ kind: 'stale' });
  expect(await stopped.renew(0)).toBe(false);
  expect(await stopped.abandon({ crash: [1] })).toBe(0);
  expect((await q.state()).meta.done).toBe('0');
  const again = await q.enter('again', { epoch: stopped.epoch });
  expect(await again.exchange({ want: 1 })).toMatchObject({ kind: 'wait', why: 'others' });
});

/** A worker whose lease ran out with 1,300 items, which is more than one call takes back; and one that stays. */
async function lapsedWithMany() {
  const { q } = under;
  await q.rpush(...Array.from({ length: 1_300 }, (_, i) => `${i}`));
  const [stopped, other] = [await q.enter('stopped'), await q.enter('other')];
  await stopped.claim(800);
  await stopped.claim(500);
  await passes(11_000, other);
  return [stopped, other] as const;
}

test('a worker with more than one call can take back: the rest is charged as well, and until then it settles nothing', async () => {
  const { q } = under;
  const [stopped, other] = await lapsedWithMany();
  await other.exchange();
  // It comes back in the middle.
  expect(await stopped.renew(900)).toBe(false);
  expect(await stopped.exchange({ advance: 800 })).toEqual({ kind: 'stale' });
  const { retries, held, meta, attempts } = await q.state();
  expect([Object.keys(retries).length, held, meta.done]).toEqual([1_300, {}, '0']);
  expect(Object.keys(attempts)).toHaveLength(500);
});

test('with one that stays away, all of it comes back, each charged once', async () => {
  const { q } = under;
  const [, other] = await lapsedWithMany();
  for (let call = 0; call < 3; call++) await other.exchange();
  const { retries, leases, idle, attempts } = await q.state();
  expect([Object.keys(leases), Object.keys(idle)]).toEqual([[], ['other']]);
  expect(Object.keys(retries)).toHaveLength(1_300);
  expect(new Set(Object.values(attempts))).toEqual(new Set(['1 1']));
});

describe('echoes', () => {
  test('a reply that was lost: the same exchange again, and the same answer', async () => {
    const { q } = under;
    await q.rpush('a', 'b', 'c', 'd');
    const one = await q.enter('one');
    await one.claim(2);
    const ask = one.prepare({ advance: 1, want: 1, outcomes: { retry: [[1, 0, 0]] } });
    const first = await ask();
    const state = await q.state();
    expect(await ask()).toEqual(first);
    expect(await q.state()).toEqual(state);
  });

  test('an exchange that arrives late, behind newer ones, does nothing', async () => {
    const { q } = under;
    await q.rpush('a', 'b', 'c', 'd');
    const one = await q.enter('one');
    await one.claim(2);
    await one.claim(1, { advance: 2 });
    const state = await q.state();
    expect(await one.send(1)).toEqual({ kind: 'stale' });
    expect(await q.state()).toEqual(state);
  });

  test('a release that arrives late does not take what was claimed under the same position since', async () => {
    const { q } = under;
    await q.rpush('a', 'b', 'c', 'd', 'e');
    const one = await q.enter('one');
    await one.claim(3);
    expect(await one.renew(1, 1)).toBe(true);
    expect(texts(await one.claim(2, { backFrom: 1 }))).toEqual(['b', 'c']);
    expect(await one.renew(1, 1)).toBe(true);
    expect((await q.state()).held).toEqual({ one: ['a', 'b', 'c'] });
  });

  test('a release that overtakes the claim that is on its way, and one that comes behind it', async () => {
    const { q } = under;
    await q.rpush('a', 'b', 'c', 'd', 'e');
    const one = await q.enter('one');
    await one.claim(2);
    const claim = one.prepare({ want: 2 });
    expect(await one.renew(1)).toBe(true);
    expect(await claim()).toMatchObject({ items: [{ id: 2 }, { id: 3 }] });
    expect(await one.renew(1)).toBe(true);
    expect(await claim()).toEqual({ kind: 'held' });
    expect(await q.state()).toMatchObject({ held: { one: ['a'] }, waiting: { 2: 'b', 3: 'c' }, attempts: {} });
  });

  test('an entry that arrives late resets nothing', async () => {
    const { q } = under;
    await q.rpush('a', 'b');
    const one = await q.enter('one');
    await one.claim(1);
    const state = await q.state();
    await one.enter();
    expect(await q.state()).toEqual(state);
  });
});
