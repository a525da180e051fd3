/** How quantities are written, wherever people read them: in lines of the log, on a terminal, on the page. No imports. */

/** 1234567 → `1,234,567`. */
export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** A number and what it counts: `1 item`, `2 items`. */
export function counted(value: number, noun: string, written: (value: number) => string = String): string {
  return `${written(value)} ${value === 1 ? noun : `${noun}s`}`;
}

/** The same, with a number that may be large: `1 worker`, `1,200 workers`. */
export function countOf(value: number, noun: string): string {
  return counted(value, noun, count);
}

/** Items per second: `0.05/s`, `3.9/s`, `140,000/s`. */
export function perSecond(value: number): string {
  const digits = value === 0 || value >= 100 ? 0 : value >= 1 ? 1 : 2;
  return `${value.toLocaleString('en-US', { maximumFractionDigits: digits })}/s`;
}

/** A time in seconds: `0.3 s`, `12 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return 'unknown';
  if (seconds < 9.95) return `${seconds.toFixed(1).replace(/\.0$/, '')} s`;
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  const two = (major: number, unit: string, minor: number, small: string) =>
    minor === 0 ? `${major} ${unit}` : `${major} ${unit} ${minor} ${small}`;
  if (s < 3_600) return two(Math.floor(s / 60), 'min', s % 60, 's');
  const minutes = Math.round(s / 60);
  if (minutes < 1_440) return two(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
  const hours = Math.round(minutes / 60);
  return two(Math.floor(hours / 24), 'd', hours % 24, 'h');
}
