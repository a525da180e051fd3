import type { WriteStream } from 'node:tty';

/** Lines that are drawn over and over in the same place of a terminal. */
export interface LiveText {
  /** Columns and rows that there are. */
  readonly columns: number;
  readonly rows: number;
  /** Cuts text to a width in columns, with an ellipsis. */
  cut(text: string, columns: number): string;
  widthOf(text: string): number;
  draw(text: string): void;
  /** Leaves what was drawn last, and gives the cursor back. */
  done(): void;
  /** Takes away what was drawn, and gives the cursor back. */
  clear(): void;
}

export async function openLiveText(stream: WriteStream): Promise<LiveText> {
  const [{ createLogUpdate }, text] = await Promise.all([import('log-update'), measure()]);
  const live = createLogUpdate(stream);
  return {
    get columns() {
      return stream.columns || 80;
    },
    get rows() {
      return stream.rows || 24;
    },
    ...text,
    draw: (frame) => live(frame),
    done: () => live.done(),
    clear: () => {
      live.clear();
      live.done();
    },
  };
}

/** How wide text looks, and where to cut it. */
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
  return { widthOf: (text: string) => widthOf(text), cut };
}
