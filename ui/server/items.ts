import type { QueueItem, WorkQueue } from 'cdk8s-redis-work-queue/worker';
import type { Item, ItemList, ItemState } from '../api';
import { payloadText } from './payload-text';

export interface ItemsQuery {
  readonly state: ItemState | undefined;
  readonly search: string | undefined;
  readonly limit: number;
}

/** Some of the items that are left. */
export async function listItems(queue: WorkQueue<Uint8Array>, { state, search, limit }: ItemsQuery): Promise<ItemList> {
  const items: Item[] = [];
  const wanted = { limit: limit + 1, ...(state && { state }), ...(search && { search }) };
  for await (const item of queue.items(wanted)) {
    if (items.length === limit) return { items, more: true };
    items.push(rowOf(item));
  }
  return { items, more: false };
}

function rowOf({ id, state, payload, worker, attempts, dueIn }: QueueItem): Item {
  const known = { id: id ?? null, state, worker: worker ?? null, attempts, dueIn: dueIn ?? null };
  return { ...known, ...payloadText(payload) };
}
