import type { WorkerDriver } from './queue-driver';
import { queueUnderTest, takenBackByAnother, texts } from './queue-under-test';

// What an item leaves for its next attempt.

const under = queueUnderTest();

async function holding(...payloads: string[]): Promise<WorkerDriver> {
  const { q } = under;
  await q.rpush(...payloads);
  await q.seal();
  const one = await q.enter('one');
  await one.claim(payloads.length);
  return one;
}

const resumed = async (worker: WorkerDriver, want = 10) =>
  (await worker.claim(want)).map(({ id, resumed }) => [id, resumed]);

test('is given to the next attempt, with that of others, and stays until it is done', async () => {
  const { q } = under;
  const one = await holding('a', 'b', 'c');
  const checkpoint = [
    [1, '{"page":1}'],
    [3, '"né"'],
  ];
  await one.exchange({ outcomes: { checkpoint } });
  expect((await q.state()).checkpoints).toEqual({ 1: '{"page":1}', 3: Buffer.from('"né"').toString('latin1') });
  const outcomes = { retry: [1, 2, 3].map((id) => [id, id - 1, 0]) };
  await one.exchange({ advance: 3, outcomes });
  const expected = [
    [1, '{"page":1}'],
    [2, undefined],
    [3, '"né"'],
  ];
  expect(await resumed(one)).toEqual(expected);
  // Another attempt that leaves nothing resumes from the same.
  await one.exchange({ advance: 3, outcomes: { retry: [1, 2, 3].map((id) => [id, id + 2, 0]) } });
  expect(await resumed(one)).toEqual(expected);
  await one.exchange({ advance: 3, outcomes: { forget: [1, 2, 3], checkpoint: [[1], [3]] }, want: 1 });
  expect((await q.state()).checkpoints).toEqual({});
});

const ENDS: Record<string, (one: WorkerDriver) => Promise<unknown>> = {
  'it fails': (one) => one.exchange({ advance: 1, outcomes: { retry: [[1, 0, 0]], checkpoint: [[1, '7']] } }),
  'it goes back': (one) => one.exchange({ advance: 1, outcomes: { back: [[1, 0]], checkpoint: [[1, '7']] } }),
  'its worker leaves': (one) => one.exchange({ want: -1, outcomes: { checkpoint: [[1, '7']] } }),
  'its worker ends out of turn': async (one) => {
    await one.exchange({ outcomes: { checkpoint: [[1, '7']] } });
    await one.abandon({ crash: [1] });
  },
  'its worker dies': async (one) => {
    await one.exchange({ outcomes: { checkpoint: [[1, '7']] } });
    await takenBackByAnother(under.q);
  },
  'it was moved aside before': async (one) => {
    await one.exchange({ advance: 1, outcomes: { keep: [[1, 0]], checkpoint: [[1, '6']] } });
    await one.exchange({ outcomes: { checkpoint: [[1, '7']] } });
    await one.exchange({ outcomes: { retry: [[1, -1, 0]] } });
  },
};

test.each(Object.keys(ENDS))('comes back where %s', async (end) => {
  await ENDS[end]?.(await holding('a'));
  expect(await resumed(await under.q.enter('next'))).toEqual([[1, '7']]);
});

test('comes back to the attempt that runs alone', async () => {
  const one = await holding('a');
  await one.exchange({ outcomes: { checkpoint: [[1, '7']] } });
  await one.abandon({ crash: [1] });
  const two = await under.q.enter('two');
  await two.claim(1);
  await two.abandon({ crash: [1] });
  expect(await (await under.q.enter('three')).exchange({ want: 1 })).toMatchObject({
    alone: true,
    items: [{ id: 1, resumed: '7' }],
  });
});

test.each(['by its handler', 'as its worker crashed alone'])('goes with an item that is given up, %s', async (how) => {
  const { q } = under;
  const one = await holding('a', 'b');
  await one.exchange({ outcomes: { checkpoint: [[1, '7']] } });
  if (how === 'by its handler') await one.exchange({ advance: 1, outcomes: { dead: [[1, 0, '{}']] } });
  else {
    await one.abandon({ crash: [1] });
    const two = await q.enter('two', { maxAttempts: 1 });
    await two.claim(2);
    await two.abandon({ crash: [1] });
    const three = await q.enter('three', { maxAttempts: 1 });
    await three.claim(1);
    await three.abandon({ crash: [1] });
  }
  const { dead, checkpoints } = await q.state();
  expect([Object.keys(dead), checkpoints]).toEqual([['1'], {}]);
  await q.dead('retry', 1);
  expect((await resumed(await q.enter('next'))).find(([id]) => id === 1)).toEqual([1, undefined]);
});

test('of an item that is in the hands of another counts for nothing, and shows that the two sides disagree', async () => {
  const { q } = under;
  const one = await holding('a', 'b');
  const two = await q.enter('two');
  await one.renew(1);
  await two.claim(1);
  const before = (await q.state()).checkpoints;
  expect(
    await one.exchange({
      outcomes: {
        checkpoint: [
          [1, '1'],
          [2, '7'],
        ],
      },
    }),
  ).toEqual({ kind: 'stale' });
  expect((await q.state()).checkpoints).toEqual(before);
});

test('a copy of an exchange says the same', async () => {
  const one = await holding('a', 'b');
  const outcomes = { retry: [[1, 0, 0]], back: [[2, 1]], checkpoint: [[1, '7']] };
  const answer = await one.exchange({ advance: 2, outcomes, want: 5 });
  expect(answer).toMatchObject({ items: [{ id: 2 }, { id: 1, resumed: '7' }] });
  expect(await one.send(one.number)).toEqual(answer);
});

test('those of one answer are 1 MiB, or one item’s', async () => {
  const items = Array.from({ length: 40 }, (_, i) => `${i}`);
  const one = await holding(...items);
  const large = `"${'x'.repeat(65_534)}"`;
  const checkpoint = items.map((_, i) => [i + 1, large]);
  await one.exchange({ advance: 40, outcomes: { back: items.map((_, i) => [i + 1, i]), checkpoint } });
  await under.q.rpush('fresh');
  expect(await one.claim(40)).toHaveLength(16);
  expect(await one.claim(40)).toHaveLength(16);
  expect(texts(await one.claim(40))).toEqual([...items.slice(32), 'fresh']);
});

test('goes with the batch, as ids begin anew', async () => {
  const { q } = under;
  await q.fill('old', 'old', 0, ['x']);
  await q.seal('old', 1);
  const one = await q.enter('one', { batch: 'old' });
  await one.claim(1);
  // As a worker in another language may leave it.
  await one.exchange({ outcomes: { checkpoint: [[1, '7']] } });
  await one.exchange({ advance: 1, want: 1 });
  await q.fill('new', 'new', 0, ['a']);
  await q.seal('new', 1);
  const { checkpoints, meta } = await q.state();
  expect([checkpoints, meta.checkpoints]).toEqual([{}, undefined]);
});
