const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
const STEPS = '▁▂▃▄▅▆▇█';

/** A bar of so many columns; `fraction` from 0 to 1. */
export function progressBar(fraction: number, columns: number): string {
  const eighths = Math.floor(Math.min(1, Math.max(0, fraction)) * columns * 8);
  const filled = '█'.repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8];
  return filled + '░'.repeat(columns - filled.length);
}

/** The last `columns` values as columns of a chart, from the oldest to the newest. */
export function sparkline(values: readonly number[], columns: number): string {
  const shown = values.slice(-columns);
  const peak = Math.max(...shown, 0);
  return shown
    .map((value) => (value <= 0 || peak === 0 ? STEPS[0] : STEPS[Math.min(7, Math.floor((value / peak) * 8))]))
    .join('');
}
