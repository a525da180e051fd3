import type { DeadLetter, QueueStatus, WorkQueue } from 'cdk8s-redis-work-queue/worker';
import { type Group, groupsOf } from '../dead';

/** Dead letters that are read; of more, the others are only counted. */
export const LETTERS_READ = 10_000;

/** The dead letters of a queue by kind, most of them first. */
export async function failuresOf(
  queue: WorkQueue<Uint8Array>,
  { dead }: Pick<QueueStatus, 'dead'>,
): Promise<readonly Group[]> {
  return dead === 0 ? [] : (await groupsOf(firstOf(queue.deadLetters()))).groups;
}

async function* firstOf(letters: AsyncIterable<DeadLetter<Uint8Array>>) {
  let read = 0;
  for await (const letter of letters) {
    yield letter;
    if (++read === LETTERS_READ) return;
  }
}

/** `3, 9, 12 …` */
export function idsText({ count, ids }: Pick<Group, 'count' | 'ids'>): string {
  return ids.join(', ') + (count > ids.length ? ' …' : '');
}
