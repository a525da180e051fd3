import { setTimeout as sleep } from 'node:timers/promises';
import type { RedisServer } from '../local/redis';
import { type RedisCluster, startRedisCluster } from '../local/redis-cluster';
import { type RedisSentinels, startSentinels } from '../local/redis-sentinel';
import type { Connection } from '../worker/redis';
import { ClusterWire, UNKNOWN_ENDPOINT, wireHost } from './cluster';
import type { Credentials } from './credentials';
import { connectTo, type Primaries, type Store, serverOptions, type Wire } from './store';

const OTHERS = 'with replicas, the faults of the primary take the place of those of one server';

/** Longer than a busy machine lets a server wait, in ms. */
export const DOWN_AFTER = 8_000;

const AGREED_WITHIN = 120_000;

/** What has replicas has no faults of one server. */
export abstract class WithReplicas {
  readonly clock = undefined;
  readonly moves = undefined;

  get redis(): RedisServer {
    throw new Error(OTHERS);
  }

  failOver(): never {
    throw new Error(OTHERS);
  }

  restart(): never {
    throw new Error(OTHERS);
  }

  written(): never {
    throw new Error(OTHERS);
  }

  cutPower(): never {
    throw new Error(OTHERS);
  }

  remove(): never {
    throw new Error(OTHERS);
  }
}

/** A primary with two replicas and three sentinels, which name it to everybody. No wire is between them and who asks. */
export class Sentinels extends WithReplicas implements Store, Primaries {
  readonly primaries = this;
  readonly admin: Connection;
  readonly wires: readonly Wire[];
  readonly servers: readonly Connection[];

  private constructor(
    private readonly all: RedisSentinels,
    private primary: RedisServer,
    wires: number,
    readonly credentials: Credentials | undefined,
  ) {
    super();
    this.admin = connectTo(all.url, credentials);
    this.servers = all.servers.map(({ url }) => connectTo(url, credentials));
    this.wires = Array.from({ length: wires }, () => unbroken(all.url));
  }

  static async start(wires: number, credentials: Credentials | undefined): Promise<Sentinels> {
    const all = await startSentinels({ downAfter: DOWN_AFTER, ...serverOptions(credentials) });
    return new Sentinels(all, await all.primary(), wires, credentials);
  }

  override get redis(): RedisServer {
    return this.primary;
  }

  async kill(): Promise<void> {
    const old = this.primary;
    await old.kill('SIGKILL');
    await this.all.untilPromoted(old);
    await old.start();
    await this.agreed();
  }

  async silence(): Promise<void> {
    const old = this.primary;
    old.pause();
    try {
      await until('sentinels name another primary', async () => (await this.all.primary()) !== old);
    } finally {
      old.resume();
    }
    await this.agreed();
  }

  async promote(): Promise<void> {
    await this.all.failover();
    await this.agreed();
  }

  private async agreed(): Promise<void> {
    await this.all.untilAgreed();
    this.primary = await this.all.primary();
  }

  async close(): Promise<void> {
    for (const connection of [this.admin, ...this.servers]) connection.close();
    await this.all.stop();
  }
}

/** A Redis Cluster of three primaries, each with a replica, of which one has the queue. */
export class ClusterWithReplicas extends WithReplicas implements Store, Primaries {
  readonly primaries = this;
  readonly admin: Connection;
  readonly servers: readonly Connection[];

  private constructor(
    private readonly cluster: RedisCluster,
    readonly wires: readonly Wire[],
    /** The node that has the queue. */
    private owner: number,
    readonly credentials: Credentials | undefined,
  ) {
    super();
    this.admin = connectTo(`redis://${cluster.servers.map(({ port }) => `127.0.0.1:${port}`)}`, credentials);
    this.servers = cluster.urls.map((url) => connectTo(url, credentials));
  }

  static async start(queue: string, wires: number, credentials: Credentials | undefined): Promise<ClusterWithReplicas> {
    const options = serverOptions(credentials, ...UNKNOWN_ENDPOINT, '--cluster-node-timeout', String(DOWN_AFTER));
    const cluster = await startRedisCluster({ replicas: 1, ...options });
    const ports = cluster.servers.map(({ port }) => port);
    const leading = Array.from({ length: wires }, (_, wire) => ClusterWire.start(wireHost(wire), ports));
    const owner = await cluster.ownerOf(await cluster.slotOf(queue));
    return new ClusterWithReplicas(cluster, await Promise.all(leading), owner, credentials);
  }

  override get redis(): RedisServer {
    return this.cluster.servers[this.owner] as RedisServer;
  }

  async kill(): Promise<void> {
    const { redis, owner } = this;
    const replica = await this.replica();
    await redis.kill('SIGKILL');
    await this.promoted(replica);
    await redis.start();
    await this.settled(owner, replica);
  }

  async silence(): Promise<void> {
    const { redis, owner } = this;
    const replica = await this.replica();
    redis.pause();
    try {
      await this.promoted(replica);
    } finally {
      redis.resume();
    }
    await this.settled(owner, replica);
  }

  async promote(): Promise<void> {
    const { owner } = this;
    await this.settled(owner, await this.cluster.failover(owner));
  }

  async close(): Promise<void> {
    for (const connection of [this.admin, ...this.servers]) connection.close();
    await Promise.all(this.wires.map((wire) => wire.close()));
    await this.cluster.stop();
  }

  private async replica(): Promise<number> {
    const [replica] = await this.cluster.replicasOf(this.owner);
    if (replica === undefined) throw new Error(`node ${this.owner} has no replica`);
    return replica;
  }

  private async promoted(replica: number): Promise<void> {
    await until('the replica is the primary', async () => (await this.roleOf(replica))[0] === 'master');
  }

  /** One of the two is the primary, and the other one has what it has. */
  private async settled(one: number, other: number): Promise<void> {
    await until('a primary has its replica', async () => {
      const [first, second] = await Promise.all([this.roleOf(one), this.roleOf(other)]);
      const [primary, replica] = first[0] === 'master' ? [one, second] : [other, first];
      if ((await this.roleOf(primary))[0] !== 'master' || replica[0] !== 'slave' || replica[3] !== 'connected')
        return false;
      this.owner = primary;
      return true;
    });
    await this.cluster.untilAgreed();
  }

  private roleOf(node: number): Promise<string[]> {
    return this.cluster.command(node, 'ROLE') as Promise<string[]>;
  }
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (const since = performance.now(); !(await isSo().catch(() => false)); await sleep(50)) {
    if (performance.now() - since > AGREED_WITHIN) throw new Error(`not within ${AGREED_WITHIN / 1_000} s: ${what}`);
  }
}

/** No wire: sentinels name the primary itself. */
export function unbroken(url: string): Wire {
  const never = () => {
    throw new Error(OTHERS);
  };
  return { url, cut: never, setDelay: never, blackhole: never, dropReplies: never, close: async () => {} };
}
