import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/**
 * What becomes of a request: `pass` leads to Redis, `swallow` is never answered, `cut` ends the connection, and anything else
 * is the answer, in the protocol of Redis.
 */
export type Treatment = 'pass' | 'swallow' | 'cut' | (string & {});

/** Stands in front of a Redis on this machine and treats requests as it is told, as proxies and slow servers do. */
export class RedisFront {
  private readonly sockets = new Set<Socket>();
  /** Connections taken so far. */
  connections = 0;

  private constructor(private readonly server: Server) {}

  /**
   * @param upstream port of the Redis behind it
   * @param treat is given the text of each request and the number of its connection, from 1
   */
  static async start(
    upstream: number,
    treat: (request: string, connection: number) => Treatment | Promise<Treatment>,
  ): Promise<RedisFront> {
    const server = createServer();
    const front = new RedisFront(server);
    server.on('connection', (client) => front.accept(client, upstream, treat));
    server.listen(0, '127.0.0.1').unref();
    await once(server, 'listening');
    return front;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  private accept(
    client: Socket,
    port: number,
    treat: (request: string, connection: number) => Treatment | Promise<Treatment>,
  ): void {
    const connection = ++this.connections;
    const redis = connect({ port, host: '127.0.0.1' });
    for (const socket of [client, redis]) {
      this.sockets.add(socket);
      socket.unref().on('error', () => {});
      socket.on('close', () => {
        this.sockets.delete(socket);
        client.destroy();
        redis.destroy();
      });
    }
    redis.pipe(client);
    // Clients here wait for an answer before they ask again, or their requests are treated alike.
    client.on('data', async (bytes) => {
      const treatment = await treat(String(bytes), connection);
      if (treatment === 'pass') redis.write(bytes);
      else if (treatment === 'cut') client.destroy();
      else if (treatment !== 'swallow') client.write(treatment);
    });
  }
}
