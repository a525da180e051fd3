import type { QueueStatus } from './queue-status';

/** Items that are not done so far. */
export function left({ waiting, leased, retrying }: QueueStatus): number {
  return waiting + leased + retrying;
}

/** Items that have come to an end. */
export function ended({ done, dead, dropped }: QueueStatus): number {
  return done + dead + dropped;
}

/** Fewer items than that say nothing about a rate. */
const ENOUGH = 10;

/**
 * The rate between two looks, or, where they saw too little, the average over the time that the queue was worked on: its
 * own clock stands still while no worker is there.
 */
export function rateOf(status: QueueStatus, measured: { readonly items: number; readonly seconds: number }): number {
  if (left(status) === 0 || status.workerCount === 0) return 0;
  const average = status.clock > 0 ? (ended(status) * 1_000) / status.clock : 0;
  const enough = measured.seconds > 0 && (measured.items >= ENOUGH || average === 0);
  return enough ? measured.items / measured.seconds : average;
}

/** Seconds until nothing is left at this rate; null where nothing says how long it takes. */
export function timeLeft(status: QueueStatus, rate: number): number | null {
  if (left(status) > 0) return rate > 0 ? left(status) / rate : null;
  return status.claimed > 0 || status.sealed ? 0 : null;
}
