import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  appendOnlyFile,
  cutTornTransaction,
  ensureRedisServer,
  type MovableClock,
  type RedisServer,
  type RedisServerOptions,
  startRedisServer,
} from '../local/redis';
import { startTcpProxy, type TcpProxy } from '../local/tcp-proxy';
import { Connection } from '../worker/redis';
import type { StoreAddress } from '../worker/settings';
import type { Credentials } from './credentials';
import { now } from './handler-log';
import type { SlotMoves } from './slot-moves';

const FAIL_OVER_WITHIN = 60_000;

/**
 * The most that a power cut takes, in ms. Whoever waits for the disk without `WAITAOF` waits 2 s, two rounds of
 * `appendfsync everysec`, and what is older may not go.
 */
const LOST_AT_MOST = 1_500;

const silent = { info: () => {}, warn: () => {} };

/** A connection of the harness itself. */
export function connectTo(url: string, credentials?: Credentials): Connection {
  const address = credentials ? { url: byTls(url), caFile: credentials.client.caFile } : { url };
  return new Connection(address, { deadline: 2_000, log: silent, name: 'chaos' });
}

/** An address of the run, for clients with these credentials. */
export function addressOf({ url }: Wire, credentials: Credentials | undefined): StoreAddress {
  return credentials ? { url: byTls(url), ...credentials.client } : { url };
}

const byTls = (url: string) => url.replace(/^redis:/, 'rediss:');

/** What leads to Redis, and can be slow, cut, silent or lose answers. */
export type Wire = Pick<TcpProxy, 'url' | 'cut' | 'setDelay' | 'blackhole' | 'dropReplies' | 'close'>;

/** How far an append-only file was written. */
export interface Written {
  /** ms since 1970. */
  readonly at: number;
  readonly file: string;
  readonly size: number;
}

/** What puts a replica in the place of the primary. Each resolves when all servers are back, and agree. */
export interface Primaries {
  /** The primary dies; it comes back once a replica has taken over. */
  kill(): Promise<void>;
  /** The primary hears and says nothing until a replica has taken over; it does not know of that when it wakes. */
  silence(): Promise<void>;
  /** A sentinel is told to put another one in its place. */
  promote(): Promise<void>;
}

/** What happens to the members of a replicated store. Each resolves when all of them are ready. */
export interface MemberLosses {
  lose(which: 'primary' | 'replica'): Promise<void>;
  roll(): Promise<void>;
  killSentinel(member: number, pass: () => Promise<void>): Promise<void>;
  killAll(): Promise<void>;
}

/** The Redis of a run, with an append-only file, and the wires that lead to it. */
export interface Store {
  /** To the queue, past all faults of the wires. */
  readonly admin: Connection;
  /** To each server. */
  readonly servers: readonly Connection[];
  /** One for each worker, and more for the filler and the simulated incarnations. */
  readonly wires: readonly Wire[];
  readonly clock: MovableClock | undefined;
  /** The server that has the queue. */
  readonly redis: RedisServer;
  /** What servers and clients show each other, where they do. */
  readonly credentials: Credentials | undefined;
  /** What moves the queue between servers, where there are several. */
  readonly moves: SlotMoves | undefined;
  /** What puts a replica in the place of the primary, where sentinels do. */
  readonly primaries: Primaries | undefined;
  /** What happens to its pods, where it is made of some. */
  readonly members?: MemberLosses;
  /** Ends the server that has the queue, and starts it again. */
  restart(signal: NodeJS.Signals): Promise<void>;
  /** How much that server has written by now. */
  written(): Written;
  /**
   * That server dies, and the tail of its file never reached the disk: what was written after the first of these points that
   * is not older than a power cut may take. Where `torn`, half of the tail did, and ends somewhere in a command. Starts it
   * again, and returns since when all is gone that was written.
   */
  cutPower(points: readonly Written[], torn: boolean): Promise<number>;
  /**
   * A new replica takes over when it has everything, also on its disk. New connections lead to it; those that are open
   * stay with the old primary, which is its replica now. Returns that one.
   */
  failOver(): Promise<RedisServer>;
  /** Ends a server that was replaced, with all that it has on the disk. */
  remove(old: RedisServer): Promise<void>;
  close(): Promise<void>;
}

/** One server: the primary of the moment. */
export class OneServer implements Store {
  readonly admin: Connection;
  readonly servers: readonly Connection[];
  readonly moves = undefined;
  readonly primaries = undefined;
  private started = 1;

  private constructor(
    private readonly dir: string,
    readonly clock: MovableClock | undefined,
    private primary: RedisServer,
    readonly wires: readonly TcpProxy[],
    private readonly adminWire: TcpProxy,
    readonly credentials: Credentials | undefined,
  ) {
    this.admin = connectTo(adminWire.url, credentials);
    this.servers = [this.admin];
  }

  static async start(
    dir: string,
    wires: number,
    clock: MovableClock | undefined,
    credentials: Credentials | undefined,
  ): Promise<OneServer> {
    const primary = await startServer(join(dir, 'redis-0'), clock, credentials);
    const wire = () => startTcpProxy({ port: primary.port });
    const leading = await Promise.all(Array.from({ length: wires }, wire));
    return new OneServer(dir, clock, primary, leading, await wire(), credentials);
  }

  get redis(): RedisServer {
    return this.primary;
  }

  restart(signal: NodeJS.Signals): Promise<void> {
    return this.primary.restart(signal);
  }

  async failOver(): Promise<RedisServer> {
    const old = this.primary;
    const next = await startServer(join(this.dir, `redis-${this.started++}`), this.clock, this.credentials);
    const replica = connectTo(next.url, this.credentials);
    try {
      await replica.command('REPLICAOF', '127.0.0.1', old.port);
      await until('the replica is in sync', async () => {
        const info = String(await replica.command('INFO'));
        // What it says before the rewrite has ended is not on its disk.
        return /^master_link_status:up/m.test(info) && /^aof_rewrite_in_progress:0/m.test(info);
      });
      await until('the replica is promoted', async () => {
        if (/^role:master/m.test(String(await replica.command('INFO', 'replication')))) return true;
        await this.admin.command('FAILOVER', 'TO', '127.0.0.1', next.port);
        return false;
      });
    } finally {
      replica.close();
    }
    this.primary = next;
    for (const wire of [...this.wires, this.adminWire]) wire.switchTo(next.port);
    this.adminWire.cut();
    return old;
  }

  written(): Written {
    return writtenBy(this.primary);
  }

  cutPower(points: readonly Written[], torn: boolean): Promise<number> {
    return cutPowerOf(this.primary, points, torn);
  }

  async remove(old: RedisServer): Promise<void> {
    await old.kill('SIGKILL');
    rmSync(old.dir, { recursive: true, force: true });
  }

  async close(): Promise<void> {
    this.admin.close();
    await Promise.all([...this.wires, this.adminWire].map((wire) => wire.close()));
    await this.primary.stop();
  }
}

/** How much a server has written by now. */
export function writtenBy(server: RedisServer): Written {
  const file = appendOnlyFile(server);
  return { at: now(), file, size: statSync(file).size };
}

/** {@link Store.cutPower} of a server. */
export async function cutPowerOf(server: RedisServer, points: readonly Written[], torn: boolean): Promise<number> {
  await server.kill('SIGKILL');
  const dead = writtenBy(server);
  const last = points.find(({ at }) => at >= dead.at - LOST_AT_MOST) ?? dead;
  // Where a rewrite has begun meanwhile, all that is in its file is younger.
  const kept = last.file === dead.file ? Math.min(last.size, dead.size) : 0;
  truncateSync(dead.file, torn ? kept + ((dead.size - kept) >> 1) : kept);
  cutTornTransaction(dead.file);
  await server.restart();
  return last.at;
}

function startServer(
  dir: string,
  clock: MovableClock | undefined,
  credentials: Credentials | undefined,
): Promise<RedisServer> {
  mkdirSync(dir, { recursive: true });
  return startRedisServer({
    dir,
    ...serverOptions(credentials, '--repl-diskless-sync-delay', '0'),
    ...(clock && { clock }),
  });
}

/**
 * With `appendfsync always` all is on disk at once, and WAITAOF would say so of what a power cut takes. Without it, fills
 * wait as long as `everysec` may take.
 */
function withoutWaitAof(): string[] {
  const version = execFileSync(ensureRedisServer(), ['--version'], { encoding: 'utf8' });
  const [, major = '0', minor = '0'] = / v=(\d+)\.(\d+)/.exec(version) ?? [];
  const knowsIt = Number(major) > 7 || (major === '7' && Number(minor) >= 2);
  return knowsIt ? ['--rename-command', 'WAITAOF', 'WAITAOF-IS-OFF'] : [];
}

/** How servers of a run are started. */
export function serverOptions(
  credentials: Credentials | undefined,
  ...args: readonly string[]
): Pick<RedisServerOptions, 'appendOnly' | 'args' | 'tls'> {
  const { args: more = [], ...rest } = credentials?.server ?? {};
  return { appendOnly: true, ...rest, args: [...args, ...more, ...withoutWaitAof()] };
}

/** Asks again and again; a question that fails is asked again, too. */
async function until(what: string, ask: () => Promise<boolean>): Promise<void> {
  let error: unknown;
  for (const since = performance.now(); performance.now() - since < FAIL_OVER_WITHIN; await sleep(20)) {
    try {
      if (await ask()) return;
    } catch (failure) {
      error = failure;
    }
  }
  throw new Error(`not within ${FAIL_OVER_WITHIN / 1_000} s: ${what}`, { cause: error });
}
