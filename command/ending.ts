import { basename } from 'node:path';
import { ConfigurationError, RetryLater, UnfitHandlerError, UnrecoverableError } from '../worker/errors';
import type { CommandSpec } from './command-spec';
import type { ProcessEnd } from './run-process';

/** What a shell ends with where a program may not be run, or is not there. */
const NOT_STARTED: Readonly<Record<number, string>> = {
  126: 'a program may not be run',
  127: 'a program is not there',
};

/** Characters of standard error in a message. */
const SHOWN = 300;

/**
 * What it means for an item that its process has ended by itself in any other way than well.
 *
 * @param isProven whether the command has run before, with whatever end
 * @returns what the handler throws; nothing where the item is done
 */
export function errorOfEnd(
  program: string,
  { code, signal, stderr }: Pick<ProcessEnd, 'code' | 'signal' | 'stderr'>,
  { dead, later, laterIn }: Pick<CommandSpec, 'dead' | 'later' | 'laterIn'>,
  isProven: boolean,
): Error | undefined {
  if (code === 0) return undefined;
  const how = `${basename(program)} ${code === null ? `was killed by ${signal}` : `ended with ${code}`}`;
  const text = `${how}${saidIn(stderr)}`;
  if (code === null) return failure(new Error(text), stderr);
  if (dead.includes(code)) return failure(new UnrecoverableError(text), stderr);
  if (later.includes(code)) return new RetryLater(laterIn, text);
  const missing = NOT_STARTED[code];
  if (missing === undefined) return failure(new Error(text), stderr);
  const why = `${how}, which says that ${missing}${saidIn(stderr)}`;
  if (isProven) return failure(new Error(why), stderr);
  return new UnfitHandlerError(
    new ConfigurationError(`${why}. No item was charged. Install what the command runs, or use an image that has it`),
  );
}

/** An item that ran for too long, or whose worker stops for another reason than the item's. */
export function errorOfAbort(program: string, reason: Error, stderr: string): Error {
  return failure(new Error(`${basename(program)} was ended, as ${reason.message}${saidIn(stderr)}`), stderr);
}

/** The dead letter keeps what was written to standard error. */
function failure<E extends Error>(error: E, stderr: string): E {
  // Its frames would be ours.
  return Object.assign(error, { stderr, stack: '' });
}

/** The last line that says something. */
function saidIn(stderr: string): string {
  const line = stderr.split(/[\r\n]+/).findLast((each) => each.trim() !== '') ?? '';
  const text = line.trim();
  return text === '' ? '' : `: ${text.length > SHOWN ? `…${text.slice(-SHOWN)}` : text}`;
}
