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

test('where the work never ends, it waits for ever, and says so once', () => {
  const said: string[] = [];
  const say = (line: string) => said.push(line);
  const settings = { startTimeout: 1_000, endless: true } as WorkerSettings;
  const waiting = new Waiting('fruit', settings, { info: say, warn: say } as unknown as Log);
  const waitFor = (seconds: number) => {
    for (let second = 0; second < seconds; second++) {
      expect(waiting.goesOn('empty')).toBe(Number.POSITIVE_INFINITY);
      jest.advanceTimersByTime(1_000);
    }
  };
  waitFor(100);
  expect(said).toEqual(['Waiting: the queue fruit is empty, and more may come']);
  for (let item = 0; item < 100; item++) {
    waiting.over();
    waitFor(2);
  }
  expect(said).toHaveLength(1);
  waitFor(100);
  expect(said).toHaveLength(2);
  expect(waiting.goesOn('missing')).toBe(Number.POSITIVE_INFINITY);
  expect(said.at(-1)).toMatch(/items are missing: data was lost/);
});

test('behind a gate, it waits no longer for the batch than for the queue to settle', () => {
  const waiting = waitingWith({ gated: true });
  expect(waiting.goesOn('filling')).toBe(5_000);
  expect(waitingWith({ gated: true, startTimeout: 3_000 }).goesOn('filling')).toBe(3_000);
  jest.advanceTimersByTime(5_000);
  expect(() => waiting.goesOn('filling')).toThrow(DataLostError);
});
