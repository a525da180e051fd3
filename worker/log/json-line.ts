import { errorFields } from '../errors';
import { joined } from './fields';
import type { Entry, LogFields } from './log';
import { type Bounds, plainMembers, shortText } from './plain-value';

/** Container runtimes cut a line of more bytes in two. */
const LINE_BYTES = 16_000;

/** How much is written of an entry, and how much of one for which that is too much. */
const BOUNDS: readonly (Bounds & { readonly message: number })[] = [
  { message: 8_000, text: 4_000, depth: 5, width: 50, errors: 10 },
  { message: 4_000, text: 200, depth: 2, width: 20, errors: 3 },
  { message: 500, text: 50, depth: 1, width: 10, errors: 1 },
];

/** An entry as one JSON object, whose size is bounded. */
export function jsonLine(entry: Entry, at: Date): string {
  let line = '';
  for (const bounds of BOUNDS) {
    line = JSON.stringify(objectOf(entry, at, bounds));
    if (Buffer.byteLength(line) <= LINE_BYTES) break;
  }
  return line;
}

function objectOf({ level, text, fields, given }: Entry, at: Date, bounds: (typeof BOUNDS)[number]): object {
  const head = { time: at.toISOString(), level, msg: shortText(text, bounds.message) };
  return joined({ ...head, ...membersOf(fields, bounds) }, given ? membersOf(given, bounds) : {});
}

function membersOf(of: object, bounds: Bounds): LogFields {
  try {
    const members = plainMembers(of, bounds);
    const { err } = of as { err?: unknown };
    // Whoever stores logs by their fields wants the same shape each time.
    return err === undefined ? members : { ...members, err: errorFields(err, bounds.errors) };
  } catch {
    return { fields: '[cannot be read]' };
  }
}
