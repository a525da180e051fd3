/** `12:03:04`, by the clock of the reader. */
export function clock(at: Date | number | string): string {
  return new Date(at).toLocaleTimeString('en-GB');
}

/** `26 Nov, 12:03:04`; the day only where it is not today's. */
export function moment(at: Date | number | string, now = new Date()): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return 'unknown';
  if (date.toDateString() === now.toDateString()) return clock(date);
  const year = date.getFullYear() === now.getFullYear() ? undefined : 'numeric';
  return `${date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year })}, ${clock(date)}`;
}
