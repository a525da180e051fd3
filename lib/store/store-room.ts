import { InvalidPropError } from '../invalid-prop';
import { inMebibytes } from '../kubernetes';
import { DATA_SHARE } from './redis-server';
import type { RedisStore } from './redis-store';

const MEBIBYTE = 1_048_576;

/** What Redis takes for itself, its connections and one call of a fill, in bytes. */
const OWN_BYTES = 4 * MEBIBYTE;

/** What Redis takes for an item beside its payload: bytes, and a share of it for long ones. Measured for docs/scale.md. */
const ITEM_BYTES = 8;
const ITEM_SHARE = 0.035;

/** What the items of each queue of a store take, by the name of the queue. */
const TAKEN = new WeakMap<RedisStore, Map<string, number>>();

/**
 * Takes room in a made store for the items that a chart fills into one of its queues.
 *
 * @throws InvalidPropError its memory does not hold them beside those of its other queues
 */
export function takeRoom(store: RedisStore, queueName: string, items: readonly string[]): void {
  const { _memory: memory } = store;
  if (memory === undefined) return;
  const taken = TAKEN.get(store) ?? new Map<string, number>();
  const needed = [...taken].reduce((sum, [name, bytes]) => (name === queueName ? sum : sum + bytes), bytesOf(items));
  const least = Math.ceil((needed + OWN_BYTES) / MEBIBYTE / DATA_SHARE);
  if (inMebibytes(memory) < least) {
    const queues = [...new Set([...taken.keys(), queueName])];
    throw new InvalidPropError(
      store,
      'memory',
      memory,
      `The items of ${queues.length === 1 ? `the queue ${queueName} take` : `its ${queues.length} queues take`} ` +
        `${Math.ceil(needed / MEBIBYTE)} MiB in Redis, which may fill ${DATA_SHARE * 100} % of its memory: ` +
        `Size.mebibytes(${least}) or more.`,
    );
  }
  TAKEN.set(store, taken.set(queueName, bytesOf(items)));
}

function bytesOf(items: readonly string[]): number {
  let bytes = 0;
  for (const item of items) bytes += ITEM_BYTES + (1 + ITEM_SHARE) * Buffer.byteLength(item);
  return bytes;
}
