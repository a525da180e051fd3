import { powersOfTen, scale, stepsFromZero } from './line-chart';

test.each([
  [5, [0, 1, 2, 3, 4, 5]],
  [4.84, [0, 1, 2, 3, 4, 5]],
  [2.6, [0, 1, 2, 3]],
  [1.1, [0, 0.5, 1, 1.5]],
  [0.13, [0, 0.05, 0.1, 0.15]],
  [3_127, [0, 1_000, 2_000, 3_000, 4_000]],
  [999, [0, 200, 400, 600, 800, 1_000]],
])('up to %d there are round steps from zero: %j', (value, steps) => {
  expect(stepsFromZero(value)).toEqual(steps);
});

test('the powers of ten around values', () => {
  expect(powersOfTen([1.05, 538])).toEqual([1, 10, 100, 1_000]);
  expect(powersOfTen([0.2, 0.5])).toEqual([0.1, 1]);
  expect(powersOfTen([10, 10])).toEqual([10, 100]);
});

test('values lie where their axis says, upside down where it runs so', () => {
  const up = scale('linear', [0, 4], [300, 100]);
  expect([0, 1, 4].map(up)).toEqual([300, 250, 100]);
  const log = scale('log', [1, 1_000], [0, 300]);
  expect([1, 10, 1_000].map((value) => Math.round(log(value)))).toEqual([0, 100, 300]);
  expect(scale('linear', [7, 7], [0, 300])(7)).toBe(0);
});
