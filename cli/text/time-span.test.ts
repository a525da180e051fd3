import { timeSpan } from './time-span';

test.each([
  ['90s', 90],
  ['30m', 1_800],
  ['2h', 7_200],
  ['1h30m', 5_400],
  ['1.5h', 5_400],
  ['1d', 86_400],
  ['1d2h3m4s', 93_784],
  ['0s', 0],
])('%s are %p seconds', (text, seconds) => {
  expect(timeSpan(text)).toBe(seconds);
});

test.each(['', '30', 'm', '30 m', '30min', '30M', '-30m', '30m1h', '1h30', '1.2.3h', '.m', 'PT30M', '17:00', '1e3s'])(
  '%j is no time span',
  (text) => {
    expect(timeSpan(text)).toBeUndefined();
  },
);
