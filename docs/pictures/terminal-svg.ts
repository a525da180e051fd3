import { element, MONO, svgFile, text } from './svg';
import type { Run } from './terminal-screen';

export interface TerminalPicture {
  readonly title: string;
  /** What it shows, beside the text on the screen. */
  readonly description: string;
  /** What was typed. */
  readonly command: string;
  readonly columns: number;
  readonly rows: readonly (readonly Run[])[];
}

const FONT_SIZE = 14;
/** A cell of the screen. */
const CELL = { width: 8.4, height: 19 };
const PADDING = 20;
/** Which part of its cell a block fills, from the left and from below. */
const BLOCKS = new Map<string, readonly [number, number]>([
  ...[...'▏▎▍▌▋▊▉█'].map((block, i) => [block, [(i + 1) / 8, 1]] as const),
  ...[...'▁▂▃▄▅▆▇'].map((block, i) => [block, [1, (i + 1) / 8]] as const),
  ['░', [1, 1]],
]);

/** The screen of a terminal as text, and blocks as rectangles, because fonts differ in how they draw those. */
export function terminalSvg({ title, description, command, columns, rows }: TerminalPicture): string {
  const prompt: Run[] = [
    { text: '$', column: 0, columns: 1, colour: 'ink', bold: false, dim: true },
    { text: command, column: 2, columns: command.length, colour: 'ink', bold: true, dim: false },
  ];
  const all = [prompt, [], ...rows];
  return svgFile({
    width: Math.ceil(columns * CELL.width) + 2 * PADDING,
    height: all.length * CELL.height + 2 * PADDING - 4,
    title,
    description,
    font: MONO,
    fontSize: FONT_SIZE,
    shapes: all.flatMap((runs, row) => runs.flatMap((run) => shapesOf(run, row))),
  });
}

function shapesOf({ text: content, column, columns, colour, bold, dim }: Run, row: number): string[] {
  const [x, y] = [PADDING + column * CELL.width, PADDING + row * CELL.height];
  if (BLOCKS.has(content[0] as string)) {
    return pieces(content).map(({ block, at, length }) => {
      const [wide, high] = BLOCKS.get(block) as readonly [number, number];
      return element('rect', {
        class: block === '░' ? `${colour} shade` : colour,
        x: x + at * CELL.width,
        y: y + 2 + (1 - high) * (CELL.height - 4),
        width: (length - 1 + wide) * CELL.width,
        height: high * (CELL.height - 4),
      });
    });
  }
  // The columns stand under each other in every font.
  const classes = [dim && colour === 'ink' ? 'faint' : colour, ...(bold ? ['bold'] : [])].join(' ');
  return [text(content, x, y + 15, classes, { textLength: columns * CELL.width })];
}

/** Equal whole blocks side by side are one, so that no seam is seen between them. */
function pieces(content: string): { block: string; at: number; length: number }[] {
  const found: { block: string; at: number; length: number }[] = [];
  [...content].forEach((block, at) => {
    if (!BLOCKS.has(block)) throw new Error(`"${content}" is neither text nor blocks`);
    const before = found.at(-1);
    const joins = before?.block === block && (block === '█' || block === '░' || '▁▂▃▄▅▆▇'.includes(block));
    if (before && joins) before.length++;
    else found.push({ block, at, length: 1 });
  });
  return found;
}
