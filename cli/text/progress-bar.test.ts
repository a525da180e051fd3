import { progressBar, sparkline } from './progress-bar';

test.each([
  [0, '░░░░'],
  [0.5, '██░░'],
  [0.54, '██▏░'],
  [0.999, '███▉'],
  [1, '████'],
  [7, '████'],
  [-1, '░░░░'],
])('a bar at %p', (fraction, bar) => {
  expect(progressBar(fraction, 4)).toBe(bar);
});

test('a sparkline reaches from nothing to the peak, and shows the newest', () => {
  expect(sparkline([0, 1, 4, 8], 10)).toBe('▁▂▅█');
  expect(sparkline([9, 9, 0, 1], 2)).toBe('▁█');
  expect(sparkline([0, 0], 5)).toBe('▁▁');
  expect(sparkline([], 5)).toBe('');
});
