import type { RedisServer } from '../local/redis';
import { type RedisCluster, startRedisCluster } from '../local/redis-cluster';
import { startTcpProxy, type TcpProxy } from '../local/tcp-proxy';
import type { Connection } from '../worker/redis';
import type { Credentials } from './credentials';
import { SlotMoves } from './slot-moves';
import { connectTo, cutPowerOf, type Store, serverOptions, type Wire, type Written, writtenBy } from './store';

/** Every node says of another one only its port, so that a client goes there by the address by which it came. */
export const UNKNOWN_ENDPOINT = ['--cluster-preferred-endpoint-type', 'unknown-endpoint'];

/** Where a wire to the nodes of a cluster is. */
export const wireHost = (wire: number) => `127.0.1.${wire + 1}`;

/** A Redis Cluster of three nodes, of which one has the queue. Each wire leads to all of them. */
export class Cluster implements Store {
  readonly clock = undefined;
  readonly primaries = undefined;
  readonly admin: Connection;

  private constructor(
    private readonly cluster: RedisCluster,
    readonly servers: readonly Connection[],
    readonly wires: readonly Wire[],
    readonly moves: SlotMoves,
    readonly credentials: Credentials | undefined,
  ) {
    this.admin = connectTo(this.redis.url, credentials);
  }

  /** @param loses each move of the slot loses a key */
  static async start(
    queue: string,
    wires: number,
    loses: boolean,
    credentials: Credentials | undefined,
  ): Promise<Cluster> {
    const options = serverOptions(credentials, ...UNKNOWN_ENDPOINT, '--repl-diskless-sync-delay', '0');
    const cluster = await startRedisCluster({ nodes: 3, ...options });
    const servers = cluster.urls.map((url) => connectTo(url, credentials));
    try {
      const ports = cluster.servers.map(({ port }) => port);
      const leading = Array.from({ length: wires }, (_, wire) => ClusterWire.start(wireHost(wire), ports));
      return new Cluster(
        cluster,
        servers,
        await Promise.all(leading),
        await SlotMoves.of(cluster, servers, queue, loses),
        credentials,
      );
    } catch (error) {
      for (const server of servers) server.close();
      await cluster.stop();
      throw error;
    }
  }

  get redis(): RedisServer {
    return this.cluster.servers[this.moves.owner] as RedisServer;
  }

  async restart(signal: NodeJS.Signals): Promise<void> {
    await this.redis.restart(signal);
    await this.moves.agreed();
  }

  written(): Written {
    return writtenBy(this.redis);
  }

  async cutPower(points: readonly Written[], torn: boolean): Promise<number> {
    const since = await cutPowerOf(this.redis, points, torn);
    await this.moves.agreed();
    return since;
  }

  failOver(): Promise<RedisServer> {
    throw new Error('the nodes have no replicas');
  }

  async remove(): Promise<void> {}

  async close(): Promise<void> {
    for (const connection of [this.admin, ...this.servers]) connection.close();
    await Promise.all(this.wires.map((wire) => wire.close()));
    await this.cluster.stop();
  }
}

/** A wire to each node: on an address of its own, and there on the ports of the nodes. */
export class ClusterWire implements Wire {
  private constructor(private readonly parts: readonly TcpProxy[]) {}

  static async start(host: string, ports: readonly number[]): Promise<ClusterWire> {
    const starting = ports.map((port) => startTcpProxy({ port, at: { host, port } }));
    return new ClusterWire(await Promise.all(starting));
  }

  get url(): string {
    return (this.parts[0] as TcpProxy).url;
  }

  cut(): void {
    for (const part of this.parts) part.cut();
  }

  setDelay(ms: number): void {
    for (const part of this.parts) part.setDelay(ms);
  }

  blackhole(on: boolean): void {
    for (const part of this.parts) part.blackhole(on);
  }

  async dropReplies(on: boolean): Promise<void> {
    await Promise.race(this.parts.map((part) => part.dropReplies(on)));
  }

  async close(): Promise<void> {
    await Promise.all(this.parts.map((part) => part.close()));
  }
}
