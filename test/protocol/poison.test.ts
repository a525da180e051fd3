import type { WorkerDriver } from './queue-driver';
import { queueUnderTest, texts } from './queue-under-test';

const under = queueUnderTest();

/** The process dies: its lease runs out while `survivor` keeps renewing, and is the one who finds out. */
async function dies(survivor: WorkerDriver): Promise<void> {
  for (let passed = 0; passed <= 10_000; passed += 2_500) {
    await under.q.pass(2_500);
    await survivor.renew();
  }
  await survivor.exchange();
}

test('a poison item convicts only itself: 63 innocents beside it are done, and it is the only dead letter', async () => {
  const { q } = under;
  await q.rpush(...Array.from({ length: 63 }, (_, i) => `good ${i}`), 'poison');
  await q.seal();
  const survivor = await q.enter('survivor');
  let crashes = 0;
  let alone = 0;
  for (;;) {
    const worker = await q.enter(`worker ${crashes}`);
    let answer = await worker.exchange({ want: 64 });
    let poisoned = false;
    while (answer.kind === 'work') {
      if (answer.alone) {
        expect(answer.items).toHaveLength(1);
        alone++;
      }
      poisoned = texts(answer.items).includes('poison');
      if (poisoned) break;
      answer = await worker.exchange({ advance: answer.items.length, want: 64 });
    }
    if (!poisoned) break;
    crashes++;
    await dies(survivor);
  }
  expect(crashes).toBe(3);
  expect(alone).toBeLessThanOrEqual(64);
  const { dead, meta } = await q.state();
  expect(Object.keys(dead)).toEqual(['64']);
  expect(JSON.parse((dead['64'] as string).split('\n')[0] as string)).toMatchObject({
    reason: 'crash',
    attempts: 3,
    crashes: 3,
    error: 'its worker crashed 3 times, the last time while it ran alone',
  });
  expect(meta).toMatchObject({ claimed: '64', done: '63' });
});

test('a crash beside others never dead-letters, however often: only a crash while alone is proof', async () => {
  const { q } = under;
  await q.rpush('a', 'b');
  const survivor = await q.enter('survivor', { maxAttempts: 1 });
  const first = await q.enter('first', { maxAttempts: 1 });
  await first.claim(2);
  await dies(survivor);
  const { dead, suspects, attempts } = await q.state();
  expect(dead).toEqual({});
  expect(Object.keys(suspects)).toEqual(['1', '2']);
  expect(attempts).toEqual({ 1: '1 1', 2: '1 1' });
  expect((await survivor.claim(5)).map(({ id }) => id)).toEqual([1]);
  await survivor.abandon({ crash: [1] });
  expect(Object.keys((await q.state()).dead)).toEqual(['1']);
});

test('what runs alone and goes back uncharged is still to run alone; what fails there is tried again like any other', async () => {
  const { q } = under;
  await q.rpush('a', 'b', 'c');
  const crashed = await q.enter('crashed', { maxAttempts: 1 });
  await crashed.claim(1);
  await crashed.abandon({ crash: [1] });
  const one = await q.enter('one');
  expect(await one.exchange({ want: 3 })).toMatchObject({ kind: 'work', alone: true });
  // Nothing runs beside it.
  expect(await one.exchange({ want: 3 })).toEqual({ kind: 'held' });
  await one.leave();
  expect(await q.state()).toMatchObject({ suspects: { 1: expect.any(String) }, attempts: { 1: '1 1' } });
  const two = await q.enter('two');
  await two.claim(1);
  expect(await two.exchange({ advance: 1, outcomes: { retry: [[1, 0, 0]] }, want: 3 })).toMatchObject({
    kind: 'work',
    alone: false,
    items: [{ id: 1, attempts: 2, crashes: 1 }, { id: 2 }, { id: 3 }],
  });
});

describe('who runs it', () => {
  async function aSuspect(): Promise<[WorkerDriver, WorkerDriver, WorkerDriver]> {
    const { q } = under;
    await q.rpush('suspect', ...Array.from({ length: 30 }, (_, i) => `good ${i}`));
    const crashed = await q.enter('crashed', { maxAttempts: 1 });
    await crashed.claim(1);
    const [a, b, c] = [await q.enter('a'), await q.enter('b'), await q.enter('c')];
    for (const worker of [a, b, c]) await worker.claim(2);
    await crashed.abandon({ crash: [1] });
    return [a, b, c];
  }

  test('one worker at a time is asked to run dry, the others go on', async () => {
    const [a, b, c] = await aSuspect();
    expect(await a.exchange({ advance: 1, want: 2 })).toEqual({ kind: 'held' });
    expect(await b.exchange({ advance: 1, want: 2 })).toMatchObject({ kind: 'work', alone: false });
    expect(await c.exchange({ advance: 2, want: 2 })).toMatchObject({ kind: 'work', alone: false });
    expect(await a.exchange({ advance: 1, want: 2 })).toMatchObject({ alone: true, items: [{ id: 1 }] });
    expect(await a.exchange({ advance: 1, want: 2, outcomes: { forget: [1] } })).toMatchObject({ alone: false });
  });

  test('another one is asked when that one dies', async () => {
    const [a, b] = await aSuspect();
    expect(await a.exchange({ advance: 1, want: 2 })).toEqual({ kind: 'held' });
    await a.abandon();
    expect(await b.exchange({ advance: 1, want: 2 })).toEqual({ kind: 'held' });
    expect(await b.exchange({ advance: 1, want: 2 })).toMatchObject({ alone: true, items: [{ id: 1 }] });
  });

  test('when nothing else is due, an idle worker takes it, though another one was asked and is not done', async () => {
    const [a, b, c] = await aSuspect();
    expect(await a.exchange({ advance: 1, want: 2 })).toEqual({ kind: 'held' });
    await c.exchange({ advance: 2, want: 40, outcomes: { retry: [[6, 0, 60_000]] } });
    expect(await b.exchange({ advance: 2, want: 2 })).toMatchObject({ alone: true, items: [{ id: 1 }] });
  });
});

test('given back is not charged, and comes first, in its old order', async () => {
  const { q } = under;
  await q.rpush('a', 'b', 'c', 'd', 'e', 'f');
  const one = await q.enter('one');
  const two = await q.enter('two');
  await one.claim(2);
  await two.claim(2);
  await one.leave();
  await two.renew(1);
  const items = await (await q.enter('three')).claim(6);
  expect(texts(items)).toEqual(['a', 'b', 'd', 'e', 'f']);
  expect(items.every(({ attempts, crashes }) => attempts === 0 && crashes === 0)).toBe(true);
  expect((await q.state()).attempts).toEqual({});
});
