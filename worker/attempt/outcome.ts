import {
  ConfigurationError,
  cut,
  delayIn,
  ItemTimeoutError,
  isUnrecoverable,
  ownStackOf,
  placeOf,
  StoppedError,
  THROWN_BYTES,
  textOf,
  unfitIn,
} from '../errors';
import { oneLine } from '../log';
import { counted } from '../quantities';
import { type Backoff, backoffDelay } from './backoff';
import { jsonWithin } from './json-within';

/** Why an item is given up, as it stands in front of its payload among the dead letters. */
export interface DeadLetterHeader {
  readonly reason: 'handler' | 'crash' | 'invalid';
  /** Attempts it was given. */
  readonly attempts: number;
  /** When it was given up, in ms since 1970. */
  readonly at: number;
  /** What was thrown, with its causes. */
  readonly error: string;
  /** Where in the user's own code, a line each. */
  readonly stack?: string;
  /** Name of the worker of its last attempt. */
  readonly worker?: string;
  /** How long that took, in ms. */
  readonly duration?: number;
  /** How the attempts before it failed. Redis adds it. */
  readonly history?: readonly FailedAttempt[];
}

/** How an attempt failed that was not the last one, as Redis keeps it for the dead letter that may follow. */
export interface FailedAttempt {
  /** Which attempt it was, from 1. */
  readonly attempt: number;
  /** When it failed, in ms since 1970. */
  readonly at: number;
  /** What was thrown, in short. */
  readonly error: string;
  readonly worker?: string;
  /** In ms. */
  readonly duration?: number;
}

/** What became of an item that did not simply end well; `place` is where the error was thrown, for the log. */
export type Outcome =
  | { readonly kind: 'results'; readonly id: number; readonly json: string }
  | {
      readonly kind: 'retry';
      readonly id: number;
      readonly delay: number;
      readonly error: string;
      readonly place: string;
      /** For the history of the dead letter that may follow. */
      readonly failed: FailedAttempt;
    }
  | {
      readonly kind: 'later';
      readonly id: number;
      readonly delay: number;
      readonly times: number;
      readonly why: string;
    }
  | { readonly kind: 'dead'; readonly id: number; readonly header: DeadLetterHeader; readonly place: string }
  | { readonly kind: 'back'; readonly id: number };

/** An attempt that ended, and what decides over what follows. */
export interface EndedAttempt {
  readonly id: number;
  /** Which attempt it was, from 1. */
  readonly attempt: number;
  /** How often its handler has put it off before. @default 0 */
  readonly postponed?: number;
  /** What its log lines begin with. @default - its number */
  readonly label?: string | undefined;
  /** Attempts an item gets in all. */
  readonly maxAttempts: number;
  readonly backoff?: Backoff | undefined;
  /** Why the item's signal was aborted, if it was. */
  readonly abortReason?: unknown;
  /** When it ended, in ms since 1970. */
  readonly at: number;
  /** How long it took, in ms. */
  readonly duration?: number | undefined;
  /** Name of its worker. */
  readonly worker?: string | undefined;
  /** Source of the jitter, from 0 to below 1. @default Math.random */
  readonly random?: (() => number) | undefined;
}

/** The handler threw: due later where it says so, given back where the worker has to stop, else tried again, or given up. */
export function outcomeOfError(error: unknown, ended: EndedAttempt): Outcome {
  const { id, attempt, postponed = 0, maxAttempts, backoff, abortReason, at, random } = ended;
  const later = delayIn(error);
  if (later !== undefined) return { kind: 'later', id, delay: later, times: postponed + 1, why: textOf(error) };
  if (abortReason instanceof StoppedError || unfitIn(error)) return { kind: 'back', id };
  const text = textOf(error);
  const place = placeOf(error);
  const where = whereOf(ended);
  if (isUnrecoverable(error) || attempt >= maxAttempts) {
    const stack = ownStackOf(error);
    const header = {
      reason: 'handler',
      attempts: attempt,
      at,
      error: text,
      ...(stack && { stack }),
      ...where,
    } as const;
    return { kind: 'dead', id, header, place };
  }
  const brief = text.length > BRIEF_BYTES ? textOf(error, BRIEF_BYTES) : text;
  const failed = { attempt, at, error: brief, ...where };
  return { kind: 'retry', id, delay: backoffDelay(attempt, backoff, random), error: text, place, failed };
}

/** Bytes of an error in the history of a dead letter. */
const BRIEF_BYTES = 200;

/** Which worker an attempt was at, and for how long. */
function whereOf({ worker, duration }: EndedAttempt): Pick<DeadLetterHeader, 'worker' | 'duration'> {
  return { ...(worker && { worker }), ...(duration !== undefined && { duration: Math.round(duration) }) };
}

/** What a handler returns that leaves no result, where results are kept. */
export const NO_RESULT: unique symbol = Symbol('no result');

/** The most that a result may be, in bytes of its JSON. */
export const RESULT_BYTES = 67_108_864;

/** @throws ConfigurationError no number of bytes, or more than can be */
export function checkMaxResultSize(bytes: unknown): void {
  if (Number.isInteger(bytes) && (bytes as number) >= 1 && (bytes as number) <= RESULT_BYTES) return;
  throw new ConfigurationError(
    `maxResultSize is ${String(bytes)}; allowed are whole numbers of bytes, from 1 to ${RESULT_BYTES}`,
  );
}

/**
 * The handler returned, and what it returned is kept; a value that has no JSON, or too much, is a failure.
 *
 * @param most bytes that it may have
 */
export function outcomeOfResult(value: unknown, ended: EndedAttempt, most = RESULT_BYTES): Outcome {
  const more = most < RESULT_BYTES ? `, or allow more by maxResultSize, up to ${RESULT_BYTES}` : '';
  try {
    const json = jsonWithin(most, 'result', value ?? null, `return its address${more}`);
    return { kind: 'results', id: ended.id, json };
  } catch (error) {
    // Its frames would be ours.
    return outcomeOfError(Object.assign(error as TypeError, { stack: '' }), ended);
  }
}

/** How long a handler may go on after its item's timeout until it counts as hung, in ms. */
export const HANG_GRACE = 5_000;

/** The handler did not return, and its process is about to be ended for it. */
export function outcomeOfHang(itemTimeout: number, ended: EndedAttempt): Outcome {
  return outcomeOfError(hangError(itemTimeout), { ...ended, abortReason: undefined });
}

export function hangError(itemTimeout: number): ItemTimeoutError {
  const why = `did not return ${HANG_GRACE} ms after its timeout of ${itemTimeout} ms`;
  // Its frames would be ours.
  return Object.assign(new ItemTimeoutError(why), { stack: '' });
}

/** What the items of a call that hung are charged with, for the script `abandon`. */
export function hangCharge(itemTimeout: number, ended: readonly EndedAttempt[]): object {
  const outcomes = ended.map((attempt) => outcomeOfHang(itemTimeout, attempt));
  return {
    retry: outcomes.flatMap((outcome) =>
      outcome.kind === 'retry' ? [[outcome.id, outcome.delay, JSON.stringify(outcome.failed)]] : [],
    ),
    dead: outcomes.flatMap((outcome) =>
      outcome.kind === 'dead' ? [[outcome.id, JSON.stringify(outcome.header)]] : [],
    ),
  };
}

/** The payload is not what the queue is made of; no attempt would change that. */
export function outcomeOfInvalid(why: string, ended: EndedAttempt): Outcome {
  const { id, attempt, at } = ended;
  return {
    kind: 'dead',
    id,
    header: { reason: 'invalid', attempts: attempt, at, error: cut(why, THROWN_BYTES), ...whereOf(ended) },
    place: '',
  };
}

/** Whether it is the tenth time, the hundredth, the thousandth …: so often that somebody should know. */
function isLandmark(times: number): boolean {
  return times >= 10 && /^10+$/.test(String(times));
}

/** The error of an outcome that no handler threw. */
export function errorOf(outcome: Extract<Outcome, { kind: 'retry' | 'dead' }>): Error {
  // Its frames would be ours.
  return Object.assign(new Error(outcome.kind === 'dead' ? outcome.header.error : outcome.error), { stack: '' });
}

/** What the log says of an outcome, with the item in front; nothing of what went well. */
export function lineOfOutcome(outcome: Outcome, ended: EndedAttempt): string | undefined {
  const words = wordsOfOutcome(outcome, ended);
  return words === undefined ? undefined : `[${ended.label ?? outcome.id}] ${words}`;
}

/** The same without the item. */
export function wordsOfOutcome(
  outcome: Outcome,
  { attempt, maxAttempts }: Pick<EndedAttempt, 'attempt' | 'maxAttempts'>,
): string | undefined {
  if (outcome.kind === 'retry') {
    return `attempt ${attempt} of ${maxAttempts} failed, the next one in ${outcome.delay} ms: ${oneLine(outcome.error)}${oneLine(outcome.place)}`;
  }
  if (outcome.kind === 'dead') {
    const { reason, attempts, error } = outcome.header;
    return `dead letter (${reason}) after ${counted(attempts, 'attempt')}: ${oneLine(error)}${oneLine(outcome.place)}`;
  }
  if (outcome.kind === 'later' && isLandmark(outcome.times)) {
    return `put off for the ${outcome.times}th time, due again in ${outcome.delay} ms: ${oneLine(outcome.why)}`;
  }
  return undefined;
}
