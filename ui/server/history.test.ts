import type { DurationHistogram, Durations } from 'cdk8s-redis-work-queue/worker';
import { History } from './history';

const BOUNDS = [0.1, 1, 10, Number.POSITIVE_INFINITY];

/** So many attempts in each class. */
function histogram(...counts: number[]): DurationHistogram {
  let count = 0;
  const buckets = BOUNDS.map((le, i) => {
    count += counts[i] ?? 0;
    return { le, count };
  });
  return { count, sum: 0, buckets };
}

const none = histogram();
const durations = (done: DurationHistogram, failed = none): Durations => ({ done, failed });

test('each sample has the rate and the quantiles of the time since the one before', () => {
  const history = new History();
  history.add(1_000, 5, durations(histogram(100, 0, 0, 0)));
  history.add(3_000, 25, durations(histogram(100, 10, 0, 0), histogram(0, 10, 0, 0)));
  history.add(4_000, 25, durations(histogram(100, 10, 0, 0), histogram(0, 10, 0, 0)));
  history.add(5_000, 26, durations(histogram(100, 10, 0, 1), histogram(0, 10, 0, 0)));
  expect(history.samples()).toEqual([
    [1_000, 5, 0, null, null, null],
    [3_000, 25, 10, 0.55, 0.955, 0.991],
    [4_000, 25, 0, null, null, null],
    [5_000, 26, 1, 10, 10, 10],
  ]);
});

test('quantiles are those of Prometheus: even within a class', () => {
  const history = new History();
  history.add(0, 0, durations(none));
  history.add(1_000, 100, durations(histogram(50, 40, 10, 0)));
  expect(history.samples()[1]).toEqual([1_000, 100, 100, 0.1, 5.5, 9.1]);
});

test('a long run is thinned evenly, and begins where it began', () => {
  const history = new History(60);
  for (let second = 0; second <= 36_000; second++) {
    history.add(second * 1_000, second * 3, durations(histogram(second, 0, 0, 0)));
    if (second % 997 === 0) expect(history.samples().length).toBeLessThanOrEqual(61);
  }
  const samples = history.samples();
  expect(samples[0]?.[0]).toBe(0);
  expect(samples.at(-1)?.slice(0, 2)).toEqual([36_000_000, 108_000]);
  expect(samples.length).toBeGreaterThan(28);
  const gaps = samples.slice(1, -1).map(([at], i) => at - (samples[i]?.[0] as number));
  expect(Math.max(...gaps)).toBeLessThanOrEqual(3 * Math.min(...gaps));
  for (const [, , rate] of samples.slice(1)) expect(rate).toBe(3);
});

test('while nothing happens, no samples pile up, and the line still goes on to the last one', () => {
  const history = new History();
  history.add(0, 0, durations(none));
  for (let second = 1; second <= 100; second++) history.add(second * 1_000, 7, durations(none));
  history.add(101_000, 8, durations(none));
  expect(history.samples().map(([at, ended, rate]) => [at, ended, rate])).toEqual([
    [0, 0, 0],
    [1_000, 7, 7],
    [2_000, 7, 0],
    [100_000, 7, 0],
    [101_000, 8, 1],
  ]);
});

test('a queue that was purged begins anew, and a clock that stands still or goes back adds nothing', () => {
  const history = new History();
  history.add(1_000, 9, durations(none));
  history.add(1_000, 10, durations(none));
  history.add(500, 11, durations(none));
  expect(history.samples()).toHaveLength(1);
  history.add(2_000, 1, durations(none));
  expect(history.samples()).toEqual([[2_000, 1, 0, null, null, null]]);
});
