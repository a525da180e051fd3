import { CancelledError, ItemTimeoutError, LeaseLostError, StoppedError } from '../worker/errors';
import { killIn } from './kill-plan';

test.each([
  ['a lost lease: as it is set', new LeaseLostError(), 60_000, 30_000, 60_000],
  ['a timeout: before the worker counts as hung', new ItemTimeoutError(), 5_000, 30_000, 3_750],
  ['a timeout: sooner, where that is set', new ItemTimeoutError(), 100, 30_000, 100],
  ['a stop: within what is left of the grace', new StoppedError(), 5_000, 30_000, 1_500],
  ['a stop without grace: at once', new StoppedError(), 5_000, 0, 0],
  ['a queue that was cancelled: within the grace', new CancelledError(), 60_000, 30_000, 21_000],
])('%s', (_, reason, killAfter, grace, ms) => {
  expect(killIn(reason, killAfter, grace)).toBe(ms);
});
