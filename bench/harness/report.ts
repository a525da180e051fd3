/** A line of the table: what was to be reached, and what was. */
export interface Figure {
  readonly figure: string;
  readonly ours: string;
  readonly peers: string;
  readonly ratio: string;
  readonly target: string;
  /** Left out where there is only something to report. */
  readonly reached?: boolean;
}

/** A table that is reported beside the figures. */
export interface Detail {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** What the reader should know of it. */
  readonly note?: string;
}

/** What a family of benchmarks found out. */
export interface Findings {
  readonly figures: readonly Figure[];
  readonly details?: readonly Detail[];
}

/** Titles of the tables that are drawn as well. */
export const TABLES = {
  at64: 'One worker process at concurrency 64',
  at1: 'One worker process at concurrency 1',
  away: 'One worker process at concurrency 1, 1 ms away',
  exchange: 'Redis CPU of one exchange',
  byItems: 'Cost of an item by the number of items, one worker at concurrency 64',
  byProcesses: 'Cost of an item by the number of worker processes, concurrency 64 each',
  queues: 'Queues in one chart, from the first construct to the file',
} as const;

const HEAD = ['figure', 'ours', 'peers', 'ratio', 'to reach', 'reached'];

/** The figures as rows of cells. */
function rowsOf(figures: readonly Figure[]): string[][] {
  return figures.map(({ figure, ours, peers, ratio, target, reached }) => [
    figure,
    ours,
    peers,
    ratio,
    target,
    reached === undefined ? '' : reached ? 'yes' : 'NO',
  ]);
}

/** A table for people, in columns. */
function plainTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [line(head), widths.map((width) => '-'.repeat(width)).join('  '), ...rows.map(line)].join('\n');
}

function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (row: readonly string[]) => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}

/** Findings for the terminal. */
export function printed({ figures, details = [] }: Findings): string {
  const tables = details.map(({ title, head, rows, note }) =>
    [`${title}`, plainTable(head, rows), ...(note ? [note] : [])].join('\n'),
  );
  return [plainTable(HEAD, rowsOf(figures)), ...tables].join('\n\n');
}

/** A picture as a page shows it. */
export interface Shown {
  /** The table that it stands above; where it is left out, it stands above all of them. */
  readonly above?: string;
  readonly title: string;
  readonly path: string;
}

/** What bench/RESULTS.md is made of. */
export interface Results extends Findings {
  /** Machine, versions and date. */
  readonly about: readonly string[];
}

/** Results as bench/RESULTS.md. */
export function resultsPage(
  { about, figures, details = [] }: Results,
  pictures: readonly Shown[],
  reading: string,
): string {
  const picturesAbove = (table?: string) =>
    pictures.filter(({ above }) => above === table).map(({ title, path }) => `![${title}](${path})`);
  const tables = details.map(({ title, head, rows, note }) =>
    [`### ${title}`, ...picturesAbove(title), markdownTable(head, rows), ...(note ? [note] : [])].join('\n\n'),
  );
  return [
    '# Benchmarks',
    'Written by `npm run bench`. Each figure comes from runs that took turns on one Redis server, and in which every item was checked to be done exactly once.',
    about.map((line) => `- ${line}`).join('\n'),
    markdownTable(HEAD, rowsOf(figures)),
    '## In detail',
    ...picturesAbove(),
    ...tables,
    reading.trim(),
    '',
  ].join('\n\n');
}

/** A number with three digits that matter, thousands grouped. */
export function short(value: number): string {
  const digits = value === 0 ? 0 : Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  const rounded = digits > 0 ? value.toFixed(Math.min(digits, 3)) : String(Math.round(value));
  return rounded.replace(/\B(?=(\d{3})+$)/g, digits > 0 ? '' : ',');
}

export const megabytes = (bytes: number) => `${(bytes / 1_048_576).toFixed(1)} MiB`;

/** How many times as much. */
export const times = (ratio: number) => `${short(ratio)} ×`;
