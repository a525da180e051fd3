import { hashOf, InvalidItemError, type QueueOf } from '../definition';
import { counted } from '../quantities';
import { describeGiven, optionsProblem } from '../settings';

/** The most that one attempt adds: items, and bytes of their payloads. A call of Redis with so many takes some milliseconds. */
export const MOST_ADDED = 1_000;
export const MOST_ADDED_BYTES = 524_288;

/** Options of `add`. */
// biome-ignore lint/suspicious/noExplicitAny: a queue that says nothing of its items
export interface AddOptions<Input = any> {
  /**
   * What an item stands for: of all items with the same key, one enters the queue in its life, whether a handler or a fill gives
   * it. A text for one item, a function for many.
   *
   * @default - none: each item enters
   * @example key: (page) => JSON.stringify(page)
   */
  readonly key?: string | ((item: Input) => string);
  /**
   * Before everything that waits, in the given order, instead of behind it.
   *
   * @default false
   * @example front: true
   */
  readonly front?: boolean;
}

/** One item that enters the queue when the attempt that adds it is done. */
export interface FollowUp {
  readonly payload: string | Uint8Array;
  /** Of the payload. */
  readonly bytes: number;
  readonly front: boolean;
  /** Stands for its key. */
  readonly hash: Uint8Array | undefined;
}

/** What an attempt adds, once it is done. */
export class FollowUps {
  readonly items: FollowUp[] = [];
  bytes = 0;

  constructor(private readonly queue: QueueOf<unknown>) {}

  /** All of them, or none where it throws. */
  add(items: Iterable<unknown>, options: AddOptions = {}): void {
    const problem = optionsProblem('add', options, { key: true, front: true }) ?? itemsProblem(items);
    if (problem) throw new TypeError(problem);
    const { key, front = false } = options;
    const added: FollowUp[] = [];
    let bytes = this.bytes;
    for (const item of items) {
      if (typeof key === 'string' && added.length > 0) {
        throw new TypeError('add was given one key for several items, and a key is for one item: give a function');
      }
      const payload = this.payload(item, added.length);
      const length = typeof payload === 'string' ? Buffer.byteLength(payload) : payload.length;
      const hash = key === undefined ? undefined : hashOf(typeof key === 'function' ? key(item) : key);
      added.push({ payload, bytes: length, front, hash });
      bytes += length;
      this.checkSize(this.items.length + added.length, bytes);
    }
    for (const each of added) this.items.push(each);
    this.bytes = bytes;
  }

  private checkSize(items: number, bytes: number): void {
    if (items > MOST_ADDED) {
      throw new RangeError(
        `one item adds more than ${MOST_ADDED} items, and ${MOST_ADDED} are allowed: add items that each add a part of them`,
      );
    }
    if (bytes > MOST_ADDED_BYTES) {
      throw new RangeError(
        `what one item adds is more than ${MOST_ADDED_BYTES} bytes, which are allowed: add items that each add a part of it, or put the data into an object store, and add its name`,
      );
    }
  }

  private payload(item: unknown, index: number): string | Uint8Array {
    const { encode, name } = this.queue;
    try {
      const encoded = encode?.(item);
      if (encoded === undefined) throw new TypeError(`the queue ${name} has no encode: give what defineQueue returned`);
      // The handler may go on to write there.
      return typeof encoded === 'string' ? encoded : Uint8Array.from(encoded);
    } catch (error) {
      if (!(error instanceof InvalidItemError)) throw error;
      throw new InvalidItemError(`item ${index} that is added to the queue ${name}: ${error.message}`, error.issues);
    }
  }
}

/** For the log. */
export function countAdded(ends: readonly { readonly added?: FollowUps | undefined }[]): string {
  return counted(
    ends.reduce((sum, { added }) => sum + (added?.items.length ?? 0), 0),
    'item',
  );
}

function itemsProblem(items: unknown): string | undefined {
  const isList = typeof items === 'object' && items !== null && Symbol.iterator in items && !ArrayBuffer.isView(items);
  return isList ? undefined : `add was given ${describeGiven(items)}: allowed is a list of items, such as add([item])`;
}
