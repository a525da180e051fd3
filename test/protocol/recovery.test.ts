import type { WorkerDriver } from './queue-driver';
import { queueUnderTest } from './queue-under-test';

const under = queueUnderTest();

/** The lease of whoever does not renew is over, and nobody has taken back anything yet. */
async function leasesRunOut(survivor: WorkerDriver, lease = 10_000): Promise<void> {
  for (let passed = 0; passed <= lease; passed += 2_500) {
    await under.q.pass(2_500);
    await survivor.renew();
  }
}

test('idle ones that died delay nobody, and are dropped a hundred at a time by those that find nothing to do', async () => {
  const { q } = under;
  await q.rpush('a');
  const survivor = await q.enter('survivor');
  for (let i = 0; i < 250; i++) await q.enter(`idle ${i}`);
  const busy = await q.enter('zzz busy');
  await busy.claim(1);
  await leasesRunOut(survivor);
  expect(await survivor.exchange({ want: 1 })).toMatchObject({ kind: 'work', items: [{ id: 1, crashes: 1 }] });
  const idle = async () => Object.keys((await q.state()).idle).length;
  expect(await idle()).toBe(250);
  // Theirs is a long one.
  await leasesRunOut(survivor, 60_000);
  expect(await survivor.exchange({ advance: 1, want: 1, outcomes: { retry: [[1, 0, 1_000_000]] } })).toMatchObject({
    kind: 'wait',
  });
  expect(await idle()).toBe(151);
  await survivor.exchange({ want: 1 });
  await survivor.exchange({ want: 1 });
  const { leases, idle: left, workers } = await q.state();
  expect([leases, Object.keys(left), Object.keys(workers)]).toEqual([{}, ['survivor'], ['survivor']]);
});

test('several that held something give it back in one call, as far as it goes, and then in the next', async () => {
  const { q } = under;
  await q.rpush(...Array.from({ length: 3_000 }, (_, i) => `${i}`));
  const survivor = await q.enter('survivor');
  for (let i = 0; i < 30; i++) await (await q.enter(`few ${String(i).padStart(2, '0')}`)).claim(5);
  const many = await q.enter('many');
  await many.claim(1_000);
  await leasesRunOut(survivor);
  const back: number[] = [];
  for (let call = 0; call < 5; call++) {
    await survivor.exchange();
    back.push(Object.keys((await q.state()).retries).length);
  }
  expect(back[0]).toBeLessThanOrEqual(500);
  expect(back.at(-1)).toBe(1_150);
  expect(new Set(Object.values((await q.state()).attempts))).toEqual(new Set(['1 1']));
});

test.each(['held', 'running'])('large payloads come back a megabyte at a time, also those in %s', async (place) => {
  const { q } = under;
  await q.rpush(...Array.from({ length: 12 }, () => 'x'.repeat(400_000)));
  const [survivor, dead] = [await q.enter('survivor'), await q.enter('dead')];
  const items = [];
  while (items.length < 12) items.push(...(await dead.claim(12)));
  if (place === 'running') {
    await dead.exchange({ advance: 12, outcomes: { keep: items.map(({ id, position }) => [id, position]) } });
  }
  await leasesRunOut(survivor);
  for (let back = 2; back <= 12; back += 2) {
    await survivor.exchange();
    expect(Object.keys((await q.state()).retries)).toHaveLength(back);
  }
  expect(await q.state()).toMatchObject({ held: {}, running: {} });
});

test('an idle worker knows when the next lease is over, and asks twice in a gap at the least', async () => {
  const { q } = under;
  await q.rpush('a');
  const [survivor, dead] = [await q.enter('survivor'), await q.enter('dead')];
  await dead.claim(1);
  expect(await survivor.exchange({ want: 1 })).toEqual({ kind: 'wait', why: 'others', due: 2_500 });
  for (const passed of [4_000, 4_000, 1_300]) {
    await q.pass(passed);
    await survivor.renew();
  }
  expect(await survivor.exchange({ want: 1 })).toEqual({ kind: 'wait', why: 'others', due: 700 });
});

test('whoever leaves takes back, too, and says so', async () => {
  const { q } = under;
  await q.rpush('a', 'b');
  const [survivor, dead] = [await q.enter('survivor'), await q.enter('dead')];
  await dead.claim(1);
  await survivor.claim(1);
  await leasesRunOut(survivor);
  expect(await survivor.leave(1)).toMatchObject({ kind: 'left', done: 1 });
  expect(await q.state()).toMatchObject({ retries: { 1: expect.any(String) }, attempts: { 1: '1 1' }, leases: {} });
});

test('what a Redis that went back in time gives to an incarnation that was given up comes back uncharged when its process enters again', async () => {
  const { q } = under;
  await q.rpush('a', 'b', 'poison');
  const [first, second, other] = [await q.enter('first'), await q.enter('second'), await q.enter('other')];
  await first.claim(2);
  await second.claim(1);
  await second.exchange({ outcomes: { keep: [[3, 0]] }, advance: 1 });
  await q.enter('third', { earlier: ['first', 'second', 'never there'] });
  const { retries, attempts, leases, workers } = await q.state();
  expect([Object.keys(retries), attempts, leases, Object.keys(workers).sort()]).toEqual([
    ['1', '2', '3'],
    {},
    {},
    ['other', 'third'],
  ]);
  expect(await other.exchange({ want: 3 })).toMatchObject({ items: [{ id: 1, crashes: 0 }, { id: 2 }, { id: 3 }] });
});

test('one that ran alone then still has to run alone', async () => {
  const { q } = under;
  await q.rpush('poison');
  const survivor = await q.enter('survivor', { maxAttempts: 2 });
  await (await q.enter('one', { maxAttempts: 2 })).claim(1);
  await leasesRunOut(survivor);
  const two = await q.enter('two', { maxAttempts: 2 });
  expect(await two.exchange({ want: 1 })).toMatchObject({ kind: 'work', alone: true });
  await q.enter('two again', { earlier: ['two'] });
  const { suspects, attempts } = await q.state();
  expect([Object.keys(suspects), attempts]).toEqual([['1'], { 1: '1 1' }]);
});
