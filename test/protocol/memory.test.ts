import { queueUnderTest, texts } from './queue-under-test';

const MB = 1_048_576;

describe('at maxmemory', () => {
  const under = queueUnderTest({ args: ['--maxmemory-policy', 'noeviction'] });

  test('all goes on but the fill', async () => {
    const { q } = under;
    await q.rpush(...Array.from({ length: 200 }, (_, i) => `${i}`.padEnd(1_000)));
    const [one, two] = [await q.enter('one'), await q.enter('two')];
    await one.claim(20);
    await two.claim(20);
    await q.redis.config('SET', 'maxmemory', '1mb');
    const before = await q.state();
    await expect(q.rpush('more')).rejects.toThrow('OOM');
    await expect(q.fill('f', '', 0, ['more'])).rejects.toThrow('OOM');
    await expect(q.fill('f', 'batch', 0, Array(2_500).fill('more'))).rejects.toThrow('OOM');
    expect(await q.state()).toEqual(before);

    expect(await one.renew()).toBe(true);
    expect(await one.renew(15)).toBe(true);
    const outcomes = {
      keep: [[1, 0]],
      retry: [[2, 1, 0]],
      dead: [[3, 2, '{}']],
      results: [[4, 3, '1']],
      back: [[5, 4]],
    };
    expect(await one.exchange({ advance: 10, outcomes, want: 30 })).toMatchObject({ kind: 'work' });
    expect(await two.leave(5)).toMatchObject({ kind: 'left' });
    const three = await q.enter('three');
    await three.claim(5);
    expect(await three.abandon()).toBe(1);
    expect(await q.dead('retry', 3)).toBe(1);
    expect(await q.gate('another run')).toBe('open');
    await q.redis.config('SET', 'maxmemory', 0);
    expect(await q.fill('f', '', 0, ['more'])).toBe(1);
  });
});

describe('payloads of any size and kind', () => {
  const under = queueUnderTest();

  test('64 lanes and 5 MB each: one at a time, beyond that 1 MiB', async () => {
    const { q } = under;
    for (let i = 0; i < 4; i++) await q.rpush(Buffer.alloc(5 * MB, i));
    const one = await q.enter('one');
    expect(await one.claim(64)).toHaveLength(1);
    expect(await one.claim(64)).toHaveLength(1);
    await one.leave();
    // Given back or not makes no difference.
    expect(await (await q.enter('two')).claim(64)).toHaveLength(1);
  });

  test('small ones in front of a large one, a large one in front of small ones', async () => {
    const { q } = under;
    await q.rpush(...Array(10).fill('small'), Buffer.alloc(5 * MB), ...Array(10).fill('small'));
    const one = await q.enter('one');
    expect(await one.claim(64)).toHaveLength(10);
    expect(await one.claim(64)).toHaveLength(11);
  });

  test('what is looked ahead stays within the budget', async () => {
    const { q } = under;
    for (let i = 0; i < 50; i++) await q.rpush(Buffer.alloc(100_000));
    const one = await q.enter('one');
    expect(await one.claim(64)).toHaveLength(11);
    expect(await one.claim(64, { budget: 250_000 })).toHaveLength(3);
  });

  test('50 MB', async () => {
    const { q } = under;
    const large = Buffer.alloc(50 * MB, 'x');
    await q.rpush(large, 'small');
    const one = await q.enter('one');
    const [item, next] = await one.claim(2);
    expect(large.equals((item as { payload: Buffer }).payload)).toBe(true);
    expect(texts([next as { payload: Buffer }])).toEqual(['small']);
    expect(await one.exchange({ advance: 2, outcomes: { dead: [[1, 0, '{}']] }, want: 1 })).toMatchObject({
      kind: 'drained',
      dead: 1,
    });
  });

  test('bytes that are no text, nothing at all, and what looks like the protocol: kept exactly, wherever they go', async () => {
    const { q } = under;
    const payloads = [
      Buffer.from([0xff, 0xfe, 0x00, 0x0a, 0x80]),
      Buffer.from(''),
      Buffer.from('\n\n'),
      Buffer.from('{"reason":"x"}\n'),
      Buffer.from('__proto__'),
      Buffer.from('1:2 3:4'),
    ];
    await q.fill('f', '', 0, payloads);
    let one = await q.enter('one');
    const ends = (kind: (id: number, position: number) => unknown) => payloads.map((_, i) => kind(i + 1, i));
    const inHand = async () => {
      const items = await one.claim(10);
      expect(items.map(({ payload }) => payload)).toEqual(payloads);
      return items[0]?.position as number;
    };
    const first = await inHand();
    await one.exchange({ advance: 6, outcomes: { retry: ends((id, i) => [id, first + i, 0]) } });
    const second = await inHand();
    await one.exchange({ advance: 6, outcomes: { keep: ends((id, i) => [id, second + i]) } });
    const dead = ends((id) => [id, -1, '{"reason":"handler"}']);
    expect(await one.exchange({ outcomes: { dead } })).toMatchObject({ kind: 'drained', dead: 6 });
    const letters = (await q.state()).dead;
    payloads.forEach((payload, i) => {
      expect(letters[i + 1]).toBe(`{"reason":"handler"}\n${payload.toString('latin1')}`);
    });
    await q.dead('retry', 1, 2, 3, 4, 5, 6);
    one = await q.enter('again');
    const third = await inHand();
    const results = ends((id, i) => [id, third + i, 'null']);
    expect(await one.exchange({ advance: 6, outcomes: { results }, want: 1 })).toMatchObject({
      kind: 'drained',
      done: 6,
    });
    expect((await q.state()).results[1]).toBe(`null\n${payloads[0]?.toString('latin1')}`);
  });
});
