import { type IBufferCell, Terminal } from '@xterm/headless';
import type { Colour } from './svg';

/** Text of one look, in one row. */
export interface Run {
  readonly text: string;
  /** Where it begins, and how many columns it takes. */
  readonly column: number;
  readonly columns: number;
  readonly colour: Colour;
  readonly bold: boolean;
  readonly dim: boolean;
}

const PALETTE: readonly Colour[] = ['ink', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'ink'];

/** A terminal that nobody sees: it takes what a program writes, and tells what would be on the screen. */
export class TerminalScreen {
  private readonly terminal: Terminal;

  constructor(
    readonly columns: number,
    rows: number,
  ) {
    this.terminal = new Terminal({ cols: columns, rows, allowProposedApi: true });
  }

  /** Resolves when it is on the screen. */
  write(output: string | Uint8Array): Promise<void> {
    return new Promise((resolve) => this.terminal.write(output, resolve));
  }

  /** The rows as plain text, down to the last one that has any. */
  get text(): string[] {
    return this.rows.map((runs) => runs.reduce((row, { text, column }) => `${row.padEnd(column)}${text}`, ''));
  }

  /** The rows as they look, without spaces at the ends of a run, down to the last row that has any. */
  get rows(): Run[][] {
    const buffer = this.terminal.buffer.active;
    const rows = Array.from({ length: this.terminal.rows }, (_, row) => {
      const line = buffer.getLine(buffer.viewportY + row);
      return runsOf(Array.from({ length: this.columns }, (_, column) => line?.getCell(column)));
    });
    return rows.slice(0, rows.findLastIndex((runs) => runs.length > 0) + 1);
  }
}

function runsOf(cells: readonly (IBufferCell | undefined)[]): Run[] {
  const runs: Run[] = [];
  let gap = Number.POSITIVE_INFINITY;
  cells.forEach((cell, column) => {
    // The second half of a wide character has no text of its own.
    if (!cell || cell.getWidth() === 0) return;
    const text = cell.getChars();
    if (text.trim() === '') {
      gap++;
      return;
    }
    const look = { colour: colourOf(cell), bold: cell.isBold() !== 0, dim: cell.isDim() !== 0 };
    const before = runs.at(-1);
    const goesOn =
      before && gap < 2 && before.colour === look.colour && before.bold === look.bold && before.dim === look.dim;
    if (goesOn) {
      const columns = column + cell.getWidth() - before.column;
      runs[runs.length - 1] = { ...before, text: `${before.text}${' '.repeat(gap)}${text}`, columns };
    } else runs.push({ text, column, columns: cell.getWidth(), ...look });
    gap = 0;
  });
  return runs;
}

/** Of the sixteen colours, bright ones are like the others. */
function colourOf(cell: IBufferCell): Colour {
  if (cell.isFgDefault()) return 'ink';
  const colour = cell.isFgPalette() ? PALETTE[cell.getFgColor() % 8] : undefined;
  if (!colour || cell.getFgColor() > 15) throw new Error(`"${cell.getChars()}" is in a colour that no picture has`);
  return colour;
}
