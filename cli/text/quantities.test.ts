import { count, countOf, duration, items, perSecond } from './quantities';

test.each([
  [0, '0 s'],
  [0.34, '0.3 s'],
  [9.94, '9.9 s'],
  [9.96, '10 s'],
  [59.4, '59 s'],
  [59.6, '1 min'],
  [200, '3 min 20 s'],
  [3_599.7, '1 h'],
  [7_500, '2 h 5 min'],
  [86_399, '1 d'],
  [273_600, '3 d 4 h'],
  [Number.POSITIVE_INFINITY, 'unknown'],
])('%p seconds are %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});

test.each([
  [0, '0/s'],
  [0.05, '0.05/s'],
  [3.94, '3.9/s'],
  [140_000.4, '140,000/s'],
])('%p a second is %s', (rate, text) => {
  expect(perSecond(rate)).toBe(text);
});

test('items are counted', () => {
  expect([count(1_234_567), items(0), items(1), items(2_000)]).toEqual([
    '1,234,567',
    '0 items',
    '1 item',
    '2,000 items',
  ]);
});

test('one is no plural', () => {
  expect(countOf(1, 'worker')).toBe('1 worker');
  expect(countOf(0, 'worker')).toBe('0 workers');
  expect(countOf(1_200, 'item')).toBe('1,200 items');
});
