import { stripVTControlCharacters } from 'node:util';
import { causeOf, codeOf, cut, framesOf, isError, membersOf, nameOf, property, shortened, valueText } from './thrown';

/** What was thrown, as loggers write it (`err` of pino). */
export interface ErrorFields {
  /** Name of its class; of a value that is no error, what `typeof` says. */
  readonly type: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
  readonly cause?: ErrorFields;
  /** Members of an aggregate. */
  readonly aggregateErrors?: readonly ErrorFields[];
}

/** Errors that one is described by: itself, its causes, and the members of an aggregate. */
const MAX_ERRORS = 10;
const MAX_MEMBERS = 4;
const NAME_BYTES = 200;
/** Of the error itself, and of those behind it. */
const MESSAGE_BYTES = [2_000, 250] as const;
const STACK_BYTES = [4_000, 750] as const;

/**
 * An error with its causes, of bounded size, whatever was thrown. It never throws.
 *
 * @param most errors that it is described by
 */
export function errorFields(thrown: unknown, most = MAX_ERRORS): ErrorFields {
  return describe(thrown, [], { errors: most });
}

function describe(thrown: unknown, around: readonly unknown[], left: { errors: number }): ErrorFields {
  left.errors--;
  const place = around.length === 0 ? 0 : 1;
  const plain = (text: string) => stripVTControlCharacters(shortened(text, MESSAGE_BYTES[place]));
  if (!isError(thrown)) {
    const type = thrown === null ? 'null' : typeof thrown;
    return { type, message: plain(valueText(thrown, MESSAGE_BYTES[place])) };
  }
  const within = [...around, thrown];
  const further = (next: unknown) => (left.errors > 0 && !within.includes(next) ? [describe(next, within, left)] : []);
  const given = property(thrown, 'message') ?? '';
  const message = plain(typeof given === 'string' ? given : valueText(given, MESSAGE_BYTES[place]));
  const type = stripVTControlCharacters(shortened(nameOf(thrown), NAME_BYTES));
  const code = codeOf(thrown);
  const stack = stackOf(thrown, `${type}: ${message}`, STACK_BYTES[place]);
  const cause = causeOf(thrown);
  const [described] = cause === undefined ? [] : further(cause);
  const members = membersOf(thrown).slice(0, MAX_MEMBERS).flatMap(further);
  return {
    type,
    message,
    ...(code !== '' && { code: plain(code.replace(/^code /, '')) }),
    ...(stack !== undefined && { stack }),
    ...(described && { cause: described }),
    ...(members.length > 0 && { aggregateErrors: members }),
  };
}

/** As Node writes it, without what lies below the call of the handler. */
function stackOf(error: Error, head: string, bytes: number): string | undefined {
  const frames = framesOf(error);
  return frames.length === 0 ? undefined : cut([head, ...frames.map((frame) => `    ${frame}`)].join('\n'), bytes);
}
