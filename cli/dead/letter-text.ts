import type { AttemptFailure } from 'cdk8s-redis-work-queue/worker';
import { oneLine } from '../../worker/log';
import { count, countOf, duration, payloadFields, payloadLine } from '../text';
import type { Letter } from './conditions';

export function letters(n: number): string {
  return countOf(n, 'dead letter');
}

/** Its cells in the list of dead letters. */
export function cellsOf({ id, reason, attempts, at, error, payload }: Letter, narrow: boolean): string[] {
  const when = at
    .toISOString()
    .slice(narrow ? 5 : 0, narrow ? 16 : 19)
    .replace('T', ' ');
  const item = payloadLine(payload.subarray(0, 256), payload.length);
  return [String(id), reason, String(attempts), when, item, oneLine(error)];
}

/** How an attempt failed, on one line. */
export function failureLine({ attempt, at, worker, duration: ms, error }: AttemptFailure): string {
  const where = [
    `attempt ${attempt}`,
    at.toISOString(),
    ...(worker ? [worker] : []),
    ...(ms === undefined ? [] : [took(ms)]),
  ];
  return oneLine(`${where.join(', ')}: ${error}`);
}

/** A time in ms: `120 ms`, `3.4 s`, `2 min 5 s`. */
export function took(ms: number): string {
  return ms < 1_000 ? `${count(ms)} ms` : duration(ms / 1_000);
}

/** With what is known of it. */
export function forJson({
  id,
  reason,
  attempts,
  at,
  error,
  stack,
  worker,
  duration,
  history,
  payload,
}: Letter): object {
  return {
    ...{ id, reason, attempts, at: at.toISOString(), error },
    ...(stack && { stack }),
    ...(worker !== undefined && { worker }),
    ...(duration !== undefined && { duration }),
    ...(history.length > 0 && { history }),
    ...payloadFields(payload),
  };
}
