import { ConfigurationError } from '../errors';
import { checkOptions } from '../settings';

/** How items are gathered for a handler that takes several of them at once. */
export interface BatchOptions {
  /**
   * Most items of one call. Together with `concurrency`, the number of calls at once, it makes the items that one worker
   * is at, at most 10,000.
   *
   * @example size: 100
   */
  readonly size: number;
  /**
   * How long an item waits for others, in ms. A call begins as soon as `size` items are there, or so long after the first
   * of them, or when the worker has to end.
   *
   * @default 0: a call takes what has come together
   * @example wait: 200
   */
  readonly wait?: number;
}

/** Most items that one worker is at. */
const MOST_LANES = 10_000;
/** The longest time that a timer takes, in ms. */
const LONGEST_WAIT = 2_147_483_647;

/** @throws ConfigurationError a size or a time that is none, or another option */
export function checkBatch(batch: BatchOptions): void {
  checkOptions('batch', batch, { size: true, wait: true });
  const { size, wait = 0 } = batch;
  if (!Number.isInteger(size) || size < 1 || size > MOST_LANES) {
    throw new ConfigurationError(`batch.size is ${String(size)}; allowed are whole numbers from 1 to ${MOST_LANES}`);
  }
  if (!(typeof wait === 'number' && wait >= 0 && wait <= LONGEST_WAIT)) {
    throw new ConfigurationError(`batch.wait is ${String(wait)}; allowed are ms, from 0 to ${LONGEST_WAIT}`);
  }
}

/**
 * How many items a worker is at, with so many calls at once.
 *
 * @throws ConfigurationError more than it can be
 */
export function lanesOf(concurrency: number, batch: BatchOptions | undefined): number {
  const lanes = concurrency * (batch?.size ?? 1);
  if (lanes > MOST_LANES) {
    throw new ConfigurationError(
      `concurrency ${concurrency} and batch.size ${batch?.size} make ${lanes} items at once in one worker; allowed are ${MOST_LANES}: lower one of the two`,
    );
  }
  return lanes;
}
