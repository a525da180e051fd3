import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export interface TcpProxyOptions {
  /** Port on 127.0.0.1 that it stands in front of. */
  readonly port: number;
  /** How long each byte is under way, in ms, in either direction. @default 0 */
  readonly delayMs?: number;
  /** How much each connection carries, in either direction. @default - as much as there is */
  readonly bytesPerSecond?: number;
  /** Where it listens: an address of this machine, and a port. @default - a free port on 127.0.0.1 */
  readonly at?: { readonly host: string; readonly port: number };
}

/** Starts a proxy in front of a server on this machine. It keeps no event loop alive. */
export async function startTcpProxy(options: TcpProxyOptions): Promise<TcpProxy> {
  const server = createServer({ allowHalfOpen: true, noDelay: true });
  const proxy = new TcpProxy(server, options);
  const { host, port } = options.at ?? { host: '127.0.0.1', port: 0 };
  server.listen(port, host).unref();
  await once(server, 'listening');
  return proxy;
}

/** A wire that can be slow, cut, silent or lose answers; {@link startTcpProxy} makes one. */
export class TcpProxy {
  private readonly links = new Set<Link>();
  private delay: number;
  private readonly rate: number;
  private held = false;
  private repliesHeld = false;
  private losing: (() => void) | undefined;
  private upstream: number;
  /** Connections taken so far. */
  connections = 0;
  /** Bytes that clients have sent so far. */
  sent = 0;

  /** @internal */
  constructor(
    private readonly server: Server,
    { port, delayMs = 0, bytesPerSecond = Number.POSITIVE_INFINITY }: TcpProxyOptions,
  ) {
    this.upstream = port;
    this.delay = delayMs;
    this.rate = bytesPerSecond;
    server.on('connection', (client) => this.accept(client));
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Address of the proxy, for a Redis behind it. */
  get url(): string {
    return `redis://${(this.server.address() as AddressInfo).address}:${this.port}`;
  }

  /** How long each byte is under way from now on, in ms. */
  setDelay(ms: number): void {
    this.delay = ms;
  }

  /** New connections lead to another server from now on; those that are open stay with theirs, as behind a Service. */
  switchTo(port: number): void {
    this.upstream = port;
  }

  /** Resets every connection; new ones are taken. */
  cut(): void {
    for (const link of this.links) link.destroy();
  }

  /**
   * Lets nothing through, as a partition does, while connections stay open and new ones are taken. Turned off, what was
   * held arrives late, as TCP sends it again.
   */
  blackhole(on: boolean): void {
    this.held = on;
    for (const link of this.links) link.hold(on);
  }

  /** Requests arrive, answers wait until this is turned off. */
  holdReplies(on: boolean): void {
    this.repliesHeld = on;
    for (const link of this.links) link.holdReplies(on);
  }

  /**
   * Requests arrive, answers are lost. A connection that has lost one byte never carries an answer again, also when this
   * is turned off: cut it. The promise resolves with the first loss.
   */
  dropReplies(on: boolean): Promise<void> {
    return new Promise((resolve) => {
      this.losing = on ? resolve : undefined;
      if (!on) resolve();
    });
  }

  /** Cuts everything and takes no more connections. */
  async close(): Promise<void> {
    this.cut();
    if (!this.server.listening) return;
    this.server.close();
    await once(this.server, 'close');
  }

  private accept(client: Socket): void {
    this.connections++;
    const upstream = connect({ port: this.upstream, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    const link = new Link(client, upstream);
    this.links.add(link);
    client.on('data', (bytes) => {
      this.sent += bytes.length;
    });
    const delay = () => this.delay;
    const requests = new Pipe(client, upstream, this.rate, delay);
    const replies = new Pipe(upstream, client, this.rate, delay, () => this.losing);
    link.pipes = { requests, replies };
    if (this.held) link.hold(true);
    if (this.repliesHeld) link.holdReplies(true);
    for (const socket of [client, upstream]) {
      socket.unref();
      socket.on('error', () => link.destroy());
      socket.on('close', () => {
        this.links.delete(link);
        link.destroy();
      });
    }
  }
}

/** One connection through the proxy. */
class Link {
  pipes: { readonly requests: Pipe; readonly replies: Pipe } | undefined;

  constructor(
    private readonly client: Socket,
    private readonly upstream: Socket,
  ) {}

  hold(on: boolean): void {
    this.pipes?.requests.hold(on);
    this.pipes?.replies.hold(on);
  }

  holdReplies(on: boolean): void {
    this.pipes?.replies.hold(on);
  }

  destroy(): void {
    this.pipes?.requests.close();
    this.pipes?.replies.close();
    for (const socket of [this.client, this.upstream]) {
      // A reset fails while the socket is being shut down, and Node would then never close it, nor come to its end.
      if (socket.writableEnded) socket.destroy();
      else socket.resetAndDestroy();
    }
  }
}

/** Bytes that are read while so many are still under way make the sender wait; on a slow wire, those of so many seconds. */
const ROOM = 1_048_576;
const ROOM_SECONDS = 0.1;

/** One direction of a connection: chunks arrive in order, each after its delay. */
class Pipe {
  private readonly queue: { readonly bytes: Buffer | undefined; readonly due: number }[] = [];
  private queued = 0;
  /** When all that was taken has been carried. */
  private free = 0;
  private timer: NodeJS.Timeout | undefined;
  private held = false;
  private deaf = false;
  private closed = false;

  constructor(
    private readonly from: Socket,
    private readonly to: Socket,
    private readonly rate: number,
    private readonly delay: () => number,
    private readonly losing: () => (() => void) | undefined = () => undefined,
  ) {
    from.on('data', (bytes) => this.take(bytes));
    from.on('end', () => this.take(undefined));
    to.on('drain', () => this.flow());
  }

  hold(on: boolean): void {
    this.held = on;
    this.flow();
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
  }

  private take(bytes: Buffer | undefined): void {
    const lost = bytes && this.losing();
    if (lost) {
      this.deaf = true;
      lost();
    }
    if (this.deaf && bytes) return;
    this.free = Math.max(this.free, performance.now()) + (1_000 * (bytes?.length ?? 0)) / this.rate;
    this.queue.push({ bytes, due: this.free + this.delay() });
    this.queued += bytes?.length ?? 0;
    this.flow();
  }

  private flow(): void {
    if (this.closed) return;
    clearTimeout(this.timer);
    this.timer = undefined;
    while (!this.held && this.queue.length > 0 && !this.to.writableNeedDrain) {
      const { bytes, due } = this.queue[0]!;
      const wait = due - performance.now();
      if (wait > 0) {
        this.timer = setTimeout(() => this.flow(), wait).unref();
        break;
      }
      this.queue.shift();
      this.queued -= bytes?.length ?? 0;
      if (bytes) this.to.write(bytes);
      else this.to.end();
    }
    if (this.queued > Math.min(ROOM, this.rate * ROOM_SECONDS)) this.from.pause();
    else this.from.resume();
  }
}
