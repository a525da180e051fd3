import { progressReport } from './progress-report';

const TOLD = { ms: 60_000, ended: 192_000, all: 1_220_000, left: 780_000, total: 2_000_000, dead: 0 };

test.each([
  [{}, '61 %, 3,200/s, 4 min left'],
  [{ dead: 17 }, '61 %, 3,200/s, 4 min left, 17 dead letters'],
  [{ ended: 6, left: 6, all: 1_999_994, dead: 1 }, '99 %, 0.1/s, 1 min left, 1 dead letter'],
  [{ ended: 0 }, '61 %, 0/s, 780,000 items left'],
  [{ total: undefined }, '1,220,000 done, 3,200/s, 780,000 items left'],
  [{ left: 0, all: 2_000_000 }, '100 %, 3,200/s, 0 s left'],
])('%j: %s', (change, line) => {
  expect(progressReport({ ...TOLD, ...change } as typeof TOLD)?.line).toBe(line);
});

test('its fields are numbers', () => {
  expect(progressReport(TOLD)?.fields).toEqual({
    ...{ percent: 61, rate: 3_200, timeLeft: 243.8, ended: 1_220_000, left: 780_000, dead: 0 },
  });
});

test('of a queue in which nothing is left and nothing happens, nothing is said', () => {
  expect(progressReport({ ...TOLD, ended: 0, left: 0 })).toBeUndefined();
});
