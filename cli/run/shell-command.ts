import type { Input } from '../../command';
import { shellWord } from '../text';
import { type Place, replacePlaces } from './shell-places';

/** The first parameter of the shell, in which no shell finds anything but text. */
const PARAMETER: Readonly<Record<Place, string>> = { bare: '"$1"', double: '$1', single: `'"$1"'` };

/**
 * The words by which a shell runs a line for an item. The item is no part of the line: whatever it holds, it is one word
 * where its place is bare, and the text within quotes where it stands in quotes.
 */
export function shellWords(line: string, input: Input): string[] {
  const placed = withPlace(line, input);
  const script = replacePlaces(placed, (place) => PARAMETER[place]);
  return ['sh', '-c', script, 'sh', ...(placed.includes('{}') ? ['{}'] : [])];
}

/** Of lines with these, it is not known for sure where a place stands. */
const UNSURE = /`|<<|\bcase\b/;

/** The line as it would be typed for this item; where that is not sure to be the same, what is run in its place. */
export function shellLine(line: string, input: Input, text: string): string {
  if (UNSURE.test(line))
    return shellWords(line, input)
      .map((word) => plainWord(word === '{}' ? text : word))
      .join(' ');
  const shown: Readonly<Record<Place, string>> = {
    bare: plainWord(text),
    double: text.replace(/[\\"$`]/g, '\\$&'),
    single: text.replaceAll("'", `'\\''`),
  };
  return replacePlaces(withPlace(line, input), (place) => shown[place]);
}

/** A word as it would be typed. */
export function plainWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : shellWord(text);
}

function withPlace(line: string, input: Input): string {
  return input === 'stdin' || line.includes('{}') ? line : `${line} {}`;
}
