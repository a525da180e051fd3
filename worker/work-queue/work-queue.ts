import { type DeadLetter, type DeadLetterHeader, type Durations, letterOf } from '../attempt';
import { queueKeys } from '../contract';
import { decoderOf, type Queue, queueOfRun } from '../definition';
import { FillInterruptedError } from '../errors';
import { noteFilled } from '../exit';
import type { Log } from '../log';
import { type Connection, checkStore } from '../redis';
import { SCRIPTS, type Script } from '../scripts';
import { checkOptions, type OptionNames } from '../settings';
import { cancelQueue } from './cancelling';
import { connect, type WorkQueueOptions } from './connect';
import { settleToDisk } from './durability';
import { checkOnFull, type FillItems, Filling, type FillOptions, formerItems, refusal, refused } from './filling';
import { checkItemsOptions, type ItemsOptions, type QueueItem, readItems } from './queue-items';
import { readDurations } from './queue-measures';
import { queueNames } from './queue-names';
import { type QueueStatus, readStatus, type StatusOptions } from './queue-status';

/** What a handler returned for an item, where results are kept. */
export interface ItemResult<T, Result = unknown> {
  /** Number of the item in its queue. */
  readonly id: number;
  /** What the handler returned, as JSON keeps it. */
  readonly result: Result;
  /** The payload, byte for byte. */
  readonly payload: Uint8Array;
  /** The item, where the payload is one. */
  readonly item: T | undefined;
}

const FILL_OPTIONS: OptionNames<FillOptions> = { batchId: true, key: true, seal: true, onFull: true, onProgress: true };

/** Bytes of values that one call on a hash should move, and how many values one look into it may bring. */
const SCAN_BYTES = 1_048_576;
const SCAN_VALUES = 100;
/** Dead letters that are looked at in one go. */
const DEAD_IDS = 500;
/** A Redis that goes back so often while a queue is sealed is not going to stay. */
const ROUNDS = 10;

/**
 * The client of a queue: fill it, seal it, see how it stands, care for its dead letters.
 *
 * @example
 * const queue = new WorkQueue(thumbnails, { url: 'redis://localhost:6379' });
 * await queue.fill(readLines('urls.txt'), { batchId: '2026-11-23', seal: true });
 * await queue.close();
 */
export class WorkQueue<Input, Output = Input> {
  private readonly connection: Connection;
  private readonly keys: ReturnType<typeof queueKeys>;
  private readonly log: Log;
  private readonly patience: number;
  private checked: Promise<void> | undefined;

  /** What was defined by `defineQueue`. In a run of a CronJob, its queue stands for that of the run, and has its name. */
  readonly queue: Queue<Input, Output>;

  /** @throws ConfigurationError the address of Redis is missing, the URL is not one of Redis, or an option does not exist */
  constructor(queue: Queue<Input, Output>, options: WorkQueueOptions = {}) {
    const { connection, patience, log } = connect('WorkQueue', options);
    this.connection = connection;
    this.patience = patience;
    this.log = log;
    this.queue = queueOfRun(queue);
    this.keys = queueKeys(this.queue.name);
  }

  /**
   * Pushes items, in constant memory for an iterable of any length, and returns how many are in. Returns when they are
   * durable, as far as Redis can tell (see {@link WorkQueue.settleToDisk}), and still there: where Redis came back with
   * less than it had meanwhile, what is missing is pushed again, if `items` can be read again from the start.
   *
   * @param items an array, a `Set`, or a function that gets the items from the start each time; any other iterable is read
   * once
   * @throws InvalidItemError an item does not fit the schema; those before it are in
   * @throws FillRefusedError the queue is sealed or was cancelled, or holds another batch that it cannot replace, or more items of this one than these
   * @throws FillInterruptedError Redis came back with less than it had, and the items can be read only once
   * @throws ConfigurationError this Redis evicts keys, is too old, or runs no scripts
   * @throws StoreUnreachableError no answer for `patience`, or a disk that takes nothing, or no room (see `onFull`)
   *
   * @example
   * await queue.fill(['apple', 'banana'], { batchId: 'monday', seal: true });
   * await queue.fill(() => readLines('urls.txt'), { batchId: '2026-11-23' });
   */
  async fill(items: FillItems<Input>, options: FillOptions<NoInfer<Input>> = {}): Promise<number> {
    checkOptions('fill', options, FILL_OPTIONS);
    checkOnFull(options.onFull);
    await this.checkStore();
    const { queue, connection, log, patience } = this;
    const filled = await new Filling({ queue, connection, log, patience }, options).run(items);
    noteFilled(options.batchId ?? '');
    return filled;
  }

  /**
   * Fixes the total: from here on, empty means done, and workers end without waiting whether more comes. Returns the total.
   * Sealing twice is sealing once.
   *
   * @param options `batchId`: the batch that must be in the queue. `total`: how many items must have been filled in, of this
   * batch or, without one, in all: without those that handlers have added, and with those that were left out because of
   * their key
   * @throws FillRefusedError the queue was cancelled, holds another batch or none, or it has not as many items, sealed before or not
   * @throws FillInterruptedError Redis came back with less than it had
   * @throws ConfigurationError this Redis evicts keys, is too old, or runs no scripts
   * @throws StoreUnreachableError no answer for `patience`, or a disk that takes nothing
   */
  async seal(options: { readonly batchId?: string; readonly total?: number } = {}): Promise<number> {
    checkOptions('seal', options, { batchId: true, total: true });
    await this.checkStore();
    const { batchId = '', total: wanted = batchId === '' ? '' : 'filled' } = options;
    const seal = (expected: number | string) => this.script(SCRIPTS.seal, [batchId, expected]).then(Number);
    const ask = (key: string, field: string) =>
      this.connection.insist(() => this.connection.command('HGET', key, field));

    let total = await seal(wanted).catch((error) => {
      throw refused(error);
    });
    const given = await this.given(batchId, total);
    await this.settleToDisk();
    // A Redis that restarted before it had the seal on disk may have fewer items as well.
    for (let round = 1; round <= ROUNDS; round++) {
      if ((await ask(this.keys.meta, 'sealed')) !== null) return total;
      if (batchId !== '' && (await this.formerItems(batchId)) !== undefined) return total;
      total = await seal(typeof wanted === 'number' ? wanted : given).catch((error) => {
        const text = refusal(error);
        throw text === undefined ? error : this.rolledBack(text);
      });
      await this.settleToDisk();
    }
    throw this.rolledBack(`${ROUNDS} times`);
  }

  /** How many items were given to the fillers of a batch, or of a queue without one, that came to a total when it was sealed. */
  private async given(batchId: string, total: number): Promise<number> {
    const { fills, meta } = this.keys;
    const ask = (...command: [string, ...string[]]) =>
      this.connection.insist(() => this.connection.command(...command));
    const filled = batchId === '' ? null : await ask('HGET', fills, batchId);
    if (filled !== null) return Number(filled);
    const fields = (await ask('HMGET', meta, 'total', 'added', 'skipped')) as (string | null)[];
    const [now, added, skipped] = fields.map((field) => Number(field ?? 0)) as [number, number, number];
    return fields[0] === null ? total : now - added + skipped;
  }

  /**
   * How many items a batch had that a newer one has replaced in this queue, all of which are done; undefined for any other
   * batch. A fill and a seal of it succeed, and push nothing.
   */
  formerItems(batchId: string): Promise<number | undefined> {
    return this.connection.insist(() => formerItems(this.connection, this.queue.name, batchId));
  }

  /** Whether there is anything of this queue: items, or the record of them. A bare list is a queue. */
  async exists(): Promise<boolean> {
    const { list, meta, leases, idle, retries, suspects, waiting, attempts, dead, results, runs, fills, former } =
      this.keys;
    const all = [list, meta, leases, idle, retries, suspects, waiting, attempts, dead, results, runs, fills, former];
    return Number(await this.connection.insist(() => this.connection.command('EXISTS', ...all))) > 0;
  }

  /**
   * Names of the other queues in this database, as far as they are found within a second; bare lists come last, for they may
   * be anybody's. Undefined where the user may not look (`SCAN`).
   */
  async otherQueues(): Promise<string[] | undefined> {
    const names = await queueNames(this.connection);
    return names?.filter((name) => name !== this.queue.name);
  }

  /** How the queue stands, at one moment. */
  async status(options: StatusOptions = {}): Promise<QueueStatus> {
    checkOptions('status', options, { peek: true });
    return this.connection.insist(() => readStatus(this.connection, this.queue.name, options));
  }

  /**
   * How long attempts took, as a histogram: those that ended well, and those that failed. Workers tell it about once a second,
   * and when they have nothing left to do. Where a worker does more than some two items a
   * millisecond, one in 64 is timed for all.
   *
   * @example
   * const { done } = await queue.durations();
   * console.log(`${done.sum / done.count} s an item`);
   */
  async durations(): Promise<Durations> {
    return this.connection.insist(() => readDurations(this.connection, this.queue.name));
  }

  /**
   * The items that are left, one after the other: those in the hands of workers, those that wait for another attempt, and
   * those that were never claimed, in the order in which they are handed out. They are read in parts, and the queue goes on
   * meanwhile: an item that moves on may be missing, or be there twice, once in each state.
   *
   * @throws ConfigurationError an option does not exist, or has a value that makes no sense
   *
   * @example
   * for await (const { id, worker, payload } of queue.items({ state: 'running' })) console.log(worker, id, String(payload));
   */
  items(options: ItemsOptions = {}): AsyncGenerator<QueueItem> {
    checkItemsOptions(options);
    return readItems(this.connection, this.queue.name, options);
  }

  /** The dead letters, one after the other. */
  async *deadLetters(): AsyncGenerator<DeadLetter<Output>> {
    for await (const [id, value] of this.scan(this.keys.dead)) {
      yield await this.letter(id, value);
    }
  }

  /** One dead letter, or undefined if none has this id. */
  async deadLetter(id: number): Promise<DeadLetter<Output> | undefined> {
    const value = (await this.connection.insist(() =>
      this.connection.bytes('HGET', this.keys.dead, id),
    )) as Buffer | null;
    return value ? this.letter(id, value) : undefined;
  }

  /**
   * The kept results, one after the other.
   *
   * @typeParam Result what the handler leaves, which nothing checks here: `ResultOf<typeof handler>`
   * @example
   * for await (const { item, result } of queue.results<ResultOf<typeof handler>>()) console.log(item, result.bytes);
   */
  async *results<Result = unknown>(): AsyncGenerator<ItemResult<Output, Result>> {
    for await (const [id, value] of this.scan(this.keys.results)) {
      const { header, payload } = split(value);
      yield { id, result: header as Result, payload, item: await this.itemOf(payload) };
    }
  }

  /**
   * Sends dead letters back to the front of the queue, as if they had never been tried; all of them without `ids`. Returns how many.
   *
   * @throws FillRefusedError the queue was cancelled
   */
  retryDead(ids?: Iterable<number>): Promise<number> {
    return this.eachDead('retry', ids);
  }

  /** Drops dead letters for good, so that they fail no Job any more; all of them without `ids`. Returns how many. */
  dropDead(ids?: Iterable<number>): Promise<number> {
    return this.eachDead('drop', ids);
  }

  /**
   * Books dead letters as done: what they were for was done elsewhere. Their results, where results are kept, and follow-up items
   * are not there. Returns how many; the finalizer is not among them.
   *
   * @example
   * await queue.settleDead([17]);
   */
  settleDead(ids: Iterable<number>): Promise<number> {
    return this.eachDead('done', ids);
  }

  /** Hands out no more items until {@link WorkQueue.resume}; what runs goes on. */
  async pause(): Promise<void> {
    await this.connection.insist(() => this.connection.command('HSET', this.keys.meta, 'paused', 1));
  }

  /** Hands out items again, also where a handler has asked for a pause (`slowDown`) that is not over. */
  async resume(): Promise<void> {
    await this.connection.insist(() => this.connection.command('HDEL', this.keys.meta, 'paused', 'slow'));
    await this.script(SCRIPTS.ring, []);
  }

  /**
   * Cancels the queue for good: no item is handed out any more, and what is not done is dropped. What waits is dropped at
   * once. Workers hear of it within a quarter of their lease: the signals of what runs are aborted with a
   * {@link CancelledError}, and what does not end well then is dropped as well. Workers end with 80, and so does their Job.
   *
   * Fills, seals and gates of the queue are refused from then on, also those of another batch, until it is purged. Where
   * nothing is left to cancel, as the queue is sealed and drained, nothing changes. Cancelling twice is cancelling once.
   *
   * @returns how many items it has dropped so far; those that workers hold may follow
   * @throws StoreUnreachableError no answer for `patience`, or a disk that takes nothing
   *
   * @example
   * const dropped = await queue.cancel();
   */
  async cancel(): Promise<number> {
    return (await cancelQueue(this.connection, this.queue.name, this.patience, this.log)) ?? 0;
  }

  /**
   * Removes the queue with all that belongs to it, and returns whether there was anything. Workers that are at it end with
   * "data lost".
   */
  async purge(): Promise<boolean> {
    const epoch = await this.connection.insist(() => this.connection.command('HGET', this.keys.meta, 'epoch'));
    return Number(await this.script(SCRIPTS.purge, [String(epoch ?? '')])) > 0;
  }

  /** Cuts the connection. */
  async close(): Promise<void> {
    this.connection.close();
  }

  /**
   * Returns when what was written is on disk: by `WAITAOF` from Redis 7.2 on. Below, where the append-only file is on, and
   * where the user may not call it, it waits two rounds of `appendfsync everysec`. Where Redis keeps nothing on disk, there
   * is nothing to wait for.
   *
   * Where replicas are in sync, it waits for one of them as well. One that lags makes nothing fail: a warning says so.
   *
   * @throws StoreUnreachableError no answer, or nothing on disk, for `patience`
   */
  settleToDisk(): Promise<void> {
    return settleToDisk(this.connection, this.queue.name, this.patience, this.log);
  }

  /**
   * Looks whether this Redis can keep a queue, once. Fills and seals do so by themselves.
   *
   * @throws ConfigurationError this Redis evicts keys, is too old, or runs no scripts
   * @throws StoreUnreachableError no answer for `patience`
   */
  checkStore(): Promise<void> {
    this.checked ??= this.connection
      .insist(() => checkStore(this.connection, this.queue.name, this.log))
      .then(() => undefined)
      .catch((error) => {
        this.checked = undefined;
        throw error;
      });
    return this.checked;
  }

  /** @internal What Redis says of itself (`INFO`); null where the user may not ask. */
  storeInfo(): Promise<string | null> {
    const ask = () => this.connection.command('INFO');
    return this.connection.insist(ask).then(String, (error: Error) => {
      if (error.name !== 'ReplyError') throw error;
      return null;
    });
  }

  private rolledBack(what: string): FillInterruptedError {
    return new FillInterruptedError(
      `Redis came back with less than it had while the queue ${this.queue.name} was sealed: ${what}. Check that all items are there, then seal again`,
    );
  }

  private async eachDead(what: 'retry' | 'drop' | 'done', ids: Iterable<number> | undefined): Promise<number> {
    const all = ids
      ? [...ids]
      : ((await this.connection.insist(() => this.connection.command('HKEYS', this.keys.dead))) as string[]);
    let count = 0;
    for (let i = 0; i < all.length; i += DEAD_IDS) {
      for (const ids of await this.inBatches(all.slice(i, i + DEAD_IDS))) {
        const changed = this.script(SCRIPTS.dead, [what, ...ids]);
        count += Number(
          await changed.catch((error) => {
            throw refused(error);
          }),
        );
      }
    }
    return count;
  }

  /** Dead letters in batches that a script may copy in one call: one of any size, or several that are small together. */
  private async inBatches(ids: readonly (string | number)[]): Promise<(string | number)[][]> {
    const { dead } = this.keys;
    const ask = () => Promise.all(ids.map((id) => this.connection.command('HSTRLEN', dead, id)));
    const sizes = (await this.connection.insist(ask)) as number[];
    const batches: (string | number)[][] = [];
    let room = 0;
    for (const [i, id] of ids.entries()) {
      const size = sizes[i] as number;
      if (batches.length === 0 || size > room) {
        batches.push([]);
        room = SCAN_BYTES;
      }
      batches.at(-1)?.push(id);
      room -= size;
    }
    return batches;
  }

  private script(script: Script, args: (string | number)[]): Promise<unknown> {
    return this.connection.insist(() => this.connection.run(script, this.queue.name, args));
  }

  private async *scan(key: string): AsyncGenerator<[number, Buffer]> {
    let cursor = '0';
    // How large they are, only the first ones tell.
    let count = 1;
    let largest = 1;
    const seen = new Set<number>();
    do {
      const [at, some] = [cursor, count];
      const [next, pairs] = (await this.connection.insist(() =>
        this.connection.bytes('HSCAN', key, at, 'COUNT', some),
      )) as [Buffer, Buffer[]];
      cursor = String(next);
      for (let i = 1; i < pairs.length; i += 2) largest = Math.max(largest, (pairs[i] as Buffer).length);
      count = Math.max(1, Math.min(2 * count, SCAN_VALUES, Math.floor(SCAN_BYTES / largest)));
      for (let i = 0; i < pairs.length; i += 2) {
        const id = Number(String(pairs[i]));
        // HSCAN may name a field twice.
        if (seen.has(id)) continue;
        seen.add(id);
        yield [id, pairs[i + 1] as Buffer];
      }
    } while (cursor !== '0');
  }

  private async letter(id: number, value: Buffer): Promise<DeadLetter<Output>> {
    const { header, payload } = split(value);
    return { ...letterOf(id, header as DeadLetterHeader), payload, item: await this.itemOf(payload) };
  }

  private async itemOf(payload: Buffer): Promise<Output | undefined> {
    const decoded = await decoderOf(this.queue)(payload);
    return 'item' in decoded ? decoded.item : undefined;
  }
}

function split(value: Buffer): { header: unknown; payload: Buffer } {
  const line = value.indexOf(10);
  return { header: JSON.parse(value.subarray(0, line).toString()), payload: value.subarray(line + 1) };
}
