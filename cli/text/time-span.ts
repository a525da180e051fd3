const UNITS = [86_400, 3_600, 60, 1];
const TIME_SPAN = /^(?=.)(?:([\d.]+)d)?(?:([\d.]+)h)?(?:([\d.]+)m)?(?:([\d.]+)s)?$/;

/** Seconds of a time such as `90s`, `30m`, `1h30m` or `1.5h`; undefined of what is none. */
export function timeSpan(text: string): number | undefined {
  const [, ...parts] = TIME_SPAN.exec(text) ?? [];
  if (parts.length === 0) return undefined;
  const seconds = UNITS.reduce((sum, unit, i) => sum + unit * Number(parts[i] ?? 0), 0);
  return Number.isFinite(seconds) ? seconds : undefined;
}
