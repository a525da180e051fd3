import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  appendOnlyFile,
  ensureRedisServer,
  type MovableClock,
  type RedisServer,
  startRedisServer,
} from '../local/redis';
import { startTcpProxy, type TcpProxy } from '../local/tcp-proxy';
import { Connection } from '../worker/redis';
import { now } from './handler-log';

const FAIL_OVER_WITHIN = 60_000;

/**
 * The most that a power cut takes, in ms. Whoever waits for the disk without `WAITAOF` waits 2 s, two rounds of
 * `appendfsync everysec`, and what is older may not go.
 */
const LOST_AT_MOST = 1_500;

const silent = { info: () => {}, warn: () => {} };
const connectTo = (url: string) => new Connection({ url }, { deadline: 2_000, log: silent, name: 'chaos' });

/** How far an append-only file was written. */
export interface Written {
  /** ms since 1970. */
  readonly at: number;
  readonly file: string;
  readonly size: number;
}

/** The Redis of a run: the primary of the moment, with an append-only file, and the wires that lead to it. */
export class Store {
  /** To the primary, past all faults of the wires. */
  readonly admin: Connection;
  private servers = 1;

  private constructor(
    private readonly dir: string,
    readonly clock: MovableClock | undefined,
    private primary: RedisServer,
    /** One for each worker, and one more for the filler. */
    readonly wires: readonly TcpProxy[],
    private readonly adminWire: TcpProxy,
  ) {
    this.admin = connectTo(adminWire.url);
  }

  static async start(dir: string, wires: number, clock: MovableClock | undefined): Promise<Store> {
    const primary = await startServer(join(dir, 'redis-0'), clock);
    const wire = () => startTcpProxy({ port: primary.port });
    return new Store(dir, clock, primary, await Promise.all(Array.from({ length: wires }, wire)), await wire());
  }

  get redis(): RedisServer {
    return this.primary;
  }

  /**
   * A new replica takes over when it has everything, also on its disk. New connections lead to it; those that are open
   * stay with the old primary, which is its replica now. Returns that one.
   */
  async failOver(): Promise<RedisServer> {
    const old = this.primary;
    const next = await startServer(join(this.dir, `redis-${this.servers++}`), this.clock);
    const replica = connectTo(next.url);
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

  /** How much is written by now. */
  written(): Written {
    const file = appendOnlyFile(this.primary);
    return { at: now(), file, size: statSync(file).size };
  }

  /**
   * Redis dies, and the tail of its file never reached the disk: what was written after the first of these points that is
   * not older than `LOST_AT_MOST`. Where `torn`, half of the tail did, and ends somewhere in a command. Starts it again, and
   * returns since when all is gone that was written.
   */
  async cutPower(points: readonly Written[], torn: boolean): Promise<number> {
    await this.primary.kill('SIGKILL');
    const dead = this.written();
    const last = points.find(({ at }) => at >= dead.at - LOST_AT_MOST) ?? dead;
    // Where a rewrite has begun meanwhile, all that is in its file is younger.
    const kept = last.file === dead.file ? Math.min(last.size, dead.size) : 0;
    truncateSync(dead.file, torn ? kept + ((dead.size - kept) >> 1) : kept);
    await this.primary.restart();
    return last.at;
  }

  /** Ends a server that was replaced, with all that it has on the disk. */
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

function startServer(dir: string, clock: MovableClock | undefined): Promise<RedisServer> {
  mkdirSync(dir, { recursive: true });
  return startRedisServer({
    appendOnly: true,
    dir,
    args: ['--repl-diskless-sync-delay', '0', ...withoutWaitAof()],
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
