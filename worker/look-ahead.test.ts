import { LookAhead } from './look-ahead';

/** One whose main thread never waited for a processor, or for so long, in ms, until it is asked. */
function lookAheadOf(lanes: number, waited = () => 0): LookAhead {
  return new LookAhead(lanes, { time: () => ({ ran: 1, waited: waited() }) });
}

/** What is held ready after each ten milliseconds in which so many items were finished. */
function held(lanes: number, perTenMs: number, rounds: number): number[] {
  const lookAhead = lookAheadOf(lanes);
  const start = performance.now();
  return Array.from({ length: rounds }, (_, round) => {
    lookAhead.learn(perTenMs * (round + 1), start + 10 * (round + 1));
    return lookAhead.items;
  });
}

test('begins with nothing ahead', () => {
  expect(lookAheadOf(4).items).toBe(0);
});

test('grows in steps to what an eighth of a second works off', () => {
  const items = held(1, 50, 8);
  expect(items.slice(0, 4)).toEqual([1, 4, 16, 64]);
  expect(items.at(-1)).toBeGreaterThanOrEqual(595);
  expect(items.at(-1)).toBeLessThanOrEqual(605);
});

test.each([
  [1, 29, 4],
  [1, 31, 0],
  [64, 49, 156],
  [64, 51, 0],
])('with %i lanes, and items of %i ms, it holds %i', (lanes, ms, items) => {
  const lookAhead = lookAheadOf(lanes);
  const start = performance.now();
  for (let round = 1; round < 9; round++) lookAhead.learn(lanes * 10 * round, start + ms * 10 * round);
  expect(Math.abs(lookAhead.items - items)).toBeLessThanOrEqual(items && 1);
});

test('holds no more than a thousand, however quick the handler is', () => {
  expect(held(64, 100_000, 6).at(-1)).toBe(1_000);
});

test('holds nothing where an item takes longer than what is looked ahead', () => {
  const lookAhead = lookAheadOf(1);
  lookAhead.learn(1, performance.now() + 500);
  expect(lookAhead.items).toBe(0);
});

test('holds nothing for many lanes that are each slow', () => {
  const lookAhead = lookAheadOf(64);
  lookAhead.learn(64, performance.now() + 1_000);
  expect(lookAhead.items).toBe(0);
});

test('learns nothing from a moment in which nothing was finished', () => {
  const lookAhead = lookAheadOf(1);
  const start = performance.now();
  lookAhead.learn(100, start + 10);
  const { items } = lookAhead;
  lookAhead.learn(100, start + 20);
  expect(lookAhead.items).toBe(items);
});

test('takes a long while in which nothing was finished for slowness', () => {
  const lookAhead = lookAheadOf(1);
  const start = performance.now();
  lookAhead.learn(100, start + 10);
  lookAhead.learn(100, start + 1_000);
  expect(lookAhead.items).toBe(0);
});

test('begins anew when it is told to', () => {
  const lookAhead = lookAheadOf(2);
  lookAhead.learn(1_000, performance.now() + 10);
  lookAhead.forget();
  expect(lookAhead.items).toBe(0);
});

test('time in which it waited for a processor is not taken for slowness', () => {
  let waited = 0;
  const lookAhead = lookAheadOf(64, () => waited);
  const start = performance.now();
  lookAhead.learn(1_000, start + 10);
  const { items } = lookAhead;
  waited = 500;
  lookAhead.learn(2_000, start + 520);
  expect(lookAhead.items).toBeGreaterThan(items);
  lookAhead.learn(4_000, start + 1_520);
  expect(lookAhead.items).toBeGreaterThan(200);
  expect(lookAhead.items).toBeLessThanOrEqual(240);
});

test('goes by the time of day where the system does not say who waited', () => {
  const lookAhead = new LookAhead(1, { time: () => undefined });
  const start = performance.now();
  lookAhead.learn(100, start + 10);
  expect(lookAhead.items).toBe(1);
  lookAhead.learn(101, start + 510);
  expect(lookAhead.items).toBe(0);
});
