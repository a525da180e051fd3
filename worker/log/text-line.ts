import { isError, textOf } from '../errors';
import { readFields } from './fields';
import type { Entry, LogLevel } from './log';
import { withoutLineBreaks } from './one-line';
import { plainMembers } from './plain-value';

const BOUNDS = { text: 1_000, depth: 3, width: 20, errors: 3 };
const BREAKS = /\r\n|[\n\v\f\r\u0085\u2028\u2029]/;

/** An entry in words: one line, or more where a handler wrote more, each with the item in front. */
export function textLines({ label, text, given, further = [] }: Entry): string[] {
  const fields = given === undefined ? '' : fieldsText(given);
  if (label === undefined) return [`${text}${fields}`, ...further].map(withoutLineBreaks);
  const lines = text.split(BREAKS);
  return lines.map((line, i) => `[${label}] ${line}${i === lines.length - 1 ? withoutLineBreaks(fields) : ''}`);
}

/** Fields as `name=value`, a space before each. */
function fieldsText(given: object): string {
  try {
    const read = readFields(given);
    return Object.entries(plainMembers(read, BOUNDS))
      .map(([name, value]) => ` ${name}=${isError(read[name]) ? JSON.stringify(textOf(read[name])) : valueText(value)}`)
      .join('');
  } catch {
    return '';
  }
}

function valueText(value: unknown): string {
  if (typeof value === 'string') return /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
  return JSON.stringify(value);
}

const COLOURS: Readonly<Record<LogLevel, readonly [open: number, close: number] | undefined>> = {
  debug: [2, 22],
  info: undefined,
  warn: [33, 39],
  error: [31, 39],
};

/** The colour of a level. */
export function coloured(level: LogLevel, text: string): string {
  const [open, close] = COLOURS[level] ?? [];
  return open === undefined ? text : `\u001b[${open}m${text}\u001b[${close}m`;
}

/** What stands before a line on a terminal: when, by the clock on the wall, and how much it matters. */
export function terminalHead(level: LogLevel, at: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const time = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${String(at.getMilliseconds()).padStart(3, '0')}`;
  return `${time} ${level.toUpperCase().padEnd(5)}`;
}
