import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '../../worker/redis';
import { type RedisServer, type RedisServerOptions, startRedisServer } from '../redis';

/** Slots of every cluster. */
const SLOTS = 16_384;
/** Time that one MIGRATE may take, in ms. */
const MIGRATE_WITHIN = 30_000;
const AGREED_WITHIN_MS = 60_000;
/** How long a replica tries to take over by hand. */
const FAILOVER_MS = 5_500;

/** The timeout also paces what nodes say of each other, such as who became a replica. */
const REPLICATION = [
  '--cluster-node-timeout',
  '5000',
  '--repl-diskless-sync-delay',
  '0',
  '--repl-ping-replica-period',
  '1',
];

/** What a node says of some slots: the first and the last one, and their primary. */
type Range = [first: number, last: number, primary: [host: string, port: number]];

export interface RedisClusterOptions extends Pick<RedisServerOptions, 'args' | 'password' | 'appendOnly' | 'tls'> {
  /** Primaries. @default 3 */
  readonly nodes?: number;
  /** Replicas of each primary. @default 0 */
  readonly replicas?: number;
}

/** Starts a private Redis Cluster on 127.0.0.1 and resolves when each of its nodes serves all slots. */
export async function startRedisCluster({
  nodes = 3,
  replicas = 0,
  args = [],
  ...options
}: RedisClusterOptions = {}): Promise<RedisCluster> {
  const servers: RedisServer[] = [];
  const quick = replicas > 0 ? REPLICATION : [];
  try {
    for (let node = 0; node < nodes * (1 + replicas); node++) {
      servers.push(await startRedisServer({ ...options, args: ['--cluster-enabled', 'yes', ...quick, ...args] }));
    }
    const cluster = new RedisCluster(servers, options.password);
    await cluster.form(nodes);
    return cluster;
  } catch (error) {
    await Promise.all(servers.map((server) => server.stop()));
    throw error;
  }
}

/**
 * A private Redis Cluster; `startRedisCluster` makes one. Its nodes are told by their number, from 0 on: those that are
 * primaries at first, then their replicas.
 */
export class RedisCluster {
  private readonly connections: readonly Connection[];

  /** @internal */
  constructor(
    readonly servers: readonly RedisServer[],
    readonly password: string | undefined,
  ) {
    this.connections = servers.map(({ address }) => new Connection(address, { name: 'redis-cluster' }));
  }

  /** Addresses of the nodes. */
  get urls(): readonly string[] {
    return this.servers.map(({ url }) => url);
  }

  /** Sends a command to one node. */
  command(node: number, name: string, ...args: (string | number | Uint8Array)[]): Promise<unknown> {
    return this.at(node).command(name, ...args);
  }

  /** The slot of a key. */
  async slotOf(key: string): Promise<number> {
    return Number(await this.command(0, 'CLUSTER', 'KEYSLOT', key));
  }

  /** The node that serves a slot. */
  async ownerOf(slot: number): Promise<number> {
    const ranges = (await this.command(0, 'CLUSTER', 'SLOTS')) as Range[];
    const [, , primary] = ranges.find(([first, last]) => first <= slot && slot <= last) ?? [];
    return this.servers.findIndex(({ port }) => port === primary?.[1]);
  }

  /** Moves a slot and its keys from one node to another. */
  async moveSlot(slot: number, from: number, to: number): Promise<void> {
    const move = this.slotMove(slot, from, to);
    await move.begin();
    await move.keys();
    await move.finish();
  }

  /** The same, step by step. */
  slotMove(slot: number, from: number, to: number): SlotMove {
    return new SlotMove(this, slot, from, to);
  }

  /** The nodes that run and replicate this one. */
  async replicasOf(node: number): Promise<readonly number[]> {
    const [, ...said] = (await this.command(node, 'ROLE')) as [string, number, [string, string][]];
    const ports = said[1].map(([, port]) => Number(port));
    return [...this.servers.keys()].filter((replica) => ports.includes(this.server(replica).port));
  }

  /** Hands the slots of a primary to a replica of it by hand, and resolves with that when all agree. */
  async failover(node: number): Promise<number> {
    const [replica] = await this.replicasOf(node);
    if (replica === undefined) throw new Error(`Node ${node} has no replica.`);
    for (let asked = -FAILOVER_MS; !(await this.isPrimary(replica)); await sleep(20)) {
      // One that found no majority within its five seconds is over.
      if (performance.now() - asked < FAILOVER_MS) continue;
      await this.command(replica, 'CLUSTER', 'FAILOVER');
      asked = performance.now();
    }
    await this.untilPromoted(replica);
    return replica;
  }

  /** Resolves when this node is a primary and all nodes that run agree. */
  async untilPromoted(node: number): Promise<void> {
    await until('a replica is promoted', () => this.isPrimary(node));
    await this.untilAgreed();
  }

  /** Resolves when all nodes that run agree on who serves what, and serve it. */
  async untilAgreed(): Promise<void> {
    await until('the nodes of the Redis Cluster agree', () => this.areAgreed());
  }

  /** Ends all nodes and removes their folders. */
  async stop(): Promise<void> {
    for (const connection of this.connections) connection.close();
    await Promise.all(this.servers.map((server) => server.stop()));
  }

  /** @internal */
  async form(primaries: number): Promise<void> {
    const share = SLOTS / primaries;
    for (const [node] of this.servers.entries()) {
      await this.command(node, 'CLUSTER', 'SET-CONFIG-EPOCH', node + 1);
      if (node > 0) await this.command(node, 'CLUSTER', 'MEET', '127.0.0.1', this.server(0).port);
      if (node >= primaries) continue;
      const first = Math.round(node * share);
      const slots = Array.from({ length: Math.round((node + 1) * share) - first }, (_, at) => first + at);
      await this.command(node, 'CLUSTER', 'ADDSLOTS', ...slots);
    }
    await this.untilAgreed();
    const replicas = [...this.servers.keys()].slice(primaries);
    await Promise.all(replicas.map((node) => this.follow(node, node % primaries)));
  }

  /** @internal */
  at(node: number): Connection {
    const connection = this.connections[node];
    if (!connection) throw new Error(`There is no node ${node} of ${this.servers.length}.`);
    return connection;
  }

  /** @internal */
  server(node: number): RedisServer {
    this.at(node);
    return this.servers[node] as RedisServer;
  }

  private async follow(node: number, primary: number): Promise<void> {
    const id = String(await this.command(primary, 'CLUSTER', 'MYID'));
    await this.command(node, 'CLUSTER', 'REPLICATE', id);
    const isFollowing = async () => {
      const [role, , , link] = (await this.command(node, 'ROLE')) as string[];
      if (role !== 'slave' || link !== 'connected') return false;
      const views = await Promise.all(this.servers.map((_, each) => this.command(each, 'CLUSTER', 'NODES')));
      return views.every((view) => new RegExp(`:${this.server(node).port}@.*slave ${id}`).test(String(view)));
    };
    await until('a replica follows its primary', isFollowing);
  }

  private async isPrimary(node: number): Promise<boolean> {
    return ((await this.command(node, 'ROLE')) as string[])[0] === 'master';
  }

  private async areAgreed(): Promise<boolean> {
    const running = this.connections.filter((_, node) => this.server(node).isRunning);
    const views = await Promise.all(
      running.map(async (connection) => {
        if (!/cluster_state:ok/.test(String(await connection.command('CLUSTER', 'INFO')))) return undefined;
        const ranges = (await connection.command('CLUSTER', 'SLOTS')) as Range[];
        const slots = ranges.map(([first, last, [, port]]) => `${first}-${last} ${port}`);
        return slots.sort().join();
      }),
    );
    return views[0] !== undefined && new Set(views).size === 1;
  }
}

/** A slot on its way from one node to another: the classic way, which splits its keys between both meanwhile. */
export class SlotMove {
  /** @internal */
  constructor(
    private readonly cluster: RedisCluster,
    readonly slot: number,
    readonly from: number,
    readonly to: number,
  ) {}

  /** From now on the old node redirects for keys that it does not have. */
  async begin(): Promise<void> {
    const { cluster, slot, from, to } = this;
    await cluster.command(to, 'CLUSTER', 'SETSLOT', slot, 'IMPORTING', await this.idOf(from));
    await cluster.command(from, 'CLUSTER', 'SETSLOT', slot, 'MIGRATING', await this.idOf(to));
  }

  /** Moves so many keys at most, and returns how many there were. */
  async keys(limit = Number.POSITIVE_INFINITY): Promise<number> {
    const { cluster, slot, from } = this;
    let moved = 0;
    while (moved < limit) {
      const count = Math.min(100, limit - moved);
      const keys = (await cluster.at(from).bytes('CLUSTER', 'GETKEYSINSLOT', slot, count)) as Buffer[];
      if (keys.length === 0) break;
      await this.migrate(keys);
      moved += keys.length;
    }
    return moved;
  }

  /** Moves this key alone. */
  async key(key: string): Promise<void> {
    await this.migrate([key]);
  }

  /** The new node serves the slot; no key may be left on the old one. */
  async finish(): Promise<void> {
    const { cluster, slot, from, to } = this;
    const id = await this.idOf(to);
    const others = [...cluster.servers.keys()].filter((node) => node !== to && node !== from);
    for (const node of [to, from, ...others]) await cluster.command(node, 'CLUSTER', 'SETSLOT', slot, 'NODE', id);
  }

  private async migrate(keys: readonly (string | Uint8Array)[]): Promise<void> {
    const { cluster, from, to } = this;
    const { password } = cluster;
    const auth = password === undefined ? [] : ['AUTH', password];
    const target = ['127.0.0.1', cluster.server(to).port, '', 0, MIGRATE_WITHIN];
    await cluster.command(from, 'MIGRATE', ...target, ...auth, 'KEYS', ...keys);
  }

  private async idOf(node: number): Promise<string> {
    return String(await this.cluster.command(node, 'CLUSTER', 'MYID'));
  }
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (const since = performance.now(); !(await isSo()); await sleep(20)) {
    if (performance.now() - since > AGREED_WITHIN_MS)
      throw new Error(`Waited ${AGREED_WITHIN_MS / 1_000} s until ${what}.`);
  }
}
