import type { Answer, Ask, WorkerDriver } from './queue-driver';
import { queueUnderTest } from './queue-under-test';

// The histogram of how long attempts took.

const under = queueUnderTest();

async function holding(...payloads: string[]): Promise<WorkerDriver> {
  await under.q.rpush(...payloads);
  await under.q.seal();
  const one = await under.q.enter('one');
  await one.claim(1);
  return one;
}

const durations = [
  ['done 0.005', 2],
  ['done sum', 7],
];

test('adds up, class by class', async () => {
  const one = await holding('a', 'b', 'c');
  await one.claim(1, { advance: 1, outcomes: { durations } });
  await one.exchange({
    advance: 1,
    want: 1,
    outcomes: {
      durations: [
        ['done 0.005', 1],
        ['failed +Inf', 1],
      ],
    },
  });
  expect((await under.q.state()).durations).toEqual({ 'done 0.005': '3', 'done sum': '7', 'failed +Inf': '1' });
});

const ANSWERS: [string, Ask, Answer['kind'], counted: boolean][] = [
  ['hands something out', { advance: 1, want: 1 }, 'work', false],
  ['wants nothing', { want: 0 }, 'held', true],
  ['leaves', { advance: 1, want: -1 }, 'left', true],
];

test.each(ANSWERS)('what is told in case that nothing is left: a call that %s', async (_, ask, kind, counted) => {
  const one = await holding('a', 'b');
  expect(await one.exchange({ ...ask, outcomes: { dry: durations } })).toMatchObject({ kind });
  expect((await under.q.state()).durations).toEqual(
    counted ? Object.fromEntries(durations.map(([c, n]) => [c, `${n}`])) : {},
  );
});

test('counts with the call that ends the queue, and once, however often that is sent', async () => {
  const one = await holding('a');
  const ask = one.prepare({ advance: 1, want: 1, outcomes: { dry: durations } });
  expect(await ask()).toMatchObject({ kind: 'drained' });
  await ask();
  expect((await under.q.state()).durations).toEqual({ 'done 0.005': '2', 'done sum': '7' });
});

test('does not count where the two sides disagree', async () => {
  const one = await holding('a', 'b');
  one.prepare({});
  expect(await one.exchange({ advance: 1, outcomes: { durations, dry: durations } })).toMatchObject({ kind: 'stale' });
  expect((await under.q.state()).durations).toEqual({});
});
