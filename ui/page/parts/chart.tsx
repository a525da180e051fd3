import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { clock } from '../text';

export interface Line {
  readonly label: string;
  /** The custom property that holds its colour. */
  readonly color: string;
  readonly values: readonly (number | null)[];
  /** Whether the area below it is filled. @default false */
  readonly isFilled?: boolean;
}

interface Props {
  readonly title: string;
  /** ms since 1970, one for each value of a line. */
  readonly at: readonly number[];
  readonly lines: readonly Line[];
  readonly format: (value: number) => string;
  /** What someone reads who does not see it. */
  readonly summary: string;
}

const HEIGHT = 180;
/** Rows of the table that stands for the picture. */
const ROWS = 12;

/** Lines over time, with a legend that shows the values under the pointer, else the latest, and the same as a table. */
export function Chart({ title, at, lines, format, summary }: Props) {
  const [shown, setShown] = useState<number | null>(null);
  const box = useChart({ at, lines, format }, setShown);
  const index = shown !== null && shown < at.length ? shown : at.length - 1;
  return (
    <figure class="panel chart">
      <figcaption>
        <h2>{title}</h2>
        <span class="chart-at">{shown !== null && at[index] !== undefined ? clock(at[index]) : ''}</span>
        <ul class="legend">
          {lines.map(({ label, color, values }) => (
            <li key={label}>
              <i style={{ background: `var(${color})` }} />
              {label} <b>{written(values[index], format)}</b>
            </li>
          ))}
        </ul>
      </figcaption>
      <div class="canvas" ref={box} role="img" aria-label={`${title}: ${summary}`}>
        {at.length < 2 && <p class="empty">The first samples are on their way.</p>}
      </div>
      <Table title={title} at={at} lines={lines} format={format} />
    </figure>
  );
}

function Table({ title, at, lines, format }: Omit<Props, 'summary'>) {
  const [isOpen, setOpen] = useState(false);
  const step = Math.max(1, Math.ceil(at.length / ROWS));
  // The latest is always among them.
  const rows = at.map((_, i) => at.length - 1 - i).filter((_, i) => i % step === 0);
  return (
    <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>
        As a table<span class="hidden">: {title}</span>
      </summary>
      {isOpen && (
        <table>
          <thead>
            <tr>
              <th scope="col">Time</th>
              {lines.map(({ label }) => (
                <th key={label} scope="col" class="number">
                  {label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((i) => (
              <tr key={at[i]}>
                <th scope="row">{clock(at[i]!)}</th>
                {lines.map(({ label, values }) => (
                  <td key={label} class="number">
                    {written(values[i], format)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </details>
  );
}

/** Draws into the element that gets this reference. */
function useChart(
  { at, lines, format }: Pick<Props, 'at' | 'lines' | 'format'>,
  setShown: (index: number | null) => void,
) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const count = lines.length;
  useEffect(() => {
    const element = box.current!;
    const made = new uPlot(optionsOf(element, lines, format, setShown), [[], ...lines.map(() => [])], element);
    plot.current = made;
    const resized = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }));
    resized.observe(element);
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    const redraw = () => made.redraw(false, true);
    scheme.addEventListener('change', redraw);
    return () => {
      scheme.removeEventListener('change', redraw);
      resized.disconnect();
      made.destroy();
    };
  }, [count]);
  useEffect(() => {
    plot.current?.setData([at.map((ms) => ms / 1_000), ...lines.map(({ values }) => [...values])]);
  }, [at, lines]);
  return box;
}

function optionsOf(
  element: HTMLElement,
  lines: readonly Line[],
  format: (value: number) => string,
  setShown: (index: number | null) => void,
): uPlot.Options {
  const color = (name: string) => getComputedStyle(element).getPropertyValue(name);
  const axis: uPlot.Axis = {
    stroke: () => color('--muted'),
    font: '12px system-ui, sans-serif',
    grid: { stroke: () => color('--grid'), width: 1 },
    ticks: { show: false },
  };
  return {
    width: element.clientWidth,
    height: HEIGHT,
    padding: [8, 26, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
    scales: { y: { range: (_, __, max) => [0, max > 0 ? max * 1.1 : 1] } },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 28,
        space: 80,
        values: (_, times, __, ___, step) => times.map((s) => clock(s * 1_000).slice(0, step < 60 ? 8 : 5)),
      },
      {
        ...axis,
        size: 56,
        space: 40,
        values: (_, values) => values.map((value) => (value === 0 ? '0' : format(value))),
      },
    ],
    series: [
      {},
      ...lines.map(
        (line): uPlot.Series => ({
          label: line.label,
          stroke: () => color(line.color),
          ...(line.isFilled && { fill: () => `${color(line.color)}22` }),
          width: 1.5,
          points: { show: false },
          spanGaps: true,
        }),
      ),
    ],
    hooks: { setCursor: [({ cursor }) => setShown(cursor.idx ?? null)] },
  };
}

function written(value: number | null | undefined, format: (value: number) => string): string {
  return value === null || value === undefined ? '–' : format(value);
}
