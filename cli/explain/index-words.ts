import { count } from '../text';
import type { Plan } from './plan';

/** Which workers stay until the queue is drained, where others leave before. */
export function whoStays({ workers, indexes }: Plan): string[] {
  const leaveFrom = indexes?.leaveFrom ?? workers;
  if (leaveFrom >= workers || leaveFrom === 0) return [];
  const stay = leaveFrom === 1 ? 'index 0 stays' : `indexes 0 to ${leaveFrom - 1} stay`;
  return [
    `Workers that find nothing left to claim end with 0 and give their nodes back; ${stay} until the queue is drained.`,
  ];
}

/** That lost workers are replaced soon. */
export function ownClocks({ indexes }: Plan): string[] {
  if (indexes?.backoffLimit === undefined) return [];
  return [
    'Each index has a clock of its own: a lost worker is replaced about 10 s after the first loss of its index, 20 s after the second, at most 10 min.',
  ];
}

/** That lost workers are replaced later and later. */
export function replacements({ indexes, bundled, between }: Plan): string[] {
  if (indexes?.backoffLimit !== undefined) return [];
  const mend = indexes
    ? 'backoffLimitPerIndex gives each index its own.'
    : `${bundled || between ? 'With' : 'For an image on the runtime of this package,'} completionMode: CompletionMode.INDEXED each worker has its own.`;
  return [
    `All workers share one clock: after the first loss Kubernetes replaces none for 10 s, after the second for 20 s, then 40 s and so on, up to 10 min, evictions included. ${mend}`,
  ];
}

/** What does not go together in a Job whose pods have indexes. */
export function oddIndexes({ workers, backoffLimit, indexes }: Plan): string[] {
  if (!indexes) return [];
  const { completions, leaveFrom, metEarly } = indexes;
  const said: string[] = [];
  if (completions === undefined) {
    said.push('completionMode is Indexed, and completions is not set: Kubernetes refuses it. Set it to parallelism.');
  } else if (completions !== workers) {
    const follows =
      completions > workers
        ? 'a worker that has ended is followed by one that finds nothing to claim'
        : 'no more workers run than there are indexes';
    said.push(
      `completions is ${count(completions)}, and parallelism ${count(workers)}: ${follows}, and the Job cannot be scaled. Set both to the number of workers.`,
    );
  }
  if (leaveFrom === 0) {
    said.push(
      'WORK_QUEUE_LEAVE_FROM_INDEX is 0, so no worker stays until the queue is drained: Complete does not mean that all is done. Set it to 1 or more.',
    );
  } else if (metEarly !== undefined) {
    said.push(
      `The successPolicy (${metEarly}) is met by workers that leave before the queue is drained: Complete does not mean that all is done. Name only indexes below ${leaveFrom}.`,
    );
  }
  if (indexes.backoffLimit !== undefined && indexes.backoffLimit < backoffLimit) {
    said.push(
      `backoffLimitPerIndex is ${count(indexes.backoffLimit)}: an index that loses more workers is given up for good. Set it to 2147483647, so that backoffLimit alone ends the Job.`,
    );
  }
  return said;
}
