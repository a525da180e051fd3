import type { QueueStatus } from 'cdk8s-redis-work-queue/worker';
import { busyWorkers, type Look, ratePerWorker } from './rate-per-worker';

/** A queue with these workers, each of which holds so much. */
function queue(holds: readonly number[], more: Partial<QueueStatus> = {}): QueueStatus {
  const leased = holds.reduce((sum, each) => sum + each, 0);
  return {
    ...{ waiting: 1_000, leased, retrying: 0, done: 0, dead: 0, dropped: 0, claimed: leased },
    ...{ added: 0, sealed: true, total: 2_000, batch: undefined, finalizer: undefined, paused: false, slowedFor: 0 },
    ...{ cancelled: false, clock: 0, workerCount: holds.length, memory: undefined },
    workers: holds.map((each, i) => ({
      session: `w${i}`,
      name: '',
      leased: each,
      leaseLeft: 1,
      progress: [],
      items: [],
    })),
    ...more,
  };
}

const at = (seconds: number, status: QueueStatus): Look => ({ at: seconds, status });

test('items that ended, by the time that workers held something', () => {
  const looks = [at(0, queue([3, 3], { done: 100 })), at(10, queue([3, 3], { done: 300 }))];
  expect(ratePerWorker(looks, 1)).toEqual({ perWorker: 10, basis: 'sample' });
});

test('dead and dropped ones have ended as well', () => {
  const looks = [at(0, queue([1])), at(10, queue([1], { done: 10, dead: 6, dropped: 4 }))];
  expect(ratePerWorker(looks, 1)).toEqual({ perWorker: 2, basis: 'sample' });
});

test('workers that hold nothing do not count, and those that come meanwhile count from then on', () => {
  const looks = [
    at(0, queue([1, 0, 0])),
    at(5, queue([1, 0, 0], { done: 50 })),
    at(10, queue([1, 1, 1], { done: 150 })),
    at(15, queue([1, 1, 1], { done: 300 })),
  ];
  expect(ratePerWorker(looks, 1)).toEqual({ perWorker: 10, basis: 'sample' });
});

test('where items take long, the average since the start counts, with those that run as half done', () => {
  const status = queue([1, 1, 1, 1], { done: 8, clock: 1_500_000 });
  expect(ratePerWorker([at(0, status), at(30, status)], 1)).toEqual({ perWorker: 10 / 1_500 / 4, basis: 'average' });
  // What is only held in reserve does not run.
  const ahead = queue([9, 9], { done: 99, clock: 100_000 });
  expect(ratePerWorker([at(0, ahead)], 1)).toEqual({ perWorker: 0.5, basis: 'average' });
});

test('a sample that saw far less than the average decides all the same', () => {
  const was = { clock: 100_000, done: 10_000 };
  const slow = [at(0, queue([1, 1], was)), at(10, queue([1, 1], { ...was, done: 10_004 }))];
  expect(ratePerWorker(slow, 1)).toEqual({ perWorker: 0.2, basis: 'sample' });
  const still = [at(0, queue([1, 1], was)), at(10, queue([1, 1], was))];
  expect(ratePerWorker(still, 1)).toEqual({ why: 'stalled', expected: expect.closeTo(1_000, -1) });
});

test('nothing ended yet, so there is no rate', () => {
  const looks = [at(0, queue([1], { clock: 60_000 })), at(30, queue([1], { clock: 90_000 }))];
  expect(ratePerWorker(looks, 1)).toEqual({ why: 'nothing done', expected: 0 });
});

test('dead letters that were sent back meanwhile are no rate below zero', () => {
  const looks = [
    at(0, queue([1], { dead: 50, done: 50, clock: 1_000 })),
    at(10, queue([1], { done: 60, clock: 11_000 })),
  ];
  expect(ratePerWorker(looks, 1)).toMatchObject({ why: 'stalled' });
});

test('of more workers than are listed, as many are busy as hold what is leased', () => {
  expect(busyWorkers(queue([2, 2, 0, 0]))).toBe(2);
  const listed = queue([2, 2, 2, 2]);
  expect(busyWorkers({ ...listed, leased: 20, workerCount: 12 })).toBe(10);
  expect(busyWorkers({ ...listed, leased: 40, workerCount: 12 })).toBe(12);
  expect(busyWorkers({ ...queue([2, 2, 0, 0]), workerCount: 12 })).toBe(2);
});
