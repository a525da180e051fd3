import type { DeadLetter } from '../worker/attempt';
import type { ItemResult, ItemState, QueueItem, WorkQueue } from '../worker/work-queue';

/** Items of a status that are listed. */
export const LISTED = 10_000;

/** An item as a list has it, by the board's word for where it is. */
export type Listed =
  | { readonly status: 'failed'; readonly letter: DeadLetter<unknown> }
  | { readonly status: 'completed'; readonly result: ItemResult<unknown> }
  | { readonly status: 'active' | 'waiting' | 'delayed'; readonly item: QueueItem; readonly progress: number };

const STATES = { active: 'running', waiting: 'waiting', delayed: 'retrying' } as const satisfies Record<
  string,
  ItemState
>;

/** The first items of a status, at most so many. */
export async function* jobsOf(
  queue: WorkQueue<never, unknown>,
  status: Listed['status'],
  most: number,
): AsyncGenerator<Listed> {
  const limit = Math.min(most, LISTED);
  if (status === 'failed') {
    for await (const letter of first(queue.deadLetters(), limit)) yield { status, letter };
  } else if (status === 'completed') {
    for await (const result of first(queue.results(), limit)) yield { status, result };
  } else {
    const progress = status === 'active' ? await progressIn(queue) : new Map<number, number>();
    for await (const item of queue.items({ state: STATES[status], limit })) {
      yield { status, item, progress: progress.get(item.id ?? -1) ?? 0 };
    }
  }
}

/** Percents by the number of the item, as handlers say themselves. */
async function progressIn(queue: WorkQueue<never, unknown>): Promise<ReadonlyMap<number, number>> {
  const { workers } = await queue.status();
  const told = workers.flatMap(({ progress }) => progress);
  return new Map(told.map(({ id, fraction }) => [id, Math.round(100 * fraction)]));
}

async function* first<T>(all: AsyncIterable<T>, limit: number): AsyncGenerator<T> {
  let left = limit;
  if (left <= 0) return;
  for await (const each of all) {
    yield each;
    if (--left === 0) return;
  }
}
