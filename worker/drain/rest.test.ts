import { Rest } from './rest';

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

/** A worker that waits, with a doorbell that rings or stays silent until it is told. */
function waiting(random = 0, isOfUse = () => true) {
  const state = { isResting: true, isAsking: false };
  const waits: { readonly ms: number; readonly end: (rang: boolean) => Promise<void> }[] = [];
  const passOn = jest.fn();
  const ask = jest.fn();
  const wait = (ms: number) =>
    new Promise<boolean>((resolve) => {
      const end = async (rang: boolean) => {
        resolve(rang);
        for (let turn = 0; turn < 3; turn++) await Promise.resolve();
      };
      waits.push({ ms, end });
    });
  const rest = new Rest({ wait, passOn, close: async () => {} }, state, ask, () => random, isOfUse);
  /** How long it waits in vain, time after time. */
  const inVain = async (times: number, prospect: Parameters<Rest['begin']>[0]): Promise<number[]> => {
    const lasts: number[] = [];
    for (let time = 0; time < times; time++) {
      rest.begin(prospect);
      lasts.push(waits.at(-1)!.ms);
      await waits.at(-1)!.end(false);
    }
    return lasts;
  };
  return { rest, state, waits, passOn, ask, inVain };
}

const ALONE = { due: undefined, gap: 15_000, idle: 1 };

test('waits a second, half as long again each time, and no longer than half a gap', async () => {
  const { inVain, ask } = waiting();
  expect(await inVain(7, ALONE)).toEqual([1_100, 1_650, 2_475, 3_713, 5_569, 7_500, 7_500]);
  expect(ask).toHaveBeenCalledTimes(7);
});

test('waits a second again once it got items', async () => {
  const { rest, inVain } = waiting();
  await inVain(5, ALONE);
  rest.over();
  expect(await inVain(2, ALONE)).toEqual([1_100, 1_650]);
});

test('never waits for longer than half a gap, however short that is', async () => {
  const { inVain } = waiting();
  expect(await inVain(2, { ...ALONE, gap: 500 })).toEqual([250, 250]);
});

test('asks when it is told that something is due, and not at once where that is now', async () => {
  const { inVain } = waiting();
  expect(await inVain(1, { ...ALONE, due: 700.2 })).toEqual([701]);
  expect(await inVain(1, { ...ALONE, due: 0 })).toEqual([5]);
  expect(await inVain(1, { ...ALONE, due: 60_000 })).toEqual([2_475]);
});

test.each([
  [2_000, 0, 10_000],
  [10_000, 0, 50_000],
  [10_000, 0.5, 75_000],
  [10_000, 1, 100_000],
  [100_000, 0, 300_000],
])('%i that wait, by the dice at %f: each asks after %i ms, unless it is told to', async (idle, random, expected) => {
  const { inVain } = waiting(random);
  expect(await inVain(1, { ...ALONE, idle })).toEqual([expected]);
  expect(await inVain(1, { ...ALONE, idle, due: 400 })).toEqual([400]);
});

test('a token ends the wait', async () => {
  const { rest, waits, ask, passOn } = waiting();
  rest.begin(ALONE);
  expect(ask).not.toHaveBeenCalled();
  await waits[0]!.end(true);
  expect(ask).toHaveBeenCalledTimes(1);
  expect(passOn).not.toHaveBeenCalled();
});

test('a rest that begins while an earlier one still listens ends when its own time is over', () => {
  const { rest, waits, ask } = waiting();
  rest.begin(ALONE);
  rest.begin({ ...ALONE, due: 300 });
  rest.begin({ ...ALONE, due: 400 });
  expect(waits).toHaveLength(1);
  jest.advanceTimersByTime(399);
  expect(ask).not.toHaveBeenCalled();
  jest.advanceTimersByTime(1);
  expect(ask).toHaveBeenCalledTimes(1);
});

test('a token that it does not need, it passes on', async () => {
  const { rest, state, waits, ask, passOn } = waiting();
  rest.begin(ALONE);
  state.isResting = false;
  await waits[0]!.end(true);
  expect(passOn).toHaveBeenCalledTimes(1);
  expect(ask).not.toHaveBeenCalled();
});

test.each([
  ['asks once more where that brought nothing', true],
  ['passes it on where that brought items', false],
])('a token that comes while it asks: %s', async (_, isResting) => {
  const { rest, state, waits, ask, passOn } = waiting();
  rest.begin(ALONE);
  Object.assign(state, { isResting: false, isAsking: true });
  await waits[0]!.end(true);
  expect([ask.mock.calls.length, passOn.mock.calls.length]).toEqual([0, 0]);
  Object.assign(state, { isResting, isAsking: false });
  rest.answered();
  rest.answered();
  expect([ask.mock.calls.length, passOn.mock.calls.length]).toEqual(isResting ? [1, 0] : [0, 1]);
});

test('closed, it does not ask any more', () => {
  const { rest, ask } = waiting();
  rest.begin(ALONE);
  rest.begin({ ...ALONE, due: 300 });
  rest.close();
  jest.advanceTimersByTime(60_000);
  expect(ask).not.toHaveBeenCalled();
});

test('does not listen while nobody would take anything, and asks again by itself', () => {
  const { rest, waits, ask } = waiting(0, () => false);
  rest.begin(ALONE);
  expect(waits).toEqual([]);
  jest.advanceTimersByTime(1_100);
  expect(ask).toHaveBeenCalledTimes(1);
});

test('passes a token on that nobody would take anything for, and asks again when it would have', async () => {
  let isOfUse = true;
  const { rest, waits, ask, passOn } = waiting(0, () => isOfUse);
  rest.begin(ALONE);
  isOfUse = false;
  await waits[0]?.end(true);
  expect([passOn.mock.calls.length, ask.mock.calls.length]).toEqual([1, 0]);
  jest.advanceTimersByTime(1_100);
  expect(ask).toHaveBeenCalledTimes(1);
});
