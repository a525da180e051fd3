import { ConfigurationError } from '../errors';
import { checkOptions } from '../settings';

/** How long a failed item waits for its next attempt. */
export interface Backoff {
  /**
   * Delay after the first failure, in ms; it doubles with each further one.
   *
   * @default 1000
   * @example base: 5_000
   */
  readonly base?: number;
  /**
   * Longest delay, in ms.
   *
   * @default - 300000, which is five minutes
   * @example max: 60_000
   */
  readonly max?: number;
}

/** @throws ConfigurationError a delay that is no time, or another option */
export function checkBackoff(backoff: Backoff): void {
  checkOptions('backoff', backoff, { base: true, max: true });
  for (const name of ['base', 'max'] as const) {
    const value: unknown = backoff[name];
    if (value !== undefined && !(typeof value === 'number' && value >= 0 && Number.isFinite(value))) {
      throw new ConfigurationError(`backoff.${name} is ${String(value)}; allowed are ms, 0 or more`);
    }
  }
}

/** Delay in ms before the attempt that follows the given one: exponential, the upper half of it at random. */
export function backoffDelay(
  attempt: number,
  { base = 1_000, max = 300_000 }: Backoff = {},
  random = Math.random,
): number {
  const full = Math.min(max, base * 2 ** Math.min(attempt - 1, 40));
  return Math.round(full / 2 + (random() * full) / 2);
}
