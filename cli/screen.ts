import type { WriteStream } from 'node:tty';

type Paint = (text: string) => string;
type Stream = Pick<WriteStream, 'isTTY'>;

const paint =
  (open: number, close: number): Paint =>
  (text) =>
    `\u001b[${open}m${text}\u001b[${close}m`;
const plain: Paint = (text) => text;

/**
 * Colours where a person looks. NO_COLOR takes them away (https://no-color.org), FORCE_COLOR puts them into a pipe; of
 * both, NO_COLOR wins.
 */
export function colours(stream: Stream, env: NodeJS.ProcessEnv = process.env) {
  const on = wantsColours(stream, env);
  const either = (open: number, close: number) => (on ? paint(open, close) : plain);
  return {
    bold: either(1, 22),
    dim: either(2, 22),
    red: either(31, 39),
    green: either(32, 39),
    yellow: either(33, 39),
    cyan: either(36, 39),
    /** One for each worker, again from the start after six. */
    ofWorker: (index: number): Paint => either(31 + ((index + 5) % 6), 39),
  };
}

export type Colours = ReturnType<typeof colours>;

function wantsColours({ isTTY }: Stream, env: NodeJS.ProcessEnv): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false';
  return isTTY === true && env.TERM !== 'dumb';
}

/** Rows under each other, every column as wide as its widest cell. */
export function table(
  rows: readonly (readonly string[])[],
  widthOf: (cell: string) => number = (cell) => cell.length,
): string {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, widthOf(cell));
    });
  const padded = (cell: string, i: number) => cell + ' '.repeat(widths[i]! - widthOf(cell));
  return rows.map((row) => `  ${row.map(padded).join('   ')}`.trimEnd()).join('\n');
}
