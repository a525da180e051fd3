import type { At } from '../props';
import type { RedisWorkQueueJobProps } from './redis-work-queue-job-props';

/** Refuses what Kueue would refuse, or undo, in a Job that waits in its queue. */
export function checkKueue({ kueue, suspend, parallelism = 1 }: RedisWorkQueueJobProps, at: At) {
  if (!kueue) return;
  if (suspend !== undefined) {
    throw at
      .prop('suspend')
      .refusal(
        suspend,
        'Kueue suspends the Job until it admits it. Remove it, or `kueue`. To hold what waits, stop the queue: ' +
          `kubectl patch localqueue ${kueue.localQueue} --type merge -p '{"spec":{"stopPolicy":"Hold"}}'`,
      );
  }
  const { minParallelism } = kueue;
  if (minParallelism !== undefined && minParallelism >= parallelism) {
    throw at
      .prop('kueue.minParallelism')
      .refusal(
        minParallelism,
        `It must be less than \`parallelism\`, ${parallelism}. Lower it, or leave it out: then all workers start, or none.`,
      );
  }
}
