/** Kept of the grace period for ending the process itself, in ms. */
const MARGIN = 2_000;
/** Handlers get this long to return once their signal was aborted because the process ends, in ms. */
const LAST_CALL = 2_000;

/** How long running items may go on after SIGTERM, in ms, for a pod's grace period. */
export function finishWithin(grace: number): number {
  return Math.max(0, grace - MARGIN);
}

/** When, in ms after SIGTERM, signals are aborted, and when what still runs goes back to the queue. */
export function stopPlan(within: number): { readonly abortIn: number; readonly leaveIn: number } {
  const abortIn = Math.max(0, within - LAST_CALL);
  return { abortIn, leaveIn: abortIn + Math.min(LAST_CALL, within) };
}
