import { RateMeter } from './rate-meter';

test('the rate is that of the last seconds', () => {
  const meter = new RateMeter(10);
  expect(meter.rate).toBe(0);
  meter.add(0, 0);
  expect(meter.rate).toBe(0);
  meter.add(10, 1);
  expect(meter.rate).toBe(10);
  for (let second = 2; second <= 30; second++) meter.add(10 + (second - 1) * 2, second);
  expect(meter.rate).toBe(2);
  expect(meter.history.slice(0, 3)).toEqual([10, 2, 2]);
});

test('looks further apart than the window still give a rate', () => {
  const meter = new RateMeter(1);
  meter.add(0, 0);
  meter.add(50, 100);
  expect(meter.rate).toBe(0.5);
});

test('a count that falls begins anew, and two looks at the same moment are one', () => {
  const meter = new RateMeter();
  meter.add(100, 0);
  meter.add(3, 1);
  expect(meter.rate).toBe(0);
  meter.add(9, 1);
  meter.add(5, 2);
  expect(meter.rate).toBe(2);
});
