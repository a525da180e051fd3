import { count, countOf, perSecond, duration as time } from '../../../worker/quantities';

export { count, countOf, perSecond };

/** `61 %`; 100 % only where nothing is missing, 0 % only where nothing is there. */
export function percent(part: number, all: number): string {
  if (all <= 0) return '0 %';
  const share = (100 * part) / all;
  const whole = part >= all ? 100 : Math.min(99, Math.floor(share));
  return whole === 0 && part > 0 ? '< 1 %' : `${whole} %`;
}

/** A time in seconds: `4.1 ms`, `310 ms`; from a second on as everywhere, `1.5 s`, `3 min 20 s`. */
export function duration(seconds: number): string {
  return seconds > 0 && seconds < 0.995 ? `${Number((seconds * 1_000).toPrecision(2))} ms` : time(seconds);
}

/** `17 bytes`, `1.5 KiB`, `2 MiB`. */
export function bytes(value: number): string {
  if (value < 1_024) return countOf(value, 'byte');
  const units = ['KiB', 'MiB', 'GiB', 'TiB'];
  let scaled = value / 1_024;
  let unit = 0;
  while (scaled >= 1_023.5 && unit < units.length - 1) {
    scaled /= 1_024;
    unit++;
  }
  return `${Number(scaled.toPrecision(3))} ${units[unit]}`;
}
