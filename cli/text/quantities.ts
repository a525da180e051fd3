import { count, countOf, duration, perSecond } from '../../worker/quantities';

export { count, countOf, duration, perSecond };

export function items(value: number): string {
  return countOf(value, 'item');
}

export function are(value: number): 'is' | 'are' {
  return value === 1 ? 'is' : 'are';
}

/** Bytes in use of so many: `9.51 of 153 MiB`. */
export function mebibytesOf(used: number, all: number): string {
  return `${mebibytes(used)} of ${mebibytes(all)} MiB`;
}

function mebibytes(bytes: number): string {
  const value = bytes / 1_048_576;
  return (value >= 100 ? Math.round(value) : Number(value.toPrecision(3))).toLocaleString('en-US');
}
