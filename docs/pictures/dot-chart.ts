import { powersOfTen, scale } from './line-chart';
import { element, SANS, svgFile, text } from './svg';

export interface DotChart {
  readonly title: string;
  readonly description: string;
  /** What the axis measures. */
  readonly label: string;
  readonly groups: readonly { readonly name: string; readonly dots: readonly Dot[] }[];
}

export interface Dot {
  readonly name: string;
  readonly value: number;
  /** The value as it is written elsewhere. */
  readonly label: string;
  /** `ours` stands out; a `bound` is nothing that one could use. */
  readonly kind: 'ours' | 'peer' | 'bound';
}

const [WIDTH, FONT_SIZE] = [640, 15];
const PLOT = { left: 218, right: 540, top: 84 };
const ROW = 26;
const HEADING = 36;

/** Values over several powers of ten. Dots, as the length of a bar says nothing on such an axis. */
export function dotChart({ title, description, label, groups }: DotChart): string {
  const rows = groups.reduce((sum, { dots }) => sum + dots.length, 0);
  const bottom = PLOT.top + groups.length * HEADING + rows * ROW;
  const ticks = powersOfTen(groups.flatMap(({ dots }) => dots.map(({ value }) => value)));
  const toX = scale('log', [ticks[0] as number, ticks.at(-1) as number], [PLOT.left, PLOT.right]);
  const shapes = [
    text(title, 24, 34, 'ink bold', { style: 'font-size: 17px' }),
    text(label, 24, 60, 'faint'),
    ...ticks.flatMap((tick) => [
      element('path', { class: 'edge-line thin', d: `M${toX(tick).toFixed(1)} ${PLOT.top}V${bottom + 4}` }),
      text(shortest(tick), toX(tick), bottom + 24, 'faint middle'),
    ]),
  ];
  let y = PLOT.top;
  for (const { name, dots } of groups) {
    y += HEADING;
    shapes.push(text(name, 24, y - 8, 'ink bold'));
    for (const dot of dots) {
      y += ROW;
      const [x, colour] = [toX(dot.value), dot.kind === 'ours' ? 'blue' : dot.kind === 'peer' ? 'yellow' : 'faint'];
      const disc = { cx: x, cy: y - 13, r: dot.kind === 'ours' ? 7 : 5.5 };
      shapes.push(
        text(dot.name, PLOT.left - 14, y - 8, `${colour} end${dot.kind === 'ours' ? ' bold' : ''}`),
        element('circle', { class: dot.kind === 'bound' ? `paper ${colour}-line` : colour, ...disc }),
        text(dot.label, x + 13, y - 8, `${colour} halo${dot.kind === 'ours' ? ' bold' : ''}`),
      );
    }
  }
  return svgFile({ width: WIDTH, height: bottom + 44, title, description, font: SANS, fontSize: FONT_SIZE, shapes });
}

function shortest(value: number): string {
  return value >= 1e6 ? `${value / 1e6}M` : value >= 1_000 ? `${value / 1_000}k` : String(value);
}
