import { finishWithin, stopPlan } from './stop-plan';

test('the process ends two seconds before the grace period does', () => {
  expect(finishWithin(30_000)).toBe(28_000);
  expect(finishWithin(1_000)).toBe(0);
});

test('handlers get two seconds between the abort of their signals and the end', () => {
  expect(stopPlan(28_000)).toEqual({ abortIn: 26_000, leaveIn: 28_000 });
});

test('where there is less time, signals are aborted at once', () => {
  expect(stopPlan(1_500)).toEqual({ abortIn: 0, leaveIn: 1_500 });
  expect(stopPlan(0)).toEqual({ abortIn: 0, leaveIn: 0 });
});
