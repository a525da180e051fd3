import { describeGiven } from '../settings';

/** How far a handler is. */
export interface Progress {
  /** From 0 to 1. */
  readonly fraction: number;
  /** What it says beside that; empty where it says nothing. */
  readonly text: string;
}

/** Characters that are kept of the text. */
const TEXT = 200;

/**
 * What Redis keeps of it, and shows to people: the fraction, to four places, and the text.
 *
 * @throws TypeError the fraction is not a number from 0 to 1
 */
export function progressLine(fraction: number, text = ''): string {
  if (!(typeof fraction === 'number' && fraction >= 0 && fraction <= 1)) {
    throw new TypeError(`progress was given ${describeGiven(fraction)}; allowed are numbers from 0 to 1`);
  }
  return `${Number(fraction.toFixed(4))} ${[...String(text).slice(0, 2 * TEXT)].slice(0, TEXT).join('')}`;
}

/** The same, as it was given. */
export function progressIn(line: string): Progress {
  const space = line.indexOf(' ');
  return { fraction: Number(line.slice(0, space)), text: line.slice(space + 1) };
}
