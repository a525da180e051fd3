import { type Dot, dotChart } from '../../docs/pictures/dot-chart';
import { lineChart } from '../../docs/pictures/line-chart';
import { TITLES } from './contender';
import { type Detail, type Findings, TABLES } from './report';

/** A picture of tables, drawn from the very cells that are printed. */
export interface Picture {
  readonly file: string;
  /** The table above which it is shown; where it is left out, it stands above all of them. */
  readonly above?: string;
  readonly title: string;
  readonly svg: string;
}

/** The pictures of those tables that were found. */
export function picturesOf({ details = [] }: Findings): Picture[] {
  const found = (title: string) => details.find((detail) => detail.title === title);
  const pictures: (Picture | undefined)[] = [
    itemsASecond([
      ['64 items at once', found(TABLES.at64)],
      ['One item at a time', found(TABLES.at1)],
      ['One item at a time, Redis 1 ms away', found(TABLES.away)],
    ]),
    picture(found(TABLES.exchange), exchangeCost),
    picture(found(TABLES.byItems), costByItems),
    picture(found(TABLES.byProcesses), costByProcesses),
    picture(found(TABLES.queues), timeByQueues),
  ];
  return pictures.filter((each) => each !== undefined);
}

type Drawn = Omit<Picture, 'above'>;

function picture(detail: Detail | undefined, draw: (detail: Detail) => Drawn): Picture | undefined {
  return detail && { ...draw(detail), above: detail.title };
}

function itemsASecond(tables: readonly (readonly [string, Detail | undefined])[]): Picture | undefined {
  const groups = tables.flatMap(([name, detail]) => (detail ? [{ name, dots: dotsOf(detail) }] : []));
  if (groups.length === 0) return undefined;
  const title = 'Items a second, one worker process';
  return {
    file: 'bench-items-a-second.svg',
    title,
    svg: dotChart({
      title,
      description: inWords(groups.map(({ name, dots }) => [name, dots.map((dot) => `${dot.name} ${dot.label}`)])),
      label: `No-op handlers. A crash of ${TITLES.unsafe} loses what it took.`,
      groups,
    }),
  };
}

function dotsOf(detail: Detail): Dot[] {
  return detail.rows.map((row) => {
    const name = cell(row, 0);
    const kind = name === TITLES.ours ? 'ours' : name === TITLES.unsafe ? 'bound' : 'peer';
    return { name, kind, ...numbered(detail, row, 'items/s') };
  });
}

function exchangeCost(detail: Detail): Drawn {
  const title = 'Redis CPU of one exchange, by the items that it claims';
  const rows = detail.rows.filter((row) => isCount(cell(row, 0)));
  return {
    file: 'bench-exchange.svg',
    title,
    svg: lineChart({
      title,
      description: described(rows, detail, ['an exchange', 'an item']),
      x: { label: 'items claimed', scale: 'log', ticks: ticksOf(rows) },
      y: { label: 'µs', scale: 'log' },
      lines: ['an exchange', 'an item'].map((name) => ({ name, points: pointsOf(rows, detail, name) })),
    }),
  };
}

function costByItems(detail: Detail): Drawn {
  const title = 'Redis CPU of an item, by the number of items';
  return {
    file: 'bench-by-items.svg',
    title,
    svg: lineChart({
      title,
      description: described(detail.rows, detail, ['Redis CPU an item']),
      x: { label: 'items in the queue', scale: 'log', ticks: ticksOf(detail.rows) },
      y: { label: 'µs an item', scale: 'linear' },
      lines: [{ name: TITLES.ours, points: pointsOf(detail.rows, detail, 'Redis CPU an item') }],
    }),
  };
}

function costByProcesses(detail: Detail): Drawn {
  const title = 'Redis CPU of an item, by the number of workers';
  const rows = detail.rows.filter((row) => isCount(cell(row, 0)));
  const control = detail.rows.find((row) => !isCount(cell(row, 0)));
  const beside = control && numbered(detail, control, 'Redis CPU an item');
  return {
    file: 'bench-by-workers.svg',
    title,
    svg: lineChart({
      title,
      description: described(detail.rows, detail, ['Redis CPU an item']),
      x: { label: 'worker processes, on the processors that Redis runs on', scale: 'log', ticks: ticksOf(rows) },
      y: { label: 'µs an item', scale: 'linear' },
      lines: [{ name: TITLES.ours, points: pointsOf(rows, detail, 'Redis CPU an item') }],
      ...(control &&
        beside && {
          level: { name: `${cell(control, 0).replace('1,', 'one worker')}: ${beside.label}`, y: beside.value },
        }),
    }),
  };
}

function timeByQueues(detail: Detail): Drawn {
  const title = 'Synthesis time, by the number of queues in one chart';
  const names = detail.head.slice(1);
  return {
    file: 'bench-by-queues.svg',
    title,
    svg: lineChart({
      title,
      description: described(detail.rows, detail, names),
      x: { label: 'queues', scale: 'linear', ticks: ticksOf(detail.rows) },
      y: { label: 'ms', scale: 'linear' },
      lines: names.map((name) => ({ name, points: pointsOf(detail.rows, detail, name) })),
    }),
  };
}

function pointsOf(rows: readonly (readonly string[])[], detail: Detail, column: string) {
  return rows.map((row) => {
    const { value, label } = numbered(detail, row, column);
    return { x: numberIn(cell(row, 0)), y: value, label };
  });
}

function ticksOf(rows: readonly (readonly string[])[]) {
  return rows.map((row) => ({ at: numberIn(cell(row, 0)), label: cell(row, 0) }));
}

function numbered({ title, head }: Detail, row: readonly string[], column: string): { value: number; label: string } {
  const at = head.indexOf(column);
  if (at === -1) throw new Error(`the table "${title}" has no column "${column}", of which there is a picture`);
  const printed = cell(row, at);
  return { value: numberIn(printed), label: printed.replace(/ [^ ]+$/, '') };
}

function described(rows: readonly (readonly string[])[], detail: Detail, columns: readonly string[]): string {
  const [first = ''] = detail.head;
  return inWords(
    columns.map((column) => [
      column,
      rows.map((row) => `${cell(row, 0)} ${first}: ${cell(row, detail.head.indexOf(column))}`),
    ]),
  );
}

function inWords(parts: readonly (readonly [string, readonly string[]])[]): string {
  return parts.map(([name, values]) => `${name}: ${values.join(', ')}.`).join(' ');
}

function isCount(printed: string): boolean {
  return /^[\d,]+$/.test(printed);
}

/** The number in a cell like `342,571` or `1.24 µs`. */
function numberIn(printed: string): number {
  const [, number] = /^([\d,]+(?:\.\d+)?)(?: [^\d ]+)?$/.exec(printed) ?? [];
  if (number === undefined) throw new Error(`"${printed}" in a table is no number that a picture could show`);
  return Number(number.replaceAll(',', ''));
}

function cell(row: readonly string[], column: number): string {
  return row[column] ?? '';
}
