import { queueKeys } from '../contract';
import { ConfigurationError } from '../errors';
import type { Connection } from '../redis';
import { SCRIPTS } from '../scripts';
import { checkOptions } from '../settings';

/**
 * Where an item is that is left. `waiting`: it was never claimed. `running`: a worker holds it, and has started it or does so
 * soon. `retrying`: it waits for another attempt, or was given back.
 */
export type ItemState = 'waiting' | 'running' | 'retrying';

/** Options of {@link WorkQueue.items}. */
export interface ItemsOptions {
  /**
   * Only items in this state.
   *
   * @default - all of them, first those that run, then those that wait for another attempt, then those that were never claimed
   * @example state: 'retrying'
   */
  readonly state?: ItemState;
  /**
   * The most items to read.
   *
   * @default - no limit
   * @example limit: 100
   */
  readonly limit?: number;
  /**
   * Only items whose payloads hold this text. Redis itself looks for it, so that only those are sent that hold it.
   *
   * @default - all of them
   * @example search: 'customer-17'
   */
  readonly search?: string;
}

/** An item that is left in a queue. */
export interface QueueItem {
  /** Number of the item in its queue; undefined while it was never claimed, as an item gets it then. */
  readonly id: number | undefined;
  readonly state: ItemState;
  /** The payload, byte for byte. */
  readonly payload: Uint8Array;
  /** Name of the worker that holds it, where it runs. */
  readonly worker: string | undefined;
  /** Attempts that it has had, without the one that is under way. */
  readonly attempts: number;
  /** ms until it is due for another attempt, on the queue's clock, where it waits for one; 0: it is due. */
  readonly dueIn: number | undefined;
}

const STATES: readonly ItemState[] = ['running', 'retrying', 'waiting'];

/** Items that one call looks at, and bytes of theirs after which it stops. */
const ITEMS = 1_000;
const BYTES = 524_288;
/** Payloads may be so many times as large as those before, and a call still reads no more at once than it should. */
const CAUTION = 4;

/** @throws ConfigurationError an option does not exist, or has a value that makes no sense */
export function checkItemsOptions(options: ItemsOptions): void {
  checkOptions('items', options, { state: true, limit: true, search: true });
  const { state, limit, search } = options;
  if (state !== undefined && !STATES.includes(state)) {
    throw new ConfigurationError(
      `state is ${JSON.stringify(state)}; allowed are 'waiting', 'running' and 'retrying', or leave it out`,
    );
  }
  if (limit !== undefined && !(Number.isSafeInteger(limit) && limit >= 1)) {
    throw new ConfigurationError(`limit is ${JSON.stringify(limit)}; allowed are whole numbers from 1 on`);
  }
  if (search !== undefined && typeof search !== 'string') {
    throw new ConfigurationError(`search is ${JSON.stringify(search)}; allowed is text that a payload holds`);
  }
}

/** The items that are left, in parts. */
export async function* readItems(
  connection: Connection,
  queue: string,
  { state, limit = Number.POSITIVE_INFINITY, search = '' }: ItemsOptions,
): AsyncGenerator<QueueItem> {
  const reader = new ItemReader(connection, queue, limit, search);
  let left = limit;
  for (const each of state === undefined ? STATES : [state]) {
    for await (const item of reader.read(each)) {
      yield item;
      if (--left === 0) return;
    }
  }
}

type Place = 'held' | 'running' | 'retrying' | 'waiting';
type Reply = [
  on: Buffer,
  largest: number,
  name: Buffer,
  found: [id: Buffer, payload: Buffer, attempts: number, due: number][],
];

class ItemReader {
  /** Items that were read, by their ids: a hash may name one twice, and one may move on to another place. */
  private readonly seen = new Set<number>();
  /** How large payloads are, only the first ones tell. */
  private step = 1;

  constructor(
    private readonly connection: Connection,
    private readonly queue: string,
    private readonly limit: number,
    private readonly search: string,
  ) {}

  async *read(state: ItemState): AsyncGenerator<QueueItem> {
    if (state !== 'running') {
      yield* this.readPlace(state, state);
      return;
    }
    for await (const incarnation of this.holders()) {
      for (const place of ['running', 'held'] as const) yield* this.readPlace(state, place, incarnation);
    }
  }

  /** The incarnations that hold something. */
  private async *holders(): AsyncGenerator<string> {
    const { leases } = queueKeys(this.queue);
    const seen = new Set<string>();
    for await (const part of this.parts('0', (from) =>
      this.connection.command('ZSCAN', leases, from, 'COUNT', ITEMS).then((reply) => {
        const [next, some] = reply as [string, string[]];
        return { on: next === '0' ? '' : next, part: some.filter((_, i) => i % 2 === 0) };
      }),
    )) {
      for (const incarnation of part) if (!seen.has(incarnation)) yield incarnation;
      for (const incarnation of part) seen.add(incarnation);
    }
  }

  private async *readPlace(state: ItemState, place: Place, incarnation = ''): AsyncGenerator<QueueItem> {
    const args = (from: string) => {
      const most = this.search === '' ? Math.min(ITEMS, this.limit) : ITEMS;
      const step = Math.min(this.step, most);
      // The first look sees few, until it is known how large they are.
      return [incarnation, place, from, this.step === 1 ? Math.min(most, 16) : most, step, BYTES, this.search];
    };
    const look = (from: string) =>
      this.connection.run(SCRIPTS.items, this.queue, args(from), true).then((reply) => {
        const [on, largest, name, found] = reply as Reply;
        this.pace(largest);
        return { on: String(on), part: { name: String(name), found } };
      });
    for await (const { name, found } of this.parts('', look, place === 'running' || place === 'retrying')) {
      for (const [number, payload, attempts, due] of found) {
        const id = number.length === 0 ? undefined : Number(String(number));
        if (id !== undefined) {
          if (this.seen.has(id)) continue;
          this.seen.add(id);
        }
        const worker = state === 'running' ? name || incarnation : undefined;
        yield { id, state, payload, worker, attempts, dueIn: state === 'retrying' ? due : undefined };
      }
    }
  }

  private pace(largest: number): void {
    const fitting = largest > 0 ? Math.floor(BYTES / CAUTION / largest) : ITEMS;
    this.step = Math.max(1, Math.min(fitting, ITEMS, 16 * this.step));
  }

  /** Part after part. */
  private async *parts<Part>(
    first: string,
    look: (from: string) => Promise<{ readonly on: string; readonly part: Part }>,
    /** Whether to begin again after a failure: whoever answers then may be another server, whose cursors are others. */
    isCursor = true,
  ): AsyncGenerator<Part> {
    for (let from = first; ; ) {
      let at = from;
      const { on, part } = await this.connection.insist(() => {
        const asked = look(at);
        if (isCursor) at = first;
        return asked;
      });
      yield part;
      if (on === '') return;
      from = on;
    }
  }
}
