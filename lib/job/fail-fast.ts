import type { At } from '../props';
import type { RedisWorkQueueJobProps } from './redis-work-queue-job-props';

/** Refuses a run that is to end with its first dead letter, and to tolerate all of them. */
export function checkFailFast({ failFast, tolerateDeadLetters }: RedisWorkQueueJobProps, at: At): void {
  if (!failFast || !tolerateDeadLetters) return;
  throw at
    .prop('failFast')
    .refusal(
      failFast,
      'The first dead letter then fails the Job, and with `tolerateDeadLetters` none does. Use one of them.',
    );
}
