import { LookAhead } from './look-ahead';

/** One whose main thread waited for a processor for so long, in ms, until it is asked. */
function lookAheadOf(lanes: number, waited = () => 0): LookAhead {
  return new LookAhead(() => lanes, { time: () => ({ ran: 1, waited: waited() }) });
}

/** What is held ready after each ten milliseconds in which so many items were finished. */
function held(lanes: number, perTenMs: number, rounds: number, roundTrip = 1): number[] {
  const lookAhead = lookAheadOf(lanes);
  const start = performance.now();
  return Array.from({ length: rounds }, (_, round) => {
    lookAhead.learn(perTenMs * (round + 1), start + 10 * (round + 1), roundTrip);
    return lookAhead.items;
  });
}

test('begins with nothing ahead', () => {
  expect(lookAheadOf(4).items).toBe(0);
});

test('grows in steps to what thirty milliseconds get through', () => {
  const items = held(1, 100, 8);
  expect(items.slice(0, 4)).toEqual([1, 4, 16, 64]);
  expect(items.at(-1)).toBeGreaterThanOrEqual(295);
  expect(items.at(-1)).toBeLessThanOrEqual(305);
});

test('looks farther where an answer takes long, up to a limit', () => {
  expect(held(1, 10, 8, 15).at(-1)).toBe(30);
  expect(held(1, 10, 8, 40).at(-1)).toBe(80);
  expect(held(1, 10, 8, 5_000).at(-1)).toBe(120);
});

test('holds nothing where items take long, however long an answer takes', () => {
  const lookAhead = lookAheadOf(1);
  lookAhead.learn(2, performance.now() + 200, 100);
  expect(lookAhead.items).toBe(0);
});

test('holds no more than two thousand, however quick the handler is', () => {
  expect(held(64, 100_000, 6).at(-1)).toBe(2_000);
});

test('holds nothing where an item takes longer than what is looked ahead', () => {
  const lookAhead = lookAheadOf(1);
  lookAhead.learn(1, performance.now() + 500, 1);
  expect(lookAhead.items).toBe(0);
});

test('holds nothing for many lanes that are each slow', () => {
  const lookAhead = lookAheadOf(64);
  lookAhead.learn(64, performance.now() + 1_000, 1);
  expect(lookAhead.items).toBe(0);
});

test('learns nothing from a moment in which nothing was finished', () => {
  const lookAhead = lookAheadOf(1);
  const start = performance.now();
  lookAhead.learn(100, start + 10, 1);
  const { items } = lookAhead;
  lookAhead.learn(100, start + 20, 1);
  expect(lookAhead.items).toBe(items);
});

test('takes a long while in which nothing was finished for slowness', () => {
  const lookAhead = lookAheadOf(1);
  const start = performance.now();
  lookAhead.learn(100, start + 10, 1);
  lookAhead.learn(100, start + 1_000, 1);
  expect(lookAhead.items).toBe(0);
});

test('begins anew when it is told to', () => {
  const lookAhead = lookAheadOf(2);
  lookAhead.learn(1_000, performance.now() + 10, 1);
  lookAhead.forget();
  expect(lookAhead.items).toBe(0);
});

test('time in which it waited for a processor is not taken for slowness', () => {
  let waited = 0;
  const lookAhead = lookAheadOf(64, () => waited);
  const start = performance.now();
  lookAhead.learn(1_000, start + 10, 1);
  expect(lookAhead.items).toBe(64);
  waited = 500;
  lookAhead.learn(2_000, start + 520, 1);
  expect(lookAhead.items).toBe(256);
  lookAhead.learn(3_000, start + 1_520, 1);
  expect(lookAhead.items).toBe(0);
});

test('goes by the time of day where the system does not say who waited', () => {
  const lookAhead = new LookAhead(() => 1, { time: () => undefined });
  const start = performance.now();
  lookAhead.learn(100, start + 10, 1);
  expect(lookAhead.items).toBe(1);
  lookAhead.learn(101, start + 510, 1);
  expect(lookAhead.items).toBe(0);
});
