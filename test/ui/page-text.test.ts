import type { QueueRow } from '../../ui/api';
import { bytes, countOf, duration, ended, known, left, moment, percent, perSecond } from '../../ui/page/text';

const ROW: QueueRow = {
  name: 'cats',
  state: 'running',
  waiting: 10,
  running: 4,
  retrying: 1,
  done: 80,
  dead: 3,
  dropped: 2,
  total: 100,
  sealed: true,
  workers: 2,
};

test.each([
  [0, 0, '0 %'],
  [0, 10, '0 %'],
  [1, 10_000_000, '< 1 %'],
  [61, 100, '61 %'],
  [9_999_999, 10_000_000, '99 %'],
  [10, 10, '100 %'],
])('%d of %d is %s: all only where nothing is missing', (part, all, text) => {
  expect(percent(part, all)).toBe(text);
});

test.each([
  [0, '0 s'],
  [0.0041, '4.1 ms'],
  [0.1401, '140 ms'],
  [0.996, '1 s'],
  [1.44, '1.4 s'],
  [59.6, '1 min'],
  [200, '3 min 20 s'],
  [7_500, '2 h 5 min'],
  [273_600, '3 d 4 h'],
])('%d s is %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});

test.each([
  [0, '0 bytes'],
  [1, '1 byte'],
  [1_023, '1,023 bytes'],
  [1_536, '1.5 KiB'],
  [1_048_575, '1 MiB'],
  [160_000_000, '153 MiB'],
])('%d is %s', (value, text) => {
  expect(bytes(value)).toBe(text);
});

test('rates and counts are rounded to what can be read', () => {
  expect([0, 0.051, 3.94, 139_999.7].map(perSecond)).toEqual(['0/s', '0.05/s', '3.9/s', '140,000/s']);
  expect([countOf(1, 'item'), countOf(1_200, 'item')]).toEqual(['1 item', '1,200 items']);
});

test('a moment has its day where that is not today', () => {
  const now = new Date('2026-11-26T12:00:00');
  expect(moment('2026-11-26T01:02:03', now)).toBe('01:02:03');
  expect(moment('2026-11-25T01:02:03', now)).toBe('25 Nov, 01:02:03');
  expect(moment('2025-11-25T01:02:03', now)).toBe('25 Nov 2025, 01:02:03');
});

test('what a queue knows of is its total once sealed, and before that what is there', () => {
  expect([ended(ROW), left(ROW), known(ROW)]).toEqual([85, 15, 100]);
  expect(known({ ...ROW, total: null, waiting: 1 })).toBe(91);
});
