import { constants } from 'node:os';
import { textOf } from '../worker/errors';
import { CLI_EXIT } from './exit-codes';

/** Options or arguments are wrong. The message says what was given, what is allowed and how to go on. */
export class UsageError extends Error {
  readonly exitCode = CLI_EXIT.usage;
}

/** What was asked for could not be done. */
export class CommandError extends Error {
  constructor(
    message: string,
    readonly exitCode: number = CLI_EXIT.failed,
  ) {
    super(message);
  }
}

/** Why a command was broken off: a signal to this process. */
export class Interrupted extends Error {
  constructor(readonly signal: NodeJS.Signals) {
    super(`ended by ${signal}`);
  }

  get exitCode(): number {
    return 128 + constants.signals[this.signal];
  }
}

export function exitCodeOf(error: unknown): number {
  const code = (error as { exitCode?: unknown } | undefined)?.exitCode;
  return typeof code === 'number' ? code : CLI_EXIT.failed;
}

/** The error on one line. One that was not worded for users is named by its type. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error) || error.message === '') return textOf(error);
  return error.cause === undefined ? error.message : `${error.message}, caused by ${textOf(error.cause)}`;
}
