/** 1234567 → `1,234,567`. */
export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** `1 item`, `1,200 items`. */
export function countOf(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** Items per second: `0.05/s`, `3.9/s`, `140,000/s`. */
export function perSecond(value: number): string {
  const digits = value === 0 || value >= 100 ? 0 : value >= 1 ? 1 : 2;
  return `${value.toLocaleString('en-US', { maximumFractionDigits: digits })}/s`;
}

/** `61 %`; 100 % only where nothing is missing, 0 % only where nothing is there. */
export function percent(part: number, all: number): string {
  if (all <= 0) return '0 %';
  const share = (100 * part) / all;
  const whole = part >= all ? 100 : Math.min(99, Math.floor(share));
  return whole === 0 && part > 0 ? '< 1 %' : `${whole} %`;
}

/** A time in seconds: `4.1 ms`, `310 ms`, `1.5 s`, `12 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`. */
export function duration(seconds: number): string {
  if (seconds > 0 && seconds < 0.995) return `${Number((seconds * 1_000).toPrecision(2))} ms`;
  if (seconds < 9.95) return `${seconds.toFixed(1).replace(/\.0$/, '')} s`;
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3_600) return two(Math.floor(s / 60), 'min', s % 60, 's');
  const minutes = Math.round(s / 60);
  if (minutes < 1_440) return two(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
  const hours = Math.round(minutes / 60);
  return two(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

function two(major: number, unit: string, minor: number, small: string): string {
  return minor === 0 ? `${major} ${unit}` : `${major} ${unit} ${minor} ${small}`;
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
