import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CONTENT_TYPE, exposition } from './exposition';
import { familiesOf } from './families';
import type { ListenAddress } from './listen-address';
import type { StoreReader } from './store-reader';

/** Serves what a store has to measure: `/metrics` to Prometheus, `/healthz` to a kubelet. */
export class MetricsServer {
  private constructor(
    private readonly server: Server,
    /** Where it listens; the port is the one that it got. */
    readonly address: ListenAddress,
  ) {}

  /** Starts it; resolves when it listens. Rejects with the error of the system where it cannot. */
  static async start(reader: StoreReader, { host, port }: ListenAddress): Promise<MetricsServer> {
    const server = createServer((request, response) => {
      answer(reader, request, response).catch(() => response.destroy());
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ port, ...(host !== undefined && { host }) }, resolve);
    });
    return new MetricsServer(server, { host, port: (server.address() as AddressInfo).port });
  }

  /** Answers nothing more. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }
}

async function answer(reader: StoreReader, { method, url = '/' }: IncomingMessage, response: ServerResponse) {
  const say = (status: number, text: string, type = 'text/plain; charset=utf-8') => {
    response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text), ...HEADERS });
    response.end(method === 'HEAD' ? undefined : text);
  };
  if (method !== 'GET' && method !== 'HEAD') return say(405, 'Only GET and HEAD are allowed.\n');
  switch (url.split('?', 1)[0]) {
    case '/metrics':
      // That Redis is away is a metric, too.
      return say(200, exposition(familiesOf(await reader.read())), CONTENT_TYPE);
    case '/healthz':
      return say(200, 'ok\n');
    case '/':
      return say(200, 'Metrics for Prometheus are at /metrics.\n');
    default:
      return say(404, 'There are /metrics and /healthz.\n');
  }
}

const HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };
