import type { QueueStatus } from './queue-status';
import { RateMeter } from './rate-meter';

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

/** How fast a queue goes on, by one look at it after the other. */
export class QueueRate {
  private readonly meter: RateMeter;

  /** @param span seconds that it looks back */
  constructor(span = 10) {
    this.meter = new RateMeter(span);
  }

  /**
   * Items that end per second, as of this look.
   *
   * @param at seconds, on any clock that only rises
   */
  see(status: QueueStatus, at: number): number {
    this.meter.add(ended(status), at);
    // How long nobody was there says nothing of those that come.
    if (status.workerCount === 0) this.meter.forget();
    return rateOf(status, this.meter.window);
  }

  /** The rate between each two neighbouring looks, oldest first. */
  get history(): readonly number[] {
    return this.meter.history;
  }
}

/** Seconds until nothing is left at this rate; null where nothing says how long it takes. */
export function timeLeft(status: QueueStatus, rate: number): number | null {
  if (left(status) > 0) return rate > 0 ? left(status) / rate : null;
  return status.claimed > 0 || status.sealed ? 0 : null;
}
