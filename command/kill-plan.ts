import { HANG_GRACE } from '../worker/attempt';
import { CancelledError, ItemTimeoutError, StoppedError } from '../worker/errors';
import { finishWithin, stopPlan } from '../worker/exit';

/** Kept of the time that the worker gives for the end itself to be seen and booked, as a part of it. */
const RESERVE = 1 / 4;

/**
 * How long after SIGTERM a command is killed, in ms: as it is set, or sooner, where the worker waits no longer than that.
 *
 * @param reason why the item was aborted
 * @param grace of the worker's pod
 */
export function killIn(reason: unknown, killAfter: number, grace: number): number {
  const left = timeLeft(reason, grace);
  return Math.min(killAfter, Math.floor(left * (1 - RESERVE)));
}

function timeLeft(reason: unknown, grace: number): number {
  // The worker counts as hung after that.
  if (reason instanceof ItemTimeoutError) return HANG_GRACE;
  const within = finishWithin(grace);
  if (reason instanceof CancelledError) return within;
  if (!(reason instanceof StoppedError)) return Number.POSITIVE_INFINITY;
  const { abortIn, leaveIn } = stopPlan(within);
  return leaveIn - abortIn;
}
