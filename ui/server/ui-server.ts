import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { WorkQueueOptions } from 'cdk8s-redis-work-queue/worker';
import { refuse, secure } from './answer';
import { Api } from './api';
import { Guard } from './guard';
import { PageFiles } from './page-files';
import { Refusal } from './refusal';
import { StoreWatch } from './store-watch';

export interface UiOptions {
  /** The Redis whose queues are shown. */
  readonly store: WorkQueueOptions;
  /** How it is named on the page: `host:port`. */
  readonly storeName: string;
  /** The queues to show. @default all of that Redis */
  readonly queues?: readonly string[];
  /** Port to listen on; where it is taken, any free one if `orAnyPort`. */
  readonly port: number;
  readonly orAnyPort: boolean;
  /** Name or address to listen on, with an access token. @default 127.0.0.1, without one */
  readonly host?: string;
  /** Whether the page may change queues. */
  readonly writable: boolean;
  /** Folder of the files of the page. */
  readonly page: string;
}

const LOOPBACK = '127.0.0.1';

/** ms that a request may take to come in, and connections at once. */
const HEADERS_WITHIN = 10_000;
const REQUEST_WITHIN = 30_000;
const CONNECTIONS = 256;

/** The server of the page. */
export class UiServer {
  private constructor(
    private readonly server: Server,
    private readonly watch: StoreWatch,
    /** What to open in a browser; it has the access token where there is one. */
    readonly url: string,
  ) {}

  /**
   * Connects to Redis, and listens.
   *
   * @throws StoreUnreachableError, ConfigurationError the first look at Redis fails
   * @throws Error it cannot listen there; its `code` is that of Node.js
   */
  static async start({
    store,
    storeName,
    queues,
    port,
    orAnyPort,
    host,
    writable,
    page,
  }: UiOptions): Promise<UiServer> {
    const files = new PageFiles(page);
    const token = host === undefined ? undefined : randomBytes(24).toString('base64url');
    const guard = new Guard({ host, token });
    const watch = new StoreWatch({ store, names: queues });
    const api = new Api({ watch, guard, store: storeName, writable });
    const server = createServer({
      maxHeaderSize: 16_384,
      headersTimeout: HEADERS_WITHIN,
      requestTimeout: REQUEST_WITHIN,
      connectionsCheckingInterval: HEADERS_WITHIN / 2,
    });
    server.maxConnections = CONNECTIONS;
    const answer = async (request: IncomingMessage, response: ServerResponse) => {
      secure(response);
      const { url = '' } = request;
      if (!url.startsWith('/')) throw new Refusal(400, 'The request has no path of this server.');
      guard.check(request);
      const at = url.indexOf('?');
      const path = at < 0 ? url : url.slice(0, at);
      const query = new URLSearchParams(at < 0 ? '' : url.slice(at + 1));
      const isPage = path === '/';
      guard.checkToken(request, isPage ? query.get('token') : null);
      if (path.startsWith('/api/')) return api.answer(request, response, path.slice('/api/'.length), query);
      // Out of the address line, and out of what the browser remembers.
      if (isPage && token !== undefined && query.has('token')) {
        response.writeHead(303, { location: '/', 'set-cookie': guard.cookie(request) }).end();
        return;
      }
      files.answer(request, response, path);
    };
    server.on('request', (request, response) => {
      // Who goes away in the middle is no error of this process.
      request.on('error', () => {});
      response.on('error', () => {});
      answer(request, response).catch((error) => refuse(request, response, error));
    });
    server.on('clientError', (_, socket) => {
      if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n');
      else socket.destroy();
    });
    try {
      await watch.start();
      await listen(server, port, host ?? LOOPBACK, orAnyPort);
    } catch (error) {
      await watch.close();
      throw error;
    }
    const { port: taken } = server.address() as AddressInfo;
    const name = host === undefined ? LOOPBACK : host.includes(':') ? `[${host}]` : host;
    return new UiServer(server, watch, `http://${name}:${taken}/${token === undefined ? '' : `?token=${token}`}`);
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await Promise.all([closed, this.watch.close()]);
  }
}

async function listen(server: Server, port: number, host: string, orAnyPort: boolean): Promise<void> {
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (error) {
    if (!orAnyPort || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    server.listen(0, host);
    await once(server, 'listening');
  }
}
