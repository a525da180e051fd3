import { backoffDelay, checkBackoff } from './backoff';

const LONGEST = () => 1;
const SHORTEST = () => 0;
const delays = (random: () => number, options?: Parameters<typeof backoffDelay>[1]) =>
  [1, 2, 3, 4].map((attempt) => backoffDelay(attempt, options, random));

test('doubles from one second on', () => {
  expect(delays(LONGEST)).toEqual([1_000, 2_000, 4_000, 8_000]);
});

test('leaves the upper half of each delay to chance', () => {
  expect(delays(SHORTEST)).toEqual([500, 1_000, 2_000, 4_000]);
  expect(backoffDelay(1, { base: 100 }, () => 0.5)).toBe(75);
});

test('ends at the longest delay, five minutes unless told otherwise', () => {
  expect(backoffDelay(20, {}, LONGEST)).toBe(300_000);
  expect(delays(LONGEST, { base: 100, max: 300 })).toEqual([100, 200, 300, 300]);
});

test('stays finite after however many attempts', () => {
  expect(backoffDelay(1_000_000, { max: 60_000 }, LONGEST)).toBe(60_000);
});

test('is a whole number of ms', () => {
  for (const chance of [0, 0.1, 0.33, 0.999]) {
    expect(Number.isInteger(backoffDelay(1, { base: 333 }, () => chance))).toBe(true);
  }
});

test('takes no delay for no delay', () => {
  expect(delays(LONGEST, { base: 0 })).toEqual([0, 0, 0, 0]);
});

test.each([Number.NaN, -1, Number.POSITIVE_INFINITY, '5' as unknown as number, (() => 5) as unknown as number])(
  'refuses a delay that is no time: %p',
  (base) => {
    expect(() => checkBackoff({ base })).toThrow(`backoff.base is ${String(base)}; allowed are ms, 0 or more`);
    expect(() => checkBackoff({ max: base })).toThrow('backoff.max is ');
  },
);

test('takes delays that are times, and none', () => {
  for (const backoff of [{}, { base: 0 }, { base: 1.5, max: 1e9 }]) expect(() => checkBackoff(backoff)).not.toThrow();
});
