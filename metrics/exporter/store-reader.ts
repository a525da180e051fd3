import { textOf } from '../../worker/errors';
import type { Log } from '../../worker/log';
import { Connection, fullness, StoreInfo, type StoreMemory } from '../../worker/redis';
import type { StoreAddress } from '../../worker/settings';
import { type QueueMeasures, queuesOn, readMeasures, serversOf } from '../../worker/work-queue';

/** What a store is read by. */
export interface StoreReaderOptions {
  readonly store: StoreAddress;
  /** The queues; without any, all of the store. */
  readonly queues?: readonly string[];
  /** How long a reading keeps trying, in ms. @default 4000 */
  readonly patience?: number;
  /** How long one call may go without an answer, in ms. @default 2000 */
  readonly deadline?: number;
  readonly log: Log;
}

/** A reading of a store. */
export interface StoreMeasures {
  /** Whether it has answered. */
  readonly isUp: boolean;
  /** Of a cluster, that of the server which is fullest. */
  readonly memory: StoreMemory | undefined;
  /** What was measured of each queue, by its name. */
  readonly queues: ReadonlyMap<string, QueueMeasures>;
  /** How long the reading took. */
  readonly seconds: number;
}

/** A server with queues on it: one of a cluster, or the only one. */
interface Place {
  readonly server: Connection;
  readonly names: readonly string[];
}

/** So long a list of the queues is good, in ms: to make it, all keys of the database are looked at. */
const LIST_FOR = 15_000;

/** So many queues are asked for in one go. */
const AT_ONCE = 50;

/** Reads what there is to measure of a store and its queues. It writes nothing. */
export class StoreReader {
  private readonly connection: Connection;
  private readonly log: Log;
  private listed: { readonly places: readonly Place[]; readonly at: number } | undefined;
  private reading: Promise<StoreMeasures> | undefined;
  private readonly leftOut = new Set<string>();
  private wasUp = true;

  /** @throws ConfigurationError the address is not a Redis URL, or one of its files cannot be used */
  constructor(private readonly options: StoreReaderOptions) {
    this.connection = this.connect();
    this.log = options.log;
  }

  /** A reading, also of a store that does not answer. Whoever asks while one is under way gets that one. */
  read(): Promise<StoreMeasures> {
    this.reading ??= this.attempt().finally(() => {
      this.reading = undefined;
    });
    return this.reading;
  }

  /** A reading. @throws StoreUnreachableError, ConfigurationError there is none to be had */
  async readOrThrow(): Promise<StoreMeasures> {
    const begun = performance.now();
    const info = await infoOf(this.connection);
    let { memory } = info;
    const queues = new Map<string, QueueMeasures>();
    // What a replica has is told by its primary, and is older here.
    const places = info.isReplica ? [] : await this.places(info);
    for (const { server, names } of places) {
      for (let i = 0; i < names.length; i += AT_ONCE) {
        const some = names.slice(i, i + AT_ONCE);
        const read = await server.insist(() => Promise.all(some.map((name) => this.measure(server, name))));
        for (const [at, measures] of read.entries()) if (measures) queues.set(some[at] as string, measures);
      }
      if (server !== this.connection) memory = fuller(memory, (await infoOf(server)).memory);
    }
    return { isUp: true, memory, queues, seconds: (performance.now() - begun) / 1_000 };
  }

  async close(): Promise<void> {
    this.leave();
    await this.connection.close();
  }

  private connect(): Connection {
    const { store, patience = 4_000, deadline = 2_000 } = this.options;
    return new Connection(store, { patience, deadline, log: NO_LOG, name: 'metrics' });
  }

  private async attempt(): Promise<StoreMeasures> {
    const begun = performance.now();
    try {
      const measures = await this.readOrThrow();
      if (!this.wasUp) this.log.info('Redis answers again');
      this.wasUp = true;
      return measures;
    } catch (error) {
      if (this.wasUp) this.log.warn(textOf(error));
      this.wasUp = false;
      return { isUp: false, memory: undefined, queues: new Map(), seconds: (performance.now() - begun) / 1_000 };
    }
  }

  /** Undefined where it is no queue. */
  private async measure(server: Connection, name: string): Promise<QueueMeasures | undefined> {
    try {
      return await readMeasures(server, name);
    } catch (error) {
      if (!textOf(error).includes('WRONGTYPE')) throw error;
      if (!this.leftOut.has(name))
        this.log.warn(`the queue ${name} is left out: one of its keys is used for something else`);
      this.leftOut.add(name);
      return undefined;
    }
  }

  /** Where the queues are. */
  private async places({ isCluster = false }: StoreInfo): Promise<readonly Place[]> {
    const { queues } = this.options;
    if (queues && !isCluster) return [{ server: this.connection, names: queues }];
    const now = performance.now();
    if (this.listed && (queues || now - this.listed.at < LIST_FOR)) return this.listed.places;
    // A connection follows its queue through a cluster, and two queues may be on two servers.
    const places = queues ? queues.map((name) => ({ server: this.connect(), names: [name] })) : await this.list();
    this.leave();
    this.listed = { places, at: now };
    return places;
  }

  private async list(): Promise<readonly Place[]> {
    const places: Place[] = [];
    for (const server of await serversOf(this.connection)) {
      const names = new Set<string>();
      for await (const name of queuesOn(server)) names.add(name);
      places.push({ server, names: [...names].sort() });
    }
    return places;
  }

  /** Closes what leads to the places that were listed. */
  private leave(): void {
    for (const { server } of this.listed?.places ?? []) if (server !== this.connection) server.close();
    this.listed = undefined;
  }
}

/** What a server says of itself; nothing where this user may not ask. */
async function infoOf(server: Connection): Promise<StoreInfo> {
  const text = await server.insist(() =>
    server.command('INFO').catch((error) => {
      if (textOf(error).includes('NOPERM')) return '';
      throw error;
    }),
  );
  return new StoreInfo(String(text));
}

function fuller(one: StoreMemory | undefined, other: StoreMemory | undefined): StoreMemory | undefined {
  if (!one || !other) return one ?? other;
  const [a, b] = [fullness(one), fullness(other)];
  return (a === b ? other.used > one.used : b > a) ? other : one;
}

/** What a reading comes to is said once, by the reading itself. */
const NO_LOG: Log = { info: () => undefined, warn: () => undefined };
