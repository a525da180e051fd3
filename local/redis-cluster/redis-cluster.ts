import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '../../worker/redis';
import { type RedisServer, type RedisServerOptions, startRedisServer } from '../redis';

/** Slots of every cluster. */
const SLOTS = 16_384;
/** Time that one MIGRATE may take, in ms. */
const MIGRATE_WITHIN = 30_000;
const AGREED_WITHIN_MS = 60_000;

export interface RedisClusterOptions extends Pick<RedisServerOptions, 'args' | 'password' | 'appendOnly'> {
  /** Primaries; they have no replicas. @default 3 */
  readonly nodes?: number;
}

/** Starts a private Redis Cluster on 127.0.0.1 and resolves when each of its nodes serves all slots. */
export async function startRedisCluster({
  nodes = 3,
  args = [],
  ...options
}: RedisClusterOptions = {}): Promise<RedisCluster> {
  const servers: RedisServer[] = [];
  try {
    for (let node = 0; node < nodes; node++) {
      servers.push(await startRedisServer({ ...options, args: ['--cluster-enabled', 'yes', ...args] }));
    }
    const cluster = new RedisCluster(servers, options.password);
    await cluster.form();
    return cluster;
  } catch (error) {
    await Promise.all(servers.map((server) => server.stop()));
    throw error;
  }
}

/** A private Redis Cluster; `startRedisCluster` makes one. Its nodes are told by their number, from 0 on. */
export class RedisCluster {
  private readonly connections: readonly Connection[];

  /** @internal */
  constructor(
    readonly servers: readonly RedisServer[],
    readonly password: string | undefined,
  ) {
    this.connections = servers.map(({ url }) => new Connection({ url }, { name: 'redis-cluster' }));
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
    const ranges = (await this.command(0, 'CLUSTER', 'SLOTS')) as [number, number, [string, number]][];
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

  /** Resolves when all nodes agree on who serves what, and serve it. */
  async untilAgreed(): Promise<void> {
    for (const since = performance.now(); !(await this.areAgreed()); await sleep(20)) {
      if (performance.now() - since > AGREED_WITHIN_MS) throw new Error('the nodes of the Redis Cluster do not agree');
    }
  }

  /** Ends all nodes and removes their folders. */
  async stop(): Promise<void> {
    for (const connection of this.connections) connection.close();
    await Promise.all(this.servers.map((server) => server.stop()));
  }

  /** @internal */
  async form(): Promise<void> {
    const share = SLOTS / this.servers.length;
    for (const [node] of this.servers.entries()) {
      await this.command(node, 'CLUSTER', 'SET-CONFIG-EPOCH', node + 1);
      const first = Math.round(node * share);
      const slots = Array.from({ length: Math.round((node + 1) * share) - first }, (_, at) => first + at);
      await this.command(node, 'CLUSTER', 'ADDSLOTS', ...slots);
      if (node > 0) await this.command(node, 'CLUSTER', 'MEET', '127.0.0.1', this.server(0).port);
    }
    await this.untilAgreed();
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

  private async areAgreed(): Promise<boolean> {
    const views = await Promise.all(
      this.connections.map(async (connection) => {
        if (!/cluster_state:ok/.test(String(await connection.command('CLUSTER', 'INFO')))) return undefined;
        const ranges = (await connection.command('CLUSTER', 'SLOTS')) as [number, number, [string, number]][];
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
