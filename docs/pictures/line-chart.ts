import { type Colour, element, SANS, svgFile, text } from './svg';

export interface Point {
  readonly x: number;
  readonly y: number;
  /** The value as it is written elsewhere. */
  readonly label: string;
}

export interface Line {
  readonly name: string;
  readonly points: readonly Point[];
}

export interface LineChart {
  readonly title: string;
  readonly description: string;
  readonly x: {
    readonly label: string;
    readonly scale: Scale;
    readonly ticks: readonly { readonly at: number; readonly label: string }[];
  };
  readonly y: { readonly label: string; readonly scale: Scale };
  /** Two at most, of different colours and marks. */
  readonly lines: readonly Line[];
  /** Something to compare with, drawn across the whole. */
  readonly level?: { readonly name: string; readonly y: number };
}

/** Linear scales begin at zero, so that heights compare; logarithmic ones at a power of ten. */
export type Scale = 'linear' | 'log';

const [WIDTH, HEIGHT, FONT_SIZE] = [640, 380, 15];
const PLOT = { left: 72, right: 600, bottom: 318 };
/** Room for the label of a point at the edge. */
const ROOM = 28;
const LINE_COLOURS: readonly Colour[] = ['blue', 'yellow'];

/** Values of a few lines over one axis, each with its number beside it. */
export function lineChart({ title, description, x, y, lines, level }: LineChart): string {
  const values = lines.flatMap(({ points }) => points.map((point) => point.y));
  const yTicks = y.scale === 'log' ? powersOfTen(values) : stepsFromZero(Math.max(...values, level?.y ?? 0));
  const xs = x.ticks.map(({ at }) => at);
  const toX = scale(x.scale, x.scale === 'linear' ? [0, Math.max(...xs)] : [Math.min(...xs), Math.max(...xs)], [
    PLOT.left + ROOM,
    PLOT.right - ROOM,
  ]);
  const top = lines.length > 1 ? 104 : 80;
  const toY = scale(
    y.scale,
    [yTicks[0] as number, yTicks.at(-1) as number],
    [PLOT.bottom - (y.scale === 'log' ? ROOM : 0), top + ROOM],
  );
  const shapes = [
    text(title, 24, 34, 'ink bold', { style: 'font-size: 17px' }),
    ...legend(lines),
    text(y.label, 24, top - 12, 'faint'),
    ...yTicks.flatMap((tick) => [
      element('path', { class: 'edge-line thin', d: `M${PLOT.left} ${toY(tick)}H${PLOT.right}` }),
      text(tick.toLocaleString('en-US'), PLOT.left - 8, toY(tick) + 5, 'faint end'),
    ]),
    ...x.ticks.map(({ at, label }) => text(label, toX(at), PLOT.bottom + 24, 'faint middle')),
    text(x.label, (PLOT.left + PLOT.right) / 2, PLOT.bottom + 48, 'faint middle'),
  ];
  if (level) {
    shapes.push(
      element('path', { class: 'magenta-line line dashed', d: `M${PLOT.left} ${toY(level.y)}H${PLOT.right}` }),
      text(level.name, PLOT.left + 8, toY(level.y) - 8, 'magenta'),
    );
  }
  lines.forEach(({ points }, i) => {
    const colour = LINE_COLOURS[i] as Colour;
    const path = points.map((point) => `${toX(point.x).toFixed(1)} ${toY(point.y).toFixed(1)}`).join('L');
    shapes.push(element('path', { class: `${colour}-line line`, d: `M${path}` }));
    for (const point of points) {
      shapes.push(mark(i, toX(point.x), toY(point.y)));
      shapes.push(
        text(point.label, toX(point.x), toY(point.y) + (isUpper(lines, i, point) ? -11 : 22), `${colour} middle halo`),
      );
    }
  });
  return svgFile({ width: WIDTH, height: HEIGHT, title, description, font: SANS, fontSize: FONT_SIZE, shapes });
}

function legend(lines: readonly Line[]): string[] {
  if (lines.length < 2) return [];
  return lines.flatMap(({ name }, i) => {
    const x = 30 + i * 200;
    return [mark(i, x, 57), text(name, x + 14, 62, `${LINE_COLOURS[i]}`)];
  });
}

/** A disc for the first line, a square for the second: colours are not all that tells them apart. */
function mark(line: number, x: number, y: number): string {
  const colour = LINE_COLOURS[line] as Colour;
  if (line === 0) return element('circle', { class: colour, cx: x, cy: y, r: 5 });
  return element('rect', { class: colour, x: x - 4.5, y: y - 4.5, width: 9, height: 9 });
}

/** Whether nothing lies above a point, so that its label has room there. */
function isUpper(lines: readonly Line[], line: number, { x, y }: Point): boolean {
  return lines.every(({ points }, other) => {
    const beside = points.find((point) => point.x === x);
    return other === line || !beside || beside.y < y || (beside.y === y && other > line);
  });
}

/** Where a value lies between two places. */
export function scale(
  kind: Scale,
  [from, to]: readonly [number, number],
  [start, end]: readonly [number, number],
): (value: number) => number {
  const f = kind === 'log' ? Math.log10 : (value: number) => value;
  const span = f(to) - f(from) || 1;
  return (value) => start + ((f(value) - f(from)) / span) * (end - start);
}

/** The powers of ten around some values. */
export function powersOfTen(values: readonly number[]): number[] {
  const from = Math.floor(Math.log10(Math.min(...values)));
  const to = Math.max(from + 1, Math.ceil(Math.log10(Math.max(...values))));
  return Array.from({ length: to - from + 1 }, (_, i) => 10 ** (from + i));
}

/** Three to six round numbers from zero to above a value. */
export function stepsFromZero(value: number): number[] {
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [0.2, 0.5, 1, 2].map((factor) => factor * power).find((each) => value / each <= 5) ?? 2 * power;
  return Array.from({ length: Math.ceil(value / step) + 1 }, (_, i) => Number((i * step).toPrecision(6)));
}
