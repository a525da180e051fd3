import { DURATION_BOUNDS, durationsIn } from '../attempt';
import { DurationMeter, type DurationsTold } from './duration-meter';

const told = ({ durations, dry }: DurationsTold = {}) => Object.fromEntries([...(durations ?? []), ...(dry ?? [])]);

test('classes go from 1 ms to 1 h, in steps of 1, 2.5 and 5', () => {
  expect(DURATION_BOUNDS.slice(0, 5)).toEqual([0.001, 0.0025, 0.005, 0.01, 0.025]);
  expect(DURATION_BOUNDS.slice(-4)).toEqual([500, 1_000, 2_500, 3_600]);
  expect([...DURATION_BOUNDS]).toEqual([...DURATION_BOUNDS].sort((a, b) => a - b));
});

test('tells once a second, or in case that nothing is left', () => {
  const meter = new DurationMeter();
  expect(meter.tell(0, true)).toBeUndefined();
  meter.ended('done', 1);
  meter.ended('done', 1.5);
  meter.ended('failed', 9_999_999);
  expect(meter.tell(999, false)).toBeUndefined();
  const first = meter.tell(999, true);
  expect(first).toEqual({ dry: expect.anything() });
  expect(told(first)).toEqual({
    'done 0.001': 1,
    'done 0.0025': 1,
    'done sum': 3,
    'failed +Inf': 1,
    'failed sum': 9_999_999,
  });
  // Something was handed out: it did not count.
  meter.answered('work');
  const second = meter.tell(1_000, true);
  expect(second).toEqual({ durations: first?.dry });
  meter.answered('work');
  expect(meter.tell(5_000, true)).toBeUndefined();
});

test.each(['dry', 'durations'])('tells %s again where an exchange came to nothing', (kind) => {
  const meter = new DurationMeter();
  meter.tell(0, false);
  meter.ended('done', 4);
  const first = meter.tell(kind === 'dry' ? 1 : 1_000, true);
  expect(Object.keys(first ?? {})).toEqual([kind]);
  meter.answered('stale');
  expect(told(meter.tell(9_000, true))).toEqual(told(first));
  meter.answered('other');
  expect(meter.tell(20_000, true)).toBeUndefined();
});

test('counts each attempt, and those that are not timed as long as the last one that was', () => {
  const meter = new DurationMeter();
  meter.learn(2);
  for (let i = 0; i < 63; i++) meter.ended('done', undefined);
  meter.ended('done', 700);
  expect(told(meter.tell(0, true))).toEqual({ 'done 0.0025': 63, 'done 1': 1, 'done sum': 826 });
});

test('fractions of a millisecond add up', () => {
  const meter = new DurationMeter();
  for (let i = 0; i < 3; i++) meter.ended('done', 0.25);
  expect(told(meter.tell(0, true))).toEqual({ 'done 0.001': 3, 'done sum': 1 });
  for (let i = 0; i < 5; i++) meter.ended('done', 0.25);
  expect(told(meter.tell(0, true))).toEqual({ 'done 0.001': 5, 'done sum': 1 });
});

test('are read as Prometheus has them', () => {
  const { done, failed } = durationsIn(
    new Map(Object.entries({ 'done 0.001': 3, 'done 0.005': 2, 'done +Inf': 1, 'done sum': 4_000_500 })),
  );
  expect(done).toMatchObject({ count: 6, sum: 4_000.5 });
  expect(done.buckets.slice(0, 4)).toEqual([
    { le: 0.001, count: 3 },
    { le: 0.0025, count: 3 },
    { le: 0.005, count: 5 },
    { le: 0.01, count: 5 },
  ]);
  expect(done.buckets.at(-1)).toEqual({ le: Number.POSITIVE_INFINITY, count: 6 });
  expect(failed).toMatchObject({ count: 0, sum: 0 });
});
