import { InvalidArgumentError } from 'commander';
import { timeSpan } from '../text';

const SECONDS = /^\d+(\.\d+)?$/;
const DAY = 86_400;
const YEAR = 31_536_000;

export function wholeNumber(min: number, max = Number.MAX_SAFE_INTEGER) {
  return (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max) {
      const to = max === Number.MAX_SAFE_INTEGER ? ` from ${min} on` : ` from ${min} to ${max}`;
      throw new InvalidArgumentError(`Allowed are whole numbers${to}.`);
    }
    return value;
  };
}

/** A time with its units, or seconds. */
export function timeOrNone(text: string): number {
  const seconds = SECONDS.test(text) ? Number(text) : timeSpan(text);
  if (seconds === undefined || seconds > YEAR)
    throw new InvalidArgumentError('Allowed are times such as 90s, 30m, 2h or 1h30m, or seconds, at most a year.');
  return seconds;
}

export function timeAhead(text: string): number {
  const seconds = timeSpan(text) ?? 0;
  if (seconds <= 0 || seconds > YEAR)
    throw new InvalidArgumentError('Allowed are times such as 90s, 30m, 2h or 1h30m, at most a year.');
  return seconds;
}

export function positive(text: string): number {
  const value = Number(text);
  if (!SECONDS.test(text) || value <= 0 || value > DAY)
    throw new InvalidArgumentError('Allowed are seconds, more than 0 and at most a day.');
  return value;
}

export function notNegative(text: string): number {
  const value = Number(text);
  if (!SECONDS.test(text) || value > DAY)
    throw new InvalidArgumentError('Allowed are seconds, 0 or more and at most a day.');
  return value;
}
