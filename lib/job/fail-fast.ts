import type { At } from '../props';
import type { RunProps } from './run-props';

/** Refuses a run that is to end with its first dead letter, and to tolerate all of them. */
export function checkFailFast({ failFast, tolerateDeadLetters }: RunProps, at: At): void {
  if (!failFast || !tolerateDeadLetters) return;
  throw at
    .prop('failFast')
    .refusal(
      failFast,
      'The first dead letter then fails the Job, and with `tolerateDeadLetters` none does. Use one of them.',
    );
}
