/** Work that is left, and how fast one worker does it. */
export interface Work {
  /** Items that are not done yet. */
  readonly left: number;
  /** Items per second of one worker. */
  readonly rate: number;
  /** Items that one worker runs at once. */
  readonly concurrency: number;
}

/** What a number of workers has to heed. */
export interface Demand {
  /** Seconds within which the work is to be done. */
  readonly seconds: number;
  /** Workers that there are. */
  readonly current: number;
  /** Fewer are not allowed. */
  readonly least: number;
  /** More are not allowed. */
  readonly most: number;
}

/** How many workers it should be, and which limit decided that. */
export interface Choice {
  readonly workers: number;
  /**
   * `kept`: about as many are there; `max`, `least`: those of the demand; `items`: more would have nothing to do;
   * undefined: they are as many as the time takes.
   */
  readonly limit: 'kept' | 'max' | 'least' | 'items' | undefined;
}

/** A number that differs from the right one by less changes nothing, so that calling again does not flap. */
const NEAR = 0.1;

/** The fewest workers that do the work within the time, by rate. No item is shared, so there are never more than items. */
export function workersWithin(seconds: number, { left, rate, concurrency }: Work): number {
  return Math.max(1, Math.min(Math.ceil(left / concurrency), Math.ceil(left / (rate * seconds))));
}

/** Seconds that so many workers take; at least as long as one item. */
export function timeWith(workers: number, { left, rate, concurrency }: Work): number {
  return left === 0 ? 0 : Math.max(concurrency / rate, left / (rate * workers));
}

/** How many workers there should be, of those that are allowed. */
export function chooseWorkers(demand: Demand, work: Work): Choice {
  const { seconds, current, least, most } = demand;
  const wanted = workersWithin(seconds, work);
  const workers = Math.min(most, Math.max(least, wanted));
  const isAllowed = current >= least && current <= most;
  const isNear = Math.abs(workers - current) <= NEAR * current;
  const isInTime = workers > current && timeWith(current, work) <= (1 + NEAR) * seconds;
  if (isAllowed && workers !== current && (isNear || isInTime)) return { workers: current, limit: 'kept' };
  if (wanted > most) return { workers, limit: 'max' };
  if (wanted < least) return { workers, limit: 'least' };
  return { workers, limit: wanted < Math.ceil(work.left / (work.rate * seconds)) ? 'items' : undefined };
}
