import fc from 'fast-check';
import { chooseWorkers, timeWith, type Work, workersWithin } from './workers-needed';

const FRUIT: Work = { left: 45_000, rate: 12.5, concurrency: 1 };
const ANY = { least: 1, most: Number.POSITIVE_INFINITY };

test('as many as do the work in the time, and how long they take', () => {
  expect(workersWithin(180, FRUIT)).toBe(20);
  expect(timeWith(20, FRUIT)).toBe(180);
  expect(workersWithin(1_800, FRUIT)).toBe(2);
  expect(workersWithin(86_400, FRUIT)).toBe(1);
});

test('no item is shared: there are never more workers than items, and one item takes its time', () => {
  const long: Work = { left: 7, rate: 1 / 600, concurrency: 1 };
  expect(workersWithin(60, long)).toBe(7);
  expect(timeWith(7, long)).toBeCloseTo(600);
  expect(timeWith(50, long)).toBeCloseTo(600);
  expect(workersWithin(60, { ...long, concurrency: 4 })).toBe(2);
});

describe('which number it becomes', () => {
  const choose = (current: number, seconds: number, bounds: object = {}, work = FRUIT) =>
    chooseWorkers({ ...ANY, current, seconds, ...bounds }, work);

  test.each([
    ['more', choose(4, 180), { workers: 20, limit: undefined }],
    ['fewer', choose(40, 180), { workers: 20, limit: undefined }],
    ['as many as there are', choose(20, 180), { workers: 20, limit: undefined }],
    ['about as many as there are, and late', choose(19, 180), { workers: 19, limit: 'kept' }],
    ['about as many as there are, and early', choose(22, 180), { workers: 22, limit: 'kept' }],
    ['few, which would be late by less than a tenth', choose(4, 837), { workers: 4, limit: 'kept' }],
    ['a tenth more than there are', choose(18, 180), { workers: 20, limit: undefined }],
    ['more than are allowed', choose(4, 180, { most: 10 }), { workers: 10, limit: 'max' }],
    ['more are there than are allowed', choose(11, 180, { most: 10 }), { workers: 10, limit: 'max' }],
    ['fewer than are allowed', choose(4, 86_400, { least: 3 }), { workers: 3, limit: 'least' }],
    ['fewer are there than are allowed', choose(2, 86_400, { least: 3 }), { workers: 3, limit: 'least' }],
    ['one for each item', choose(4, 1, {}, { ...FRUIT, left: 30, rate: 1 }), { workers: 30, limit: undefined }],
    ['no more than items', choose(4, 1, {}, { ...FRUIT, left: 30, rate: 0.1 }), { workers: 30, limit: 'items' }],
  ])('%s', (_, chosen, expected) => {
    expect(chosen).toEqual(expected);
  });
});

describe('whatever the work', () => {
  const works = fc.record({
    left: fc.integer({ min: 1, max: 1_000_000_000 }),
    rate: fc.double({ min: 1e-5, max: 1e5, noNaN: true }),
    concurrency: fc.integer({ min: 1, max: 1_000 }),
  });
  const seconds = fc.double({ min: 0.1, max: 1e7, noNaN: true });
  const demands = fc
    .record({
      seconds,
      current: fc.integer({ min: 0, max: 10_000 }),
      least: fc.integer({ min: 1, max: 1_000 }),
      above: fc.integer({ min: 0, max: 10_000 }),
    })
    .map(({ above, ...demand }) => ({ ...demand, most: demand.least + above }));

  test('it is a whole number from the least to the most', () => {
    fc.assert(
      fc.property(demands, works, (demand, work) => {
        const { workers } = chooseWorkers(demand, work);
        expect(Number.isInteger(workers)).toBe(true);
        expect(workers).toBeGreaterThanOrEqual(demand.least);
        expect(workers).toBeLessThanOrEqual(demand.most);
      }),
    );
  });

  test('more work, a slower worker or less time never take fewer workers', () => {
    fc.assert(
      fc.property(
        seconds,
        works,
        fc.integer({ min: 0, max: 1_000_000 }),
        fc.double({ min: 1, max: 100, noNaN: true }),
        (...of) => {
          const [time, work, more, factor] = of;
          const workers = workersWithin(time, work);
          expect(workersWithin(time, { ...work, left: work.left + more })).toBeGreaterThanOrEqual(workers);
          expect(workersWithin(time, { ...work, rate: work.rate / factor })).toBeGreaterThanOrEqual(workers);
          expect(workersWithin(time / factor, work)).toBeGreaterThanOrEqual(workers);
        },
      ),
    );
  });

  test('they are in time, unless that is less than an item takes, and one fewer would not be', () => {
    fc.assert(
      fc.property(seconds, works, (time, work) => {
        const item = work.concurrency / work.rate;
        const workers = workersWithin(time, work);
        expect(timeWith(workers, work)).toBeLessThanOrEqual(Math.max(time, item) * (1 + 1e-9));
        if (workers > 1) expect(timeWith(workers - 1, work)).toBeGreaterThan(Math.min(time, item) * (1 - 1e-9));
      }),
    );
  });

  test('once it is so, the same demand changes nothing', () => {
    fc.assert(
      fc.property(demands, works, (demand, work) => {
        const { workers } = chooseWorkers(demand, work);
        expect(chooseWorkers({ ...demand, current: workers }, work).workers).toBe(workers);
      }),
    );
  });
});
