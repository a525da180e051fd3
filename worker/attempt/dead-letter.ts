import type { DeadLetterHeader, FailedAttempt } from './outcome';

/** An item that is given up. */
export interface DeadLetter<T> {
  /** Number of the item in its queue. */
  readonly id: number;
  /** `handler`: it failed in every attempt, or was called unrecoverable; `crash`: its worker crashed each time; `invalid`: the payload does not parse or does not fit the schema. */
  readonly reason: 'handler' | 'crash' | 'invalid';
  /** How many attempts it had. */
  readonly attempts: number;
  /** When it was given up. */
  readonly at: Date;
  /** What was thrown, with its causes. */
  readonly error: string;
  /** Where in the handler's own code it was thrown, a frame a line; undefined where no such frame is known. */
  readonly stack: string | undefined;
  /** Name of the worker of the last attempt, which is that of its pod; undefined where it is not known. */
  readonly worker: string | undefined;
  /** How long the last attempt took, in ms; undefined where it is not known, as after a crash. */
  readonly duration: number | undefined;
  /**
   * How the attempts before the last one failed, the last four of them, oldest first. Of the attempts at the first 10,000 items
   * that wait for another one at the same time; of all others, nothing is kept but their number.
   */
  readonly history: readonly AttemptFailure[];
  /** The payload, byte for byte. */
  readonly payload: Uint8Array;
  /** The item, where the payload is one. */
  readonly item: T | undefined;
}

/** How an attempt failed that was not the last one of its item. */
export interface AttemptFailure {
  /** Which attempt it was, from 1. */
  readonly attempt: number;
  /** When it failed. */
  readonly at: Date;
  /** The first 200 bytes of what was thrown, with its causes; `its worker crashed` where it did. */
  readonly error: string;
  /** Name of its worker; undefined where it is not known. */
  readonly worker: string | undefined;
  /** How long it took, in ms; undefined where it is not known, as after a crash. */
  readonly duration: number | undefined;
}

/** A dead letter but for its payload, from what stands in front of that. */
export function letterOf(id: number, header: DeadLetterHeader): Omit<DeadLetter<never>, 'payload' | 'item'> {
  const { reason, attempts, at, error, stack, worker, duration, history = [] } = header;
  return { id, reason, attempts, at: new Date(at), error, stack, worker, duration, history: history.map(failureOf) };
}

function failureOf({ attempt, at, error, worker, duration }: FailedAttempt): AttemptFailure {
  return { attempt, at: new Date(at), error, worker, duration };
}
