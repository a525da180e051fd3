import type { RedisServer } from '../local/redis';
import type { RedisCluster, SlotMove } from '../local/redis-cluster';
import { queueKeys } from '../worker/contract';
import type { Connection } from '../worker/redis';
import { Random } from './random';

/** So many portions make up the keys of a slot. */
const PORTIONS = 10;
/** Within this time, in ms, a server moves a slot at once. */
const MOVED_WITHIN = 60_000;
/** More than a queue has keys. */
const ALL = 1_000_000;

/** What happens while a slot moves. */
export interface OnTheWay {
  /** Between two portions. */
  readonly pause: () => Promise<void>;
  /** When half of the keys have moved. */
  readonly half?: () => Promise<void>;
  /** A node that dies then, and starts again: the new one of the slot, or the old one. */
  readonly dies?: 'from' | 'to';
}

/** Moves the slot of the queue from node to node, one move after the other. */
export class SlotMoves {
  /** Keys that were on two nodes at once, other than by a node that died. */
  readonly twins: string[] = [];

  private constructor(
    private readonly cluster: RedisCluster,
    private readonly servers: readonly Connection[],
    private readonly queue: string,
    private readonly slot: number,
    /** The node that has the queue. */
    private at: number,
    /** What the servers have to move a slot at once. */
    readonly atomic: 'CLUSTER MIGRATION' | 'CLUSTER MIGRATESLOTS' | undefined,
    private readonly loses: boolean,
  ) {}

  static async of(
    cluster: RedisCluster,
    servers: readonly Connection[],
    queue: string,
    loses: boolean,
  ): Promise<SlotMoves> {
    const slot = await cluster.slotOf(queue);
    const help = String(await cluster.command(0, 'CLUSTER', 'HELP'));
    const words = ['CLUSTER MIGRATION', 'CLUSTER MIGRATESLOTS'] as const;
    const atomic = words.find((word) => new RegExp(`\\b${word.slice('CLUSTER '.length)}\\b`).test(help));
    return new SlotMoves(cluster, servers, queue, slot, await cluster.ownerOf(slot), atomic, loses);
  }

  get owner(): number {
    return this.at;
  }

  /** The classic way: key by key, in an order that the seed decides. */
  async move(to: number, seed: number, way: OnTheWay): Promise<void> {
    const move = this.cluster.slotMove(this.slot, this.at, to);
    await this.insist(to, () => move.begin());
    await this.carry(move, seed, way, false);
    await this.insist(to, () => move.finish());
    this.at = to;
    await this.agreed();
  }

  /**
   * Half of the way, and back. What has moved comes back to a node that takes the slot for its own again, and would not
   * know that something is missing: `alone` is the time in which no client reaches it.
   */
  async turnBack(to: number, seed: number, way: OnTheWay, alone: (act: () => Promise<void>) => Promise<void>) {
    const { cluster, slot, at } = this;
    const move = cluster.slotMove(slot, at, to);
    await this.insist(to, () => move.begin());
    await this.carry(move, seed, way, true);
    await alone(async () => {
      await cluster.command(at, 'CLUSTER', 'SETSLOT', slot, 'STABLE');
      await this.insist(to, () => cluster.slotMove(slot, to, at).keys());
      await cluster.command(to, 'CLUSTER', 'SETSLOT', slot, 'STABLE');
    });
  }

  /** As servers do it that can: no client ever sees half a slot. */
  async moveAtOnce(to: number): Promise<void> {
    const { cluster, slot, at } = this;
    if (this.atomic === 'CLUSTER MIGRATION') await cluster.command(to, 'CLUSTER', 'MIGRATION', 'IMPORT', slot, slot);
    else {
      const id = String(await cluster.command(to, 'CLUSTER', 'MYID'));
      await cluster.command(at, 'CLUSTER', 'MIGRATESLOTS', 'SLOTSRANGE', slot, slot, 'NODE', id);
    }
    const since = performance.now();
    while ((await cluster.ownerOf(slot)) !== to) {
      if (performance.now() - since > MOVED_WITHIN) throw new Error(`the slot did not move within ${MOVED_WITHIN} ms`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    this.at = to;
    await this.agreed();
  }

  /** Resolves when all nodes agree, and serve what they have. */
  agreed(): Promise<void> {
    return this.insist(0, () => this.cluster.untilAgreed());
  }

  /** Portion by portion, until no key is left, or only as far as half of them. */
  private async carry(move: SlotMove, seed: number, way: OnTheWay, halfOnly: boolean): Promise<void> {
    const { cluster } = this;
    const random = new Random(seed);
    const atFirst = (await this.keysAt(move.from)).length;
    let died = false;
    let half = false;
    let loses = this.loses;
    for (let left = await this.keysAt(move.from); left.length > 0; left = await this.keysAt(move.from)) {
      if (!half && left.length <= atFirst / 2) {
        half = true;
        if (halfOnly) return;
        await way.half?.();
        if (way.dies) {
          died = true;
          await (cluster.servers[move[way.dies]] as RedisServer).restart('SIGKILL');
          await this.insist(move[way.dies], () => cluster.command(move[way.dies!], 'PING'));
          await this.agreed();
        }
      }
      for (const key of random.shuffle(left).slice(0, Math.max(1, Math.ceil(atFirst / PORTIONS)))) {
        if (loses && this.isLost(key)) {
          loses = false;
          await cluster.command(move.from, 'DEL', key);
          continue;
        }
        await this.insist(move.from, () => this.carryKey(move, key, died));
      }
      await way.pause();
    }
  }

  /** One that is on the new node already is a twin, unless a node died between its coming there and its going here. */
  private async carryKey(move: SlotMove, key: string, died: boolean): Promise<void> {
    try {
      await move.key(key);
    } catch (error) {
      if (!/\bBUSYKEY\b/.test(String(error))) throw error;
      if (!died) this.twins.push(key);
      const { port } = this.cluster.servers[move.to] as RedisServer;
      await this.cluster.command(move.from, 'MIGRATE', '127.0.0.1', port, key, 0, MOVED_WITHIN, 'REPLACE');
    }
  }

  private isLost(key: string): boolean {
    const { waiting, held } = queueKeys(this.queue);
    return key === waiting || key.startsWith(held);
  }

  private async keysAt(node: number): Promise<string[]> {
    const ask = () => this.cluster.command(node, 'CLUSTER', 'GETKEYSINSLOT', this.slot, ALL);
    return (await this.insist(node, ask)) as string[];
  }

  /** Again and again while a node starts. */
  private insist<T>(node: number, act: () => Promise<T>): Promise<T> {
    return (this.servers[node] as Connection).insist(act);
  }
}
