import { queueUnderTest, texts } from './queue-under-test';

const under = queueUnderTest();

/** A sealed queue of an item that has to run alone, and of one that nobody has claimed. */
async function suspectAndAnother(): Promise<void> {
  const { q } = under;
  await q.rpush('suspect', 'a');
  await q.seal();
  const crashed = await q.enter('crashed', { maxAttempts: 1 });
  await crashed.claim(1);
  await crashed.abandon({ crash: [1] });
}

describe('what its handler puts off', () => {
  test('is due again when it said, uncharged and counted, while others are handed out', async () => {
    const { q } = under;
    await q.rpush('a', 'b');
    await q.seal();
    const worker = await q.enter('worker');
    await worker.claim(1);
    expect(texts(await worker.claim(2, { advance: 1, outcomes: { later: [[1, 0, 3_000]] } }))).toEqual(['b']);
    expect(await q.state()).toMatchObject({ attempts: { 1: '0 0 1' }, waiting: { 1: 'a' } });
    expect(await worker.exchange({ advance: 1, want: 1 })).toEqual({ kind: 'wait', why: 'retries', due: 2_500 });
    await q.pass(2_999);
    expect(await worker.exchange({ want: 1 })).toEqual({ kind: 'wait', why: 'retries', due: 1 });
    await q.pass(1);
    expect(await worker.claim(1)).toMatchObject([{ id: 1, attempts: 0, crashes: 0, later: 1 }]);
    expect(await worker.exchange({ advance: 1, want: 1, outcomes: { forget: [1] } })).toMatchObject({
      kind: 'drained',
    });
    expect((await q.state()).attempts).toEqual({});
  });

  test('keeps its count through failures, crashes, and what is given back, and loses it as a dead letter that is sent back', async () => {
    const { q } = under;
    await q.rpush('a');
    const worker = await q.enter('worker', { maxAttempts: 9 });
    const again = async (outcomes: object) => {
      await worker.claim(1);
      await worker.exchange({ advance: 1, outcomes });
    };
    await again({ later: [[1, 0, 0]] });
    await again({ retry: [[1, 1, 0]] });
    await again({ back: [[1, 2]] });
    await again({ later: [[1, 3, 0]] });
    await worker.claim(1);
    await worker.abandon({ crash: [1] });
    expect((await q.state()).attempts).toEqual({ 1: '2 1 2' });
    const other = await q.enter('other', { settle: 60_000 });
    expect(await other.claim(1)).toMatchObject([{ attempts: 2, crashes: 1, later: 2 }]);
    await other.exchange({ advance: 1, outcomes: { dead: [[1, 0, '{}']] } });
    await q.dead('retry', 1);
    expect(await other.claim(1)).toMatchObject([{ attempts: 0, crashes: 0, later: 0 }]);
  });

  test('still has to run alone, when it is due: until then others are handed out, and nobody runs dry for it', async () => {
    const { q } = under;
    await q.rpush('suspect', 'a', 'b', 'c', 'd');
    const crashed = await q.enter('crashed', { maxAttempts: 1 });
    await crashed.claim(1);
    await crashed.abandon({ crash: [1] });
    const worker = await q.enter('worker');
    expect(await worker.exchange({ want: 3 })).toMatchObject({ kind: 'work', alone: true, items: [{ id: 1 }] });
    const put = { advance: 1, outcomes: { later: [[1, 0, 60_000]] } };
    expect(await worker.exchange({ ...put, want: 1 })).toMatchObject({ alone: false, items: [{ id: 2 }] });
    expect(await worker.exchange({ want: 1 })).toMatchObject({ alone: false, items: [{ id: 3 }] });
    expect((await q.state()).meta).toMatchObject({ dry: '' });
    for (let passed = 0; passed < 60_000; passed += 2_000) {
      await q.pass(2_000);
      await worker.renew();
    }
    expect(await worker.exchange({ advance: 1, want: 1 })).toEqual({ kind: 'held' });
    expect(await worker.exchange({ advance: 1, want: 1 })).toMatchObject({ alone: true, items: [{ id: 1, later: 1 }] });
  });

  test('is waited for, though it has to run alone', async () => {
    const { q } = under;
    await q.rpush('suspect');
    await q.seal();
    const crashed = await q.enter('crashed', { maxAttempts: 1 });
    await crashed.claim(1);
    await crashed.abandon({ crash: [1] });
    const [worker, other] = [await q.enter('worker'), await q.enter('other', { spare: 0 })];
    await worker.claim(1);
    const put = { advance: 1, outcomes: { later: [[1, 0, 2_000]] } };
    expect(await worker.exchange({ ...put, want: 1 })).toEqual({ kind: 'wait', why: 'retries', due: 2_000 });
    expect(await other.exchange({ want: 1 })).toEqual({ kind: 'wait', why: 'retries', due: 2_000 });
    await q.pass(2_000);
    expect(await other.exchange({ want: 1 })).toMatchObject({ alone: true });
    expect(await other.exchange({ advance: 1, want: 1 })).toMatchObject({ kind: 'drained', done: 1 });
  });
});

describe('a handler that slows down', () => {
  test('nobody is handed anything for so long, and all are told how long', async () => {
    const { q } = under;
    await q.rpush('a', 'b', 'c', 'd');
    await q.seal();
    const [one, two] = [await q.enter('one'), await q.enter('two')];
    await one.claim(1);
    expect(await one.exchange({ want: 1, outcomes: { slow: 2_000 } })).toEqual({ kind: 'held' });
    expect(await two.exchange({ want: 1 })).toEqual({ kind: 'wait', why: 'slowed', due: 2_000 });
    await q.pass(1_999);
    expect(await one.exchange({ advance: 1, want: 1 })).toEqual({ kind: 'wait', why: 'slowed', due: 1 });
    await q.pass(1);
    expect(texts(await two.claim(1))).toEqual(['b']);
    expect(texts(await one.claim(2))).toEqual(['c', 'd']);
  });

  test('a shorter time does not shorten a longer one, and a copy of the exchange adds nothing', async () => {
    const { q } = under;
    await q.rpush('a', 'b');
    const worker = await q.enter('worker');
    await worker.claim(1);
    const slow = async () => Number((await q.state()).meta.slow);
    await worker.exchange({ outcomes: { slow: 3_000 } });
    expect(await slow()).toBe(3_000);
    await q.pass(500);
    await worker.send(worker.number);
    await worker.exchange({ outcomes: { slow: 1_000 } });
    expect(await slow()).toBe(3_000);
    await worker.exchange({ outcomes: { slow: 2_600.5 } });
    expect(await slow()).toBe(3_101);
  });

  test('what was claimed and not started goes back in the same call, and stays there', async () => {
    const { q } = under;
    await q.rpush('a', 'b', 'c');
    const worker = await q.enter('worker');
    await worker.claim(3);
    expect(await worker.exchange({ backFrom: 1, want: 2, outcomes: { slow: 1_000 } })).toEqual({ kind: 'held' });
    expect(await q.state()).toMatchObject({ waiting: { 2: 'b', 3: 'c' }, attempts: {} });
    await q.pass(1_000);
    expect(texts(await worker.claim(2))).toEqual(['b', 'c']);
  });

  test('retries and what has to run alone wait as well; where nothing waits, the queue is drained all the same', async () => {
    const { q } = under;
    await suspectAndAnother();
    const [worker, other] = [await q.enter('worker'), await q.enter('other')];
    await worker.claim(1);
    expect(await worker.exchange({ advance: 1, want: 1, outcomes: { slow: 1_000 } })).toEqual({
      ...{ kind: 'wait', why: 'slowed', due: 1_000 },
    });
    await q.pass(1_000);
    await worker.claim(1);
    const failed = { retry: [[2, 1, 400]], slow: 2_000 };
    expect(await worker.exchange({ advance: 1, want: 1, outcomes: failed })).toMatchObject({
      why: 'slowed',
      due: 2_000,
    });
    await q.pass(2_000);
    await other.claim(1);
    expect(await other.exchange({ advance: 1, want: 1, outcomes: { slow: 60_000 } })).toMatchObject({
      kind: 'drained',
    });
  });

  test('a retry that is due later than that is what is waited for', async () => {
    const { q } = under;
    await q.rpush('a');
    const worker = await q.enter('worker');
    await worker.claim(1);
    const failed = { retry: [[1, 0, 2_400]], slow: 1_000 };
    expect(await worker.exchange({ advance: 1, want: 1, outcomes: failed })).toMatchObject({
      why: 'retries',
      due: 2_400,
    });
  });

  test('the next batch of the queue waits as well', async () => {
    const { q } = under;
    await q.fill('old', 'old', 0, ['a']);
    await q.seal('old', 1);
    const worker = await q.enter('worker', { batch: 'old' });
    await worker.claim(1);
    await worker.exchange({ advance: 1, want: 1, outcomes: { slow: 2_000 } });
    await q.fill('new', 'new', 0, ['b']);
    await q.seal('new', 1);
    const next = await q.enter('next', { batch: 'new' });
    expect(await next.exchange({ want: 1 })).toMatchObject({ why: 'slowed' });
  });
});

describe('a rate', () => {
  test('hands out a tenth of its items at once, then one after the other, by the clock, to all workers together', async () => {
    const { q } = under;
    await q.rpush(...Array.from({ length: 60 }, (_, i) => `${i}`));
    const [one, two] = [await q.enter('one', { rate: '20/1000' }), await q.enter('two', { rate: '20/1000' })];
    expect(await one.claim(8)).toHaveLength(2);
    expect(await two.exchange({ want: 8 })).toEqual({ kind: 'wait', why: 'rate', due: 50 });
    await q.pass(49);
    expect(await two.exchange({ want: 8 })).toEqual({ kind: 'wait', why: 'rate', due: 1 });
    await q.pass(1);
    expect(await two.claim(8)).toHaveLength(1);
    await q.pass(80);
    expect(await one.claim(8)).toHaveLength(1);
    await q.pass(2_000);
    expect(await one.claim(8)).toHaveLength(2);
    // 80 ms made one token and more than half of the next.
    expect((await q.state()).meta).toMatchObject({ tokens: '0.000000', refilled: '2130' });
  });

  test('over a second, so many items and what may start at once, whoever asks when', async () => {
    const { q } = under;
    await q.rpush(...Array.from({ length: 300 }, (_, i) => `${i}`));
    const workers = await Promise.all(['a', 'b', 'c'].map((name) => q.enter(name, { rate: '70/1000' })));
    let items = 0;
    for (let ms = 0; ms < 1_000; ms += 8) {
      const answer = await workers[ms % 3]?.exchange({ want: 5 });
      if (answer?.kind === 'work') items += answer.items.length;
      await q.pass(8);
    }
    expect(items).toBeGreaterThanOrEqual(74);
    expect(items).toBeLessThanOrEqual(77);
  });

  test('what goes back and was never started puts its token back', async () => {
    const { q } = under;
    await q.rpush(...Array.from({ length: 60 }, (_, i) => `${i}`));
    const worker = await q.enter('worker', { rate: '100/100000' });
    expect(await worker.claim(10)).toHaveLength(10);
    expect(await worker.exchange({ want: 1 })).toEqual({ kind: 'held' });
    expect(await worker.exchange({ backFrom: 4, want: 0 })).toEqual({ kind: 'held' });
    expect((await q.state()).meta.tokens).toBe('6.000000');
    expect(await worker.claim(10)).toHaveLength(6);
    await worker.renew(7);
    expect((await q.state()).meta.tokens).toBe('3.000000');
    await worker.exchange({ advance: 4, want: 0, outcomes: { back: [[1, 0]], retry: [[2, 1, 0]] } });
    expect((await q.state()).meta.tokens).toBe('3.000000');
  });

  test('counts retries and what has to run alone, and lets the queue be drained without a token', async () => {
    const { q } = under;
    await suspectAndAnother();
    const worker = await q.enter('worker', { rate: '1/1000' });
    expect(await worker.exchange({ want: 5 })).toMatchObject({ alone: true });
    expect(await worker.exchange({ advance: 1, want: 5 })).toEqual({ kind: 'wait', why: 'rate', due: 1_000 });
    await q.pass(1_000);
    expect(texts(await worker.claim(5))).toEqual(['a']);
    const failed = { advance: 1, outcomes: { retry: [[2, 1, 700]] } };
    expect(await worker.exchange({ ...failed, want: 5 })).toEqual({ kind: 'wait', why: 'rate', due: 1_000 });
    await q.pass(1_000);
    expect(await worker.claim(5)).toMatchObject([{ id: 2, attempts: 1 }]);
    expect(await worker.exchange({ advance: 1, want: 5 })).toMatchObject({ kind: 'drained', done: 2 });
  });

  test('goes on with the next batch, and is none of a worker that has none', async () => {
    const { q } = under;
    await q.fill('old', 'old', 0, ['a']);
    await q.seal('old', 1);
    const worker = await q.enter('worker', { batch: 'old', rate: '1/1000' });
    await worker.claim(1);
    await worker.exchange({ advance: 1, want: 1 });
    await q.fill('new', 'new', 0, ['b']);
    await q.seal('new', 1);
    const next = await q.enter('next', { batch: 'new', rate: '1/1000' });
    expect(await next.exchange({ want: 1 })).toMatchObject({ why: 'rate' });
    expect(await (await q.enter('free', { batch: 'new' })).claim(1)).toHaveLength(1);
  });
});
