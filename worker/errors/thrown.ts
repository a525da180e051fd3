import { inspect, stripVTControlCharacters, types } from 'node:util';
import { isAbortReason } from './errors';

/** Errors that one text tells of: an error, its causes, and what it is an aggregate of. */
const MAX_ERRORS = 10;
const MAX_MEMBERS = 4;
/** Characters of a message or name that stand beside others, where all of them together are too many. */
const MAX_SHARE = 250;
const MAX_OWN_FRAMES = 8;
const MAX_FRAMES = 30;
const MAX_FRAME = 300;
/** More than a stack of any use has, and little enough to look through. */
const MAX_STACK = 50_000;

/** Where an error has the stack of a program in another language, which is kept as it is. */
export const FOREIGN_STACK = 'foreignStack';

/** Bytes of the text of an error, and of its frames, among the dead letters. */
export const THROWN_BYTES = 2_000;

/**
 * The function that calls a handler has this name, in any bundle: what stands below it on a stack is the runtime.
 */
export const HANDLER_CALL = 'workQueueHandlerCall';

/** The text of whatever was thrown, with its causes and with the members of an aggregate, at most about `limit` bytes. */
export function textOf(thrown: unknown, limit = THROWN_BYTES): string {
  const whole = described(thrown, Number.POSITIVE_INFINITY);
  if (fits(whole, limit)) return plain(whole, limit);
  // A long message must not hide what caused it.
  const short = isError(thrown) && causesOf(thrown).length > 0 ? described(thrown, MAX_SHARE) : whole;
  return fits(short, limit) ? plain(short, limit) : `${plain(short, limit)}… (${whole.length} characters)`;
}

/**
 * The frames of the user's own code, of an error and of its causes, for a dead letter; and the end of what a process wrote to
 * standard error, which errors of child processes have as `stderr`. Undefined if there is neither.
 */
export function ownStackOf(thrown: unknown): string | undefined {
  // A timeout is thrown by the runtime, wherever the handler is at the time.
  if (isAbortReason(thrown)) return undefined;
  const foreign = property(thrown, FOREIGN_STACK);
  if (typeof foreign === 'string' && foreign.trim() !== '') {
    return cut(stripVTControlCharacters(foreign.slice(0, THROWN_BYTES)).trim(), THROWN_BYTES);
  }
  const lines = framesWithCauses(thrown, ownFramesOf);
  const stderr = property(thrown, 'stderr');
  if (typeof stderr !== 'string' || stderr.trim() === '') {
    return lines.length === 0 ? undefined : cut(lines.join('\n'), THROWN_BYTES);
  }
  const frames = cut([...lines, 'stderr:\n'].join('\n'), THROWN_BYTES);
  const written = stripVTControlCharacters(stderr.slice(-THROWN_BYTES)).trim();
  return frames + endOf(written, THROWN_BYTES - Buffer.byteLength(frames));
}

/** Where an error was thrown, for the end of a log line: the first frame of the user's own code. */
export function placeOf(thrown: unknown): string {
  if (isAbortReason(thrown)) return '';
  for (const error of chainOf(thrown)) {
    const [frame] = ownFramesOf(error);
    if (frame) return ` (${frame})`;
  }
  return '';
}

/** The frames of an error and of its causes, a line each. */
export function traceOf(thrown: unknown): string[] {
  return framesWithCauses(thrown, framesOf)
    .slice(0, MAX_FRAMES)
    .map((line) => `    ${line}`);
}

/** The first bytes of a text, without half a character anywhere. */
export function cut(text: string, bytes: number): string {
  const encoded = Buffer.from(text.length > bytes ? text.slice(0, bytes) : text);
  if (encoded.length <= bytes) return encoded.toString();
  let end = bytes;
  while (end > 0 && ((encoded[end] as number) & 0xc0) === 0x80) end--;
  return encoded.toString('utf8', 0, end);
}

/** The last bytes of a text, without half a character anywhere. */
function endOf(text: string, bytes: number): string {
  const encoded = Buffer.from(text);
  let start = Math.max(0, encoded.length - bytes);
  while (start > 0 && ((encoded[start] as number) & 0xc0) === 0x80) start++;
  return encoded.toString('utf8', start);
}

function fits(text: string, bytes: number): boolean {
  return text.length <= bytes && Buffer.byteLength(text) <= bytes;
}

function plain(text: string, bytes: number): string {
  return stripVTControlCharacters(cut(text, bytes));
}

function described(
  thrown: unknown,
  share: number,
  around: readonly unknown[] = [],
  left = { errors: MAX_ERRORS },
): string {
  left.errors--;
  if (!isError(thrown)) return valueText(thrown, share);
  const further = (next: unknown): string => {
    if (around.includes(next) || next === thrown) return 'the error before';
    return left.errors > 0 ? described(next, share, [...around, thrown], left) : '…';
  };
  let text = headOf(thrown, share);
  const members = membersOf(thrown);
  if (members.length > 0) {
    const shown = members.slice(0, MAX_MEMBERS).map(further);
    if (members.length > MAX_MEMBERS) shown.push(`and ${members.length - MAX_MEMBERS} more`);
    text += ` (${shown.join('; ')})`;
  }
  const cause = causeOf(thrown);
  if (cause !== undefined) text += `, caused by ${further(cause)}`;
  return text;
}

/** An error and its causes, as far as they are errors; of an aggregate its members, in between. */
function chainOf(thrown: unknown, found: Error[] = []): Error[] {
  if (found.length >= MAX_ERRORS || !isError(thrown) || found.includes(thrown)) return found;
  found.push(thrown);
  for (const cause of causesOf(thrown)) chainOf(cause, found);
  return found;
}

function framesWithCauses(thrown: unknown, framesOfOne: (error: Error) => readonly string[]): string[] {
  return chainOf(thrown).flatMap((error, index) => {
    const frames = framesOfOne(error);
    if (index === 0 || frames.length === 0) return frames;
    return [`of ${stripVTControlCharacters(headOf(error, MAX_SHARE)).replace(/\s*[\r\n]\s*/g, ' ')}`, ...frames];
  });
}

function ownFramesOf(error: Error): string[] {
  return framesOf(error).filter(isOwn).slice(0, MAX_OWN_FRAMES);
}

/** What has no source in the bundle of an `entry` is a package's. */
function isOwn(frame: string): boolean {
  if (!/:\d+:\d+\)?$/.test(frame) || RUNTIME?.test(frame)) return false;
  return !/\(?node:|[\\/]node_modules[\\/]|[\\/]bundle\.mjs:/.test(frame);
}

/** Frames of the runtime, where it lies in files of its own; in a bundle they lie among the user's. */
const RUNTIME = (() => {
  if (typeof __filename !== 'string') return undefined;
  const [, folder] = /^(.*[\\/])thrown\.[jt]s$/.exec(__filename) ?? [];
  return folder === undefined
    ? undefined
    : new RegExp(`${folder.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}[\\w-]+\\.[jt]s:`);
})();

/** V8 names an anonymous handler after the call that it is passed to, and after the options beside it. */
const INFERRED =
  /^at (?:async )?(?:(?:runWorker|runFiller|startWorker)\b\S*|\S+\.(?:results|backoff|batch|base|max|size|wait|log|env)) \((.*)\)$/;

/** The frames of a stack above the runtime's call of the handler, without names that say nothing. */
export function framesOf(error: Error): string[] {
  const stack = property(error, 'stack');
  if (typeof stack !== 'string') return [];
  // A message may have lines that look like frames.
  const message = property(error, 'message');
  const start = typeof message === 'string' ? stack.indexOf(message) : -1;
  const lines = stack
    .slice(start < 0 ? 0 : start + (message as string).length)
    .slice(0, MAX_STACK)
    .split('\n')
    .filter((line) => /^\s*at /.test(line));
  const boundary = lines.findIndex((line) => line.includes(HANDLER_CALL));
  return lines.slice(0, boundary < 0 ? lines.length : boundary).map((line) =>
    cut(
      line
        .trim()
        .replace(/^at (?:async )?(?:Object\.)?<anonymous> \((.*)\)$/, 'at $1')
        .replace(INFERRED, 'at $1')
        .replace(/^at (async )?Object\.(?=\S+ \()/, 'at $1'),
      MAX_FRAME,
    ),
  );
}

/** Name, code and message of one error. */
function headOf(error: Error, share: number): string {
  const given = property(error, 'message');
  const message = shortened(typeof given === 'string' ? given : valueText(given, share), share);
  const name = shortened(nameOf(error), Math.min(share, MAX_SHARE));
  const code = codeOf(error);
  const head = code === '' || message.includes(code) || name.includes(code) ? name : `${name} [${code}]`;
  return given === undefined || message === '' ? head : `${head}: ${message}`;
}

export function nameOf(error: Error): string {
  const name = property(error, 'name');
  if (typeof name === 'string' && name.trim() !== '' && name !== 'Error') return name;
  // A subclass that sets none. Shorter ones are what a minifier leaves.
  const own = property(property(error, 'constructor'), 'name');
  return typeof own === 'string' && own.length > 2 ? own : 'Error';
}

/** The code of an error of the system or of a package. That of a DOMException is a number of old. */
export function codeOf(error: Error): string {
  const code = property(error, 'code');
  // The name says the same.
  if (code === 'ABORT_ERR') return '';
  if (typeof code === 'string') return shortened(code, MAX_SHARE);
  if (typeof code === 'number' && !isDomException(error)) return `code ${code}`;
  const errno = property(error, 'errno');
  return typeof errno === 'number' ? `errno ${errno}` : '';
}

export function causeOf(error: Error): unknown {
  return property(error, 'cause') ?? undefined;
}

/** What stands behind an error, of either kind. */
function causesOf(error: Error): unknown[] {
  const cause = causeOf(error);
  return [...membersOf(error).slice(0, MAX_MEMBERS), ...(cause === undefined ? [] : [cause])];
}

/** What went wrong together. Other packages keep other things in `errors`. */
export function membersOf(error: Error): unknown[] {
  const errors = property(error, 'errors');
  const suppressed = property(error, 'suppressed');
  if (isError(suppressed)) return [property(error, 'error'), suppressed];
  try {
    if (!Array.isArray(errors)) return [];
    const members = Array.from(errors.slice(0, 1_000));
    return error instanceof AggregateError || nameOf(error) === 'AggregateError' || members.every(isError)
      ? members
      : [];
  } catch {
    return [];
  }
}

/** Also one that another realm made, as `vm` does. */
export function isError(thrown: unknown): thrown is Error {
  try {
    return types.isNativeError(thrown) || thrown instanceof Error || isDomException(thrown);
  } catch {
    return false;
  }
}

function isDomException(thrown: unknown): boolean {
  return property(property(thrown, 'constructor'), 'name') === 'DOMException';
}

export function property(holder: unknown, name: string): unknown {
  try {
    return (holder as Record<string, unknown> | null | undefined)?.[name];
  } catch {
    return undefined;
  }
}

/** A value that is no error, on one line. */
export function valueText(value: unknown, share: number): string {
  if (typeof value === 'string') return shortened(value, share);
  const own = ownText(value);
  if (own !== undefined) return shortened(own, share);
  for (const customInspect of [true, false]) {
    try {
      const text = inspect(value, {
        customInspect,
        depth: 3,
        maxArrayLength: 20,
        maxStringLength: 500,
        breakLength: Number.POSITIVE_INFINITY,
        compact: true,
      });
      return shortened(text.replace(/\n\s+at [^\n]*/g, ''), share);
    } catch {
      // What it has to say of itself throws.
    }
  }
  return 'a value that has no text';
}

/** What an object says of itself, where it was taught to. */
function ownText(value: unknown): string | undefined {
  try {
    if (typeof value !== 'object' || Array.isArray(value)) return undefined;
    const text = String(value);
    return text === '' || text.startsWith('[object ') ? undefined : text;
  } catch {
    return undefined;
  }
}

export function shortened(text: string, share: number): string {
  return text.length > share ? `${cut(text, share)}…` : text;
}
