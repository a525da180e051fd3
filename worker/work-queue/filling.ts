import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT, queueKeys } from '../contract';
import { hashOf, InvalidItemError, type Queue } from '../definition';
import {
  ConfigurationError,
  FillInterruptedError,
  FillRefusedError,
  StoreUnreachableError,
  WorkQueueError,
} from '../errors';
import type { Log } from '../log';
import { counted } from '../quantities';
import { type Connection, failureOf } from '../redis';
import { SCRIPTS, type Script } from '../scripts';
import { settleToDisk } from './durability';

/** Items to fill in, or a function that gets them from the start, as often as it is asked. */
export type FillItems<Input> =
  | Iterable<Input>
  | AsyncIterable<Input>
  | (() => Iterable<Input> | AsyncIterable<Input> | Promise<Iterable<Input> | AsyncIterable<Input>>);

/** What becomes of a fill where Redis has no room. */
export type OnFull = 'fail' | 'wait';

/** Options of {@link WorkQueue.fill}. */
// biome-ignore lint/suspicious/noExplicitAny: items of any kind
export interface FillOptions<Input = any> {
  /**
   * Identity of what is filled in. With it, filling again pushes only what is missing. Where the queue holds another batch,
   * this one replaces it if that one is sealed, all of its items are done, and no dead letters or results of it are kept; else
   * it is refused. A batch that was replaced is not filled again.
   *
   * @default - none: each call adds its items
   * @example batchId: '2026-11-23'
   */
  readonly batchId?: string;
  /**
   * What an item stands for: of all items with the same key, one enters the queue in its life, whether a fill or a handler
   * gives it. Those that are left out count as filled in.
   *
   * @default - none: each item enters
   * @example key: (page) => JSON.stringify(page)
   */
  readonly key?: (item: Input) => string;
  /**
   * Seal the queue when all items are in, with nothing to wait for in between.
   *
   * @default false
   * @example seal: true
   */
  readonly seal?: boolean;
  /**
   * What becomes of a fill where Redis has no room (`maxmemory`). `fail`: it tries again for `patience`, and fails. `wait`: it
   * goes on as soon as there is room, however long that takes, and logs when it waits and when it goes on. Close the
   * {@link WorkQueue} to end it. Whoever waits should know that something makes room: the workers of a batch begin only when
   * it is sealed.
   *
   * @default 'fail'
   * @example onFull: 'wait'
   */
  readonly onFull?: OnFull;
  /**
   * Called after each push with the number of items that are in so far.
   *
   * @default - none
   * @example onProgress: (filled) => console.log(filled, 'items are in')
   */
  readonly onProgress?: (filled: number) => void;
}

/** The queue that a call of fill pushes to, and the way there. */
export interface FillTarget<Input> {
  readonly queue: Queue<Input, unknown>;
  readonly connection: Connection;
  readonly log: Log;
  /** How long the disk of Redis may take, in ms. */
  readonly patience: number;
}

type Payload = string | Uint8Array;

/** Items pushed in one call, and bytes in one call. */
const FILL_ITEMS = 1_000;
const FILL_BYTES = 1_048_576;
/** The most that an item may be. */
const ITEM_BYTES = 268_435_456;

/** How Redis says that it has no room; the error of a script may come with another one in front. */
const FULL = /\bOOM\b/;
/** A fill that waits for room asks again after so many ms, and at most twice as long. */
const ROOM_PAUSE = 500;

/** What scripts refuse where Redis came back with less than it had. */
const ROLLED_BACK = /^(GAP|INCOMPLETE \d+ of \d+) /;

/** A Redis that goes back so often while it is filled is not going to stay. */
const ROUNDS = 10;

/**
 * One call of {@link WorkQueue.fill}.
 *
 * Redis may restart with less than it had at any time, so the record of what was pushed stays until everything is on disk,
 * and is compared then. What is missing is pushed again, where the items can be read again from the start.
 */
export class Filling<Input> {
  private readonly batchId: string;
  private readonly filler: string;
  private readonly keys: ReturnType<typeof queueKeys>;
  /** Calls that got no answer, and may still arrive. */
  private unanswered = 0;

  constructor(
    private readonly target: FillTarget<Input>,
    private readonly options: FillOptions<Input>,
  ) {
    this.batchId = options.batchId ?? '';
    this.filler = this.batchId || `fill-${randomBytes(8).toString('hex')}`;
    this.keys = queueKeys(target.queue.name);
  }

  async run(items: FillItems<Input>): Promise<number> {
    const former = await this.formerItems();
    if (former !== undefined) {
      const { log, queue } = this.target;
      log.info(
        `batch ${this.batchId} was done before in the queue ${queue.name}, with ${counted(former, 'item')}: nothing is pushed`,
      );
      return former;
    }
    for (let round = 1; ; round++) {
      try {
        const filled = await this.push(typeof items === 'function' ? await items() : items);
        await this.finish(filled);
        return filled;
      } catch (error) {
        if (!(error instanceof FillInterruptedError) || !isRepeatable(items) || round === ROUNDS) throw error;
        this.target.log.warn('Redis came back with less than it had; what is missing is pushed again');
      }
    }
  }

  /** Pushes what is not in yet, in constant memory, and returns how many items there are. */
  private async push(items: Iterable<Input> | AsyncIterable<Input>): Promise<number> {
    const { name } = this.target.queue;
    let filled = 0;
    let there = 0;
    let pending: Payload[] = [];
    let bytes = 0;
    let pushing: Promise<void> = Promise.resolve();

    const send = async (payloads: Payload[], offset: number) => {
      const args = [this.filler, this.batchId, offset, this.options.key ? 'keyed' : 'raw', ...payloads];
      there = await this.pushOnce(args, offset);
      // The call that replaces a batch pushes nothing that has a key.
      if (there < offset + payloads.length) there = await this.pushOnce(args, offset);
      this.options.onProgress?.(there);
    };
    const flush = async () => {
      const payloads = pending;
      const offset = filled;
      filled += payloads.length;
      pending = [];
      bytes = 0;
      // One push is under way while the next one is put together.
      await pushing;
      pushing = send(payloads, offset);
      pushing.catch(() => undefined);
    };
    const add = (item: Input): boolean => {
      const payload = this.keyed(item, this.payload(item, filled + pending.length));
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
    }
    if (this.batchId && filled === 0) await send([], 0);
    if (there > filled) {
      throw new FillRefusedError(
        `${this.batchId ? `batch ${this.batchId}` : 'this fill'} has ${counted(there, 'item')} in the queue ${name} already, and is given ${filled} now: these are not the items that it was filled from. Give other items a batch id and a queue name of their own`,
      );
    }
    return filled;
  }

  /** Seals, if that is wanted; returns when all is on disk, and still there. */
  private async finish(filled: number): Promise<void> {
    const { connection, queue, patience, log } = this.target;
    const { fills, meta } = this.keys;
    const { filler, batchId } = this;
    const { seal = false } = this.options;
    if (seal) await this.script(SCRIPTS.seal, [batchId, filled, filler]);
    // Nothing was written.
    else if (filled === 0 && !batchId) return;
    await settleToDisk(connection, queue.name, patience, log);

    // A Redis that restarted before it had all on disk may be the one that said so.
    const [kept, sealed] = await connection.insist(async () => [
      Number((await connection.command('HGET', fills, filler)) ?? 0),
      (await connection.command('HGET', meta, 'sealed')) !== null,
    ]);
    // Done by now, and replaced by a newer batch.
    if ((await this.formerItems()) !== undefined) return;
    if ((kept as number) < filled) throw this.interrupted(`${kept} of ${counted(filled, 'item')} are there`);
    if (seal && !sealed) throw this.interrupted('the seal is gone');
    // A call that got no answer may still arrive, and the record says that it is an echo.
    if (!batchId && this.unanswered === 0) await connection.insist(() => connection.command('HDEL', fills, filler));
  }

  private async formerItems(): Promise<number | undefined> {
    const { connection, queue } = this.target;
    if (!this.batchId) return undefined;
    return connection.insist(() => formerItems(connection, queue.name, this.batchId));
  }

  /** A payload behind what stands for its key, where items have one. */
  private keyed(item: Input, payload: Payload): Payload {
    const { key } = this.options;
    if (!key) return payload;
    return Buffer.concat([hashOf(key(item)), Buffer.from(payload as Uint8Array)]);
  }

  private payload(item: Input, index: number): Payload {
    try {
      const encoded = this.target.queue.encode(item);
      // The client sends Buffers alone as they are, and the reader of items may reuse the memory for the next one.
      const payload = typeof encoded === 'string' ? encoded : Buffer.from(encoded);
      checkSize(payload);
      return payload;
    } catch (error) {
      if (!(error instanceof InvalidItemError)) throw error;
      throw new InvalidItemError(
        `item ${index} of the queue ${this.target.queue.name}: ${error.message}`,
        error.issues,
      );
    }
  }

  /** One call of the script, as soon as there is room for it where the fill waits for that. */
  private async pushOnce(args: (string | number | Uint8Array)[], filled: number): Promise<number> {
    const { log, queue } = this.target;
    for (let waits = 0; ; waits++) {
      try {
        const there = Number(await this.script(SCRIPTS.fill, args));
        if (waits > 0) log.info(`Redis has room again: the fill of ${queue.name} goes on`);
        return there;
      } catch (error) {
        if (!(error instanceof NoRoom)) throw error;
      }
      if (waits === 0) {
        const others = this.batchId
          ? `. Workers of batch ${this.batchId} begin once it is sealed, so others have to make room`
          : '';
        log.warn(
          `Redis is full (maxmemory): the fill of ${queue.name} waits for room, with ${counted(filled, 'item')} in${others}`,
        );
      }
      await sleep(ROOM_PAUSE * (1 + Math.random()));
    }
  }

  private async script(script: Script, args: (string | number | Uint8Array)[]): Promise<unknown> {
    const { connection, queue } = this.target;
    try {
      return await connection.insist(async () => {
        try {
          return await connection.run(script, queue.name, args);
        } catch (error) {
          const isFull = error instanceof Error && FULL.test(error.message);
          if (isFull && this.options.onFull === 'wait') throw new NoRoom();
          if (refusal(error) === undefined && !isFull) this.unanswered++;
          throw error;
        }
      });
    } catch (error) {
      if (error instanceof StoreUnreachableError && FULL.test(error.message)) {
        throw new StoreUnreachableError(
          `${error.message}: Redis is full (maxmemory). Give it more memory, or fill with onFull: 'wait', which waits until there is room`,
        );
      }
      if (ROLLED_BACK.test((error as Error).message)) throw this.interrupted(refusal(error) as string);
      throw refused(error);
    }
  }

  private interrupted(what: string): FillInterruptedError {
    const again = this.batchId
      ? `Fill batch ${this.batchId} again: only what is missing is pushed`
      : 'Purge the queue and fill it again. With a batch id, filling again pushes only what is missing';
    return new FillInterruptedError(
      `Redis came back with less than it had while the queue ${this.target.queue.name} was filled: ${what}. ${again}`,
    );
  }
}

/** Redis has no room, and the fill waits for it: nothing that insists should. */
class NoRoom extends WorkQueueError {
  readonly exitCode = EXIT.storeUnreachable;
}

/** @throws ConfigurationError it is neither */
export function checkOnFull(given: unknown): void {
  if (given === undefined || given === 'fail' || given === 'wait') return;
  throw new ConfigurationError(`onFull is ${JSON.stringify(given)}; allowed are 'fail' and 'wait'`);
}

/** How many items a batch had that a newer one has replaced; undefined for any other. */
export async function formerItems(connection: Connection, queue: string, batchId: string): Promise<number | undefined> {
  const items = await connection.command('HGET', queueKeys(queue).former, batchId);
  return items === null ? undefined : Number(items);
}

/** What a script refuses, in words; undefined for an error of another kind. */
export function refusal(error: unknown): string | undefined {
  return failureOf(error) === 'refused' ? (error as Error).message.replace(/^[A-Z]+ /, '') : undefined;
}

/** A FillRefusedError where a script refuses for good; any other error as it is. */
export function refused(error: unknown): unknown {
  const text = refusal(error);
  return text === undefined ? error : new FillRefusedError(text);
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

/** Whether these items can be read twice. Most iterables are the way through something that is read once. */
function isRepeatable<Input>(items: FillItems<Input>): boolean {
  return typeof items === 'function' || Array.isArray(items) || items instanceof Set;
}
