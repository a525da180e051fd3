import type { WriteStream } from 'node:tty';

type Paint = (text: string) => string;

const paint =
  (open: number, close: number): Paint =>
  (text) =>
    `\u001b[${open}m${text}\u001b[${close}m`;
const plain: Paint = (text) => text;

/** Colours where a person looks, and none where NO_COLOR asks for that (https://no-color.org). */
export function colours(stream: Pick<WriteStream, 'isTTY'>, env: NodeJS.ProcessEnv = process.env) {
  const on = stream.isTTY && !env.NO_COLOR;
  return {
    bold: on ? paint(1, 22) : plain,
    dim: on ? paint(2, 22) : plain,
    /** One for each worker, again from the start after six. */
    ofWorker: (index: number): Paint => (on ? paint(31 + ((index + 5) % 6), 39) : plain),
  };
}

/** Rows under each other, every column as wide as its widest cell. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, cell.length);
    });
  return rows.map((row) => `  ${row.map((cell, i) => cell.padEnd(widths[i]!)).join('   ')}`.trimEnd()).join('\n');
}
