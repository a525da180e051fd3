import { QueueRate, timeLeft } from './queue-rate';
import type { QueueStatus } from './queue-status';

const STATUS: QueueStatus = {
  ...{ waiting: 900, leased: 0, retrying: 0, done: 100, dead: 0, dropped: 0, claimed: 100, added: 0 },
  ...{ sealed: true, total: 1_000, batch: undefined, paused: false, slowedFor: 0, cancelled: false },
  ...{ finalizer: undefined, clock: 50_000, workerCount: 1, workers: [], memory: undefined },
};
const at = (done: number, change: Partial<QueueStatus> = {}) => ({ ...STATUS, waiting: 1_000 - done, done, ...change });

test('the rate is that of the last seconds, or of all the time that it was worked on where they saw too little', () => {
  const rate = new QueueRate(10);
  expect(rate.see(at(100), 0)).toBe(2);
  expect(rate.see(at(105), 1)).toBe((105 * 1_000) / STATUS.clock);
  expect(rate.see(at(140), 2)).toBe(20);
  expect(rate.history).toEqual([5, 35]);
});

test('time without workers does not count, and nothing that is left takes no time', () => {
  const rate = new QueueRate(60);
  const nobody = { workerCount: 0, clock: 0 };
  expect(rate.see(at(0, nobody), 0)).toBe(0);
  expect(rate.see(at(0, nobody), 50)).toBe(0);
  expect(rate.see(at(40), 51)).toBe(40);
  expect(rate.see(at(1_000), 52)).toBe(0);
});

test.each([
  [at(100), 45, 20],
  [at(100), 0, null],
  [at(1_000), 0, 0],
  [at(0, { waiting: 0, claimed: 0, sealed: false, total: undefined }), 0, null],
])('time left %#', (status, rate, seconds) => {
  expect(timeLeft(status, rate)).toBe(seconds);
});
