import { randomBytes } from 'node:crypto';
import { Connection, failureOf } from './connection';
import { queueKeys } from './contract';
import { counted } from './counted';
import { InvalidItemError, type Queue } from './define-queue';
import { FillRefusedError } from './errors';
import { consoleLog, type Log } from './log';
import { checkOptions, type OptionNames } from './options';
import type { DeadLetterHeader } from './outcome';
import { noteFilled } from './own-exit';
import { decoderOf } from './payload';
import { type QueueStatus, readStatus, type StatusOptions } from './queue-status';
import { SCRIPTS } from './scripts';
import { readStoreAddress } from './settings';
import { checkStore } from './store-check';

/** Options of a {@link WorkQueue}. */
export interface WorkQueueOptions {
  /** `redis://host:port` or `rediss://`. @default REDIS_URL, or REDIS_SERVICE_HOST and REDIS_SERVICE_PORT */
  readonly url?: string;
  /** ACL user. @default REDIS_USERNAME */
  readonly username?: string;
  /** Password. @default REDIS_PASSWORD */
  readonly password?: string;
  /** PEM file of authorities to trust beside the system's, for `rediss://`. @default REDIS_CA_FILE, without `url` */
  readonly caFile?: string;
  /** How long a call keeps trying to reach Redis, in ms. @default 30000 */
  readonly patience?: number;
  /** How long one call may go without a byte that is sent or received, in ms; twice as long where it sends much. @default 5000 */
  readonly deadline?: number;
  readonly log?: Log;
}

/** Options of {@link WorkQueue.fill}. */
export interface FillOptions {
  /**
   * Identity of what is filled in. With it, filling again pushes only what is missing, and another batch under the same
   * queue name is refused. @default none: each call adds its items
   */
  readonly batchId?: string;
  /** Seal the queue when all items are in, with nothing to wait for in between. @default false */
  readonly seal?: boolean;
  /** Called after each push with the number of items that are in so far. */
  readonly onProgress?: (filled: number) => void;
}

/** An item that is given up. */
export interface DeadLetter<T> {
  readonly id: number;
  /** `handler`: it failed in every attempt, or was called unrecoverable; `crash`: its worker crashed each time; `invalid`: the payload does not parse or does not fit the schema. */
  readonly reason: 'handler' | 'crash' | 'invalid';
  readonly attempts: number;
  readonly at: Date;
  /** What was thrown, with its causes. */
  readonly error: string;
  /** Where in the handler's own code it was thrown, a frame a line; undefined where no such frame is known. */
  readonly stack: string | undefined;
  /** The payload, byte for byte. */
  readonly payload: Uint8Array;
  /** The item, where the payload is one. */
  readonly item: T | undefined;
}

/** What a handler returned for an item, where results are kept. */
export interface ItemResult<T> {
  readonly id: number;
  readonly result: unknown;
  readonly payload: Uint8Array;
  readonly item: T | undefined;
}

const OPTIONS: OptionNames<WorkQueueOptions> = {
  url: true,
  username: true,
  password: true,
  caFile: true,
  patience: true,
  deadline: true,
  log: true,
};
const FILL_OPTIONS: OptionNames<FillOptions> = { batchId: true, seal: true, onProgress: true };

/** Items pushed in one call, and bytes in one call. */
const FILL_ITEMS = 1_000;
const FILL_BYTES = 1_048_576;
/** The most that an item may be. */
const ITEM_BYTES = 268_435_456;
/** Bytes of values that one look into a hash should bring, and how many values it may. */
const SCAN_BYTES = 1_048_576;
const SCAN_VALUES = 100;

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
  private checked: Promise<void> | undefined;

  /** @throws ConfigurationError nothing says where Redis is, the URL is none of Redis, or an option does not exist */
  constructor(
    readonly queue: Queue<Input, Output>,
    options: WorkQueueOptions = {},
  ) {
    checkOptions('WorkQueue', options, OPTIONS);
    const { url, username, password, caFile } = options;
    const store = url
      ? { url, ...(username && { username }), ...(password && { password }), ...(caFile && { caFile }) }
      : readStoreAddress(process.env);
    this.log = options.log ?? consoleLog;
    this.connection = new Connection(store, {
      patience: options.patience ?? 30_000,
      ...(options.deadline !== undefined && { deadline: options.deadline }),
      log: this.log,
      name: 'work-queue',
    });
    this.keys = queueKeys(queue.name);
  }

  /**
   * Pushes items, in constant memory for an iterable of any length, and returns how many are in. Returns when they are
   * durable, as far as Redis can tell (see {@link WorkQueue.settleToDisk}).
   *
   * @throws InvalidItemError an item does not fit the schema; those before it are in
   * @throws FillRefusedError the queue is sealed, or holds another batch, or more items of this one than these
   * @throws ConfigurationError this Redis evicts keys, or is too old
   * @throws StoreUnreachableError no answer for `patience`
   */
  async fill(items: Iterable<Input> | AsyncIterable<Input>, options: FillOptions = {}): Promise<number> {
    checkOptions('fill', options, FILL_OPTIONS);
    const { batchId = '', onProgress } = options;
    await this.checkStore();
    const filler = batchId || `fill-${randomBytes(8).toString('hex')}`;
    let filled = 0;
    let pending: (string | Uint8Array)[] = [];
    let bytes = 0;
    let pushing: Promise<void> = Promise.resolve();

    const calls = { failed: 0 };
    let there = 0;
    const push = (payloads: (string | Uint8Array)[], offset: number) => async () => {
      there = Number(await this.script(SCRIPTS.fill, [filler, batchId, offset, 'raw', ...payloads], calls));
      onProgress?.(there);
    };
    const flush = async () => {
      const payloads = pending;
      const offset = filled;
      filled += payloads.length;
      pending = [];
      bytes = 0;
      // One push is under way while the next one is put together.
      await pushing;
      pushing = push(payloads, offset)();
      pushing.catch(() => undefined);
    };
    const add = (item: Input): boolean => {
      let payload: string | Uint8Array;
      try {
        const encoded = this.queue.encode(item);
        // The client sends Buffers alone as they are, and whoever reads items may use the same memory for the next one.
        payload = typeof encoded === 'string' ? encoded : Buffer.from(encoded);
        checkSize(payload);
      } catch (error) {
        if (!(error instanceof InvalidItemError)) throw error;
        throw new InvalidItemError(
          `item ${filled + pending.length} of the queue ${this.queue.name}: ${error.message}`,
          error.issues,
        );
      }
      pending.push(payload);
      bytes += payload.length;
      return pending.length >= FILL_ITEMS || bytes >= FILL_BYTES;
    };

    try {
      if (Symbol.asyncIterator in items) {
        for await (const item of items) if (add(item)) await flush();
      } else {
        for (const item of items) if (add(item)) await flush();
      }
    } finally {
      if (pending.length > 0) await flush();
      await pushing;
      // A call that got no answer may still arrive, and what was filled says that it is an echo.
      if (!batchId && calls.failed === 0) {
        await this.connection.insist(() => this.connection.command('HDEL', this.keys.fills, filler));
      }
    }
    if (batchId && filled === 0) await push([], 0)();
    if (there > filled) {
      throw new FillRefusedError(
        `batch ${batchId} has ${counted(there, 'item')} in the queue ${this.queue.name} already, and is given ${filled} now: these are not the items that it was filled from. Give other items a batch id and a queue name of their own`,
      );
    }
    if (options.seal) await this.script(SCRIPTS.seal, [batchId, batchId ? filled : '']);
    await this.settleToDisk();
    noteFilled(batchId);
    return filled;
  }

  /**
   * Fixes the total: from here on, empty means done, and workers end without waiting whether more comes. Returns the total.
   * Sealing twice is sealing once.
   *
   * @param options `batchId`: the batch that must be in the queue. `total`: how many items it must have, or, without a
   * batch, the queue
   * @throws FillRefusedError the queue holds another batch or none, or it has not as many items, sealed before or not
   * @throws ConfigurationError this Redis evicts keys, or is too old
   */
  async seal(options: { readonly batchId?: string; readonly total?: number } = {}): Promise<number> {
    checkOptions('seal', options, { batchId: true, total: true });
    await this.checkStore();
    const { batchId = '', total: expected = batchId === '' ? '' : 'filled' } = options;
    const total = Number(await this.script(SCRIPTS.seal, [batchId, expected]));
    await this.settleToDisk();
    return total;
  }

  /** How the queue stands, at one moment. */
  async status(options: StatusOptions = {}): Promise<QueueStatus> {
    checkOptions('status', options, { peek: true });
    return this.connection.insist(() => readStatus(this.connection, this.queue.name, options));
  }

  /** The dead letters, one after the other. */
  async *deadLetters(): AsyncGenerator<DeadLetter<Output>> {
    for await (const [id, value] of this.scan(this.keys.dead)) {
      yield await this.letter(id, value);
    }
  }

  /** One dead letter, or undefined where there is none with this id. */
  async deadLetter(id: number): Promise<DeadLetter<Output> | undefined> {
    const value = (await this.connection.insist(() =>
      this.connection.bytes('HGET', this.keys.dead, id),
    )) as Buffer | null;
    return value ? this.letter(id, value) : undefined;
  }

  /** The kept results, one after the other. */
  async *results(): AsyncGenerator<ItemResult<Output>> {
    for await (const [id, value] of this.scan(this.keys.results)) {
      const { header, payload } = split(value);
      yield { id, result: header, payload, item: await this.itemOf(payload) };
    }
  }

  /** Sends dead letters back to the front of the queue, as if they had never been tried; all of them without `ids`. Returns how many. */
  retryDead(ids?: Iterable<number>): Promise<number> {
    return this.eachDead('retry', ids);
  }

  /** Drops dead letters for good, so that they fail no Job any more; all of them without `ids`. Returns how many. */
  dropDead(ids?: Iterable<number>): Promise<number> {
    return this.eachDead('drop', ids);
  }

  /** Hands out no more items until {@link WorkQueue.resume}; what runs goes on. */
  async pause(): Promise<void> {
    await this.connection.insist(() => this.connection.command('HSET', this.keys.meta, 'paused', 1));
  }

  /** Hands out items again. */
  async resume(): Promise<void> {
    await this.connection.insist(() => this.connection.command('HDEL', this.keys.meta, 'paused'));
    await this.connection.insist(() => this.ring('resume'));
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
   * Returns when what was written is on disk: by `WAITAOF` from Redis 7.2 on. Below, where the append-only file is on, it
   * waits two rounds of `appendfsync everysec`. Where Redis keeps nothing on disk, there is nothing to wait for.
   */
  async settleToDisk(): Promise<void> {
    // WAITAOF speaks of the writes of its own connection, and an earlier one may have broken.
    const ask = async () => {
      await this.ring('durable');
      return this.connection.command('WAITAOF', 1, 0, Math.ceil(this.connection.deadline * 0.8));
    };
    const until = performance.now() + 10_000;
    try {
      do {
        const [local] = (await this.connection.insist(ask)) as [number, number];
        if (local >= 1) return;
      } while (performance.now() < until);
    } catch (error) {
      const text = String(error);
      if (/appendonly is disabled|NOPERM/.test(text)) return;
      if (!/unknown command/i.test(text)) throw error;
    }
    const info = await this.connection.command('INFO').then(String, () => '');
    if (/^aof_enabled:0/m.test(info)) return;
    await new Promise((resolve) => setTimeout(resolve, 2_000));
  }

  /** Once for all, before anything is written that must stay. */
  private checkStore(): Promise<void> {
    this.checked ??= this.connection
      .insist(() => checkStore(this.connection, this.log))
      .catch((error) => {
        this.checked = undefined;
        throw error;
      });
    return this.checked;
  }

  /** Wakes idle workers. At maxmemory there is no room for that, and they look by themselves within a second. */
  private async ring(why: string): Promise<void> {
    try {
      await this.connection.command('XADD', this.keys.wake, 'MAXLEN', 1, '*', 'why', why);
    } catch (error) {
      if (!String(error).includes('OOM')) throw error;
    }
  }

  private async script(
    script: (typeof SCRIPTS)[keyof typeof SCRIPTS],
    args: (string | number | Uint8Array)[],
    calls = { failed: 0 },
  ): Promise<unknown> {
    const call = async () => {
      try {
        return await this.connection.run(script, this.queue.name, args);
      } catch (error) {
        calls.failed++;
        throw error;
      }
    };
    try {
      return await this.connection.insist(call);
    } catch (error) {
      if (failureOf(error) === 'refused') throw new FillRefusedError((error as Error).message.replace(/^[A-Z]+ /, ''));
      throw error;
    }
  }

  private async eachDead(what: 'retry' | 'drop', ids: Iterable<number> | undefined): Promise<number> {
    const all = ids
      ? [...ids]
      : ((await this.connection.insist(() => this.connection.command('HKEYS', this.keys.dead))) as string[]);
    let count = 0;
    for (let i = 0; i < all.length; i += 500) {
      count += Number(await this.script(SCRIPTS.dead, [what, ...all.slice(i, i + 500)]));
    }
    return count;
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
    const { reason, attempts, at, error, stack } = header as DeadLetterHeader;
    return { id, reason, attempts, at: new Date(at), error, stack, payload, item: await this.itemOf(payload) };
  }

  private async itemOf(payload: Buffer): Promise<Output | undefined> {
    const decoded = await decoderOf(this.queue)(payload);
    return 'item' in decoded ? decoded.item : undefined;
  }
}

/** @throws InvalidItemError */
function checkSize(payload: string | Uint8Array): void {
  // Text is up to three bytes a character.
  if (payload.length <= ITEM_BYTES / 3) return;
  const bytes = Buffer.byteLength(payload);
  if (bytes <= ITEM_BYTES) return;
  throw new InvalidItemError(
    `it is ${bytes} bytes, and ${ITEM_BYTES} are allowed: put it into an object store, and queue its name`,
  );
}

function split(value: Buffer): { header: unknown; payload: Buffer } {
  const line = value.indexOf(10);
  return { header: JSON.parse(value.subarray(0, line).toString()), payload: value.subarray(line + 1) };
}
