import type { WriteStream } from 'node:tty';

/** Text that is drawn over and over in the same place of a terminal. */
export interface LiveText {
  /** Columns and rows that there are. */
  readonly columns: number;
  readonly rows: number;
  /** Cuts text to a width in columns, with an ellipsis. */
  cut(text: string, columns: number): string;
  widthOf(text: string): number;
  draw(text: string): void;
  /** Takes away what was drawn, and gives the cursor back. */
  end(): void;
}

const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
const CLEAR_LINE = '\r\u001b[2K';
const CLEAR_REST_OF_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';
const HOME = '\u001b[H';
/** The screen that full-screen programs draw on; what was there before comes back when they leave it. */
const OTHER_SCREEN = '\u001b[?1049h';
const FIRST_SCREEN = '\u001b[?1049l';

/** One line at the cursor. */
export function openLiveLine(stream: WriteStream): Promise<LiveText> {
  return open(stream, { begin: HIDE_CURSOR, draw: (text) => CLEAR_LINE + text, end: CLEAR_LINE + SHOW_CURSOR });
}

/** A screen of its own. */
export function openLiveScreen(stream: WriteStream): Promise<LiveText> {
  return open(stream, {
    begin: OTHER_SCREEN + HIDE_CURSOR + HOME + CLEAR_BELOW,
    draw: (text) => `${HOME}${text.replaceAll('\n', `${CLEAR_REST_OF_LINE}\n`)}${CLEAR_REST_OF_LINE}${CLEAR_BELOW}`,
    end: SHOW_CURSOR + FIRST_SCREEN,
  });
}

async function open(
  stream: WriteStream,
  sequences: { readonly begin: string; readonly draw: (text: string) => string; readonly end: string },
): Promise<LiveText> {
  const { cut, widthOf } = await measure();
  let drawn = '';
  const end = () => {
    process.removeListener('exit', end);
    stream.write(sequences.end);
  };
  process.on('exit', end);
  stream.write(sequences.begin);
  return {
    get columns() {
      return stream.columns || 80;
    },
    get rows() {
      return stream.rows || 24;
    },
    cut,
    widthOf,
    draw: (text) => {
      if (text !== drawn) stream.write(sequences.draw(text));
      drawn = text;
    },
    end,
  };
}

/** How wide text looks, and how to cut it, at its end or in its middle. */
export async function measure() {
  const { default: widthOf } = await import('string-width');
  const segments = new Intl.Segmenter();
  const cut = (text: string, columns: number): string => {
    if (widthOf(text) <= columns) return text;
    let kept = '';
    let width = 0;
    for (const { segment } of segments.segment(text)) {
      width += widthOf(segment);
      if (width > columns - 1) break;
      kept += segment;
    }
    return columns > 0 ? `${kept}…` : '';
  };
  const cutMiddle = (text: string, columns: number): string => {
    if (widthOf(text) <= columns) return text;
    const parts = [...segments.segment(text)].map(({ segment }) => segment);
    const room = columns - 1;
    const head: string[] = [];
    const tail: string[] = [];
    let [front, back] = [Math.ceil(room / 2), Math.floor(room / 2)];
    for (const part of parts) {
      front -= widthOf(part);
      if (front < 0) break;
      head.push(part);
    }
    for (const part of parts.toReversed()) {
      back -= widthOf(part);
      if (back < 0) break;
      tail.unshift(part);
    }
    return columns > 0 ? `${head.join('')}…${tail.join('')}` : '';
  };
  return { widthOf: (text: string) => widthOf(text), cut, cutMiddle };
}
