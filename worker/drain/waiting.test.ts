import { DataLostError, NeverFilledError } from '../errors';
import type { Log } from '../log';
import type { WorkerSettings } from '../settings';
import { Waiting } from './waiting';

const log = { info() {}, warn() {} } as unknown as Log;

function waitingWith(settings: Partial<WorkerSettings>): Waiting {
  const all = { startTimeout: 0, settle: 5_000, gated: false, batch: 'batch', ...settings };
  return new Waiting('fruit', all as WorkerSettings, log);
}

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

test('a worker waits for others for as long as it takes', () => {
  for (const why of ['others', 'retries', 'settling', 'paused'] as const) {
    expect(waitingWith({ startTimeout: 10_000 }).goesOn(why)).toBe(Number.POSITIVE_INFINITY);
  }
  expect(waitingWith({}).goesOn('unfilled')).toBe(Number.POSITIVE_INFINITY);
});

test('it waits for the first item no longer than the start timeout, and looks when that is over', () => {
  const waiting = waitingWith({ startTimeout: 10_000 });
  expect(waiting.goesOn('unfilled')).toBe(10_000);
  jest.advanceTimersByTime(4_000);
  expect(waiting.goesOn('filling')).toBe(6_000);
  jest.advanceTimersByTime(6_000);
  expect(() => waiting.goesOn('unfilled')).toThrow(NeverFilledError);
});

test('behind a gate, it waits no longer for the batch than for the queue to settle', () => {
  const waiting = waitingWith({ gated: true });
  expect(waiting.goesOn('filling')).toBe(5_000);
  expect(waitingWith({ gated: true, startTimeout: 3_000 }).goesOn('filling')).toBe(3_000);
  jest.advanceTimersByTime(5_000);
  expect(() => waiting.goesOn('filling')).toThrow(DataLostError);
});
