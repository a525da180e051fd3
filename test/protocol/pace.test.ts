import { queueUnderTest, texts } from './queue-under-test';

const under = queueUnderTest();

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
