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
  /** ms for which Redis may be silent until the page says that it is away. @default 3000 */
  readonly patience?: number;
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
const API = '/api/';

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
  static async start(options: UiOptions): Promise<UiServer> {
    const { store, queues, patience, host, page } = options;
    const files = new PageFiles(page);
    const token = host === undefined ? undefined : randomBytes(24).toString('base64url');
    const guard = new Guard({ host, token });
    const watch = new StoreWatch({ store, names: queues, ...(patience !== undefined && { patience }) });
    const api = new Api({ watch, guard, store: options.storeName, writable: options.writable });
    const server = serverOf((request, response) => answer(request, response, { files, guard, api }));
    try {
      await watch.start();
      await listen(server, options.port, host ?? LOOPBACK, options.orAnyPort);
    } catch (error) {
      await watch.close();
      throw error;
    }
    const { port } = server.address() as AddressInfo;
    const name = host === undefined ? LOOPBACK : host.includes(':') ? `[${host}]` : host;
    return new UiServer(server, watch, `http://${name}:${port}/${token === undefined ? '' : `?token=${token}`}`);
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await Promise.all([closed, this.watch.close()]);
  }
}

/** A server that limits what a connection may cost it, and outlives whatever comes. */
function serverOf(answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>): Server {
  const server = createServer({
    maxHeaderSize: 16_384,
    headersTimeout: HEADERS_WITHIN,
    requestTimeout: REQUEST_WITHIN,
    connectionsCheckingInterval: HEADERS_WITHIN / 2,
  });
  server.maxConnections = CONNECTIONS;
  server.on('request', (request, response) => {
    // Who goes away in the middle is no error of this process.
    request.on('error', () => {});
    response.on('error', () => {});
    secure(response);
    answer(request, response).catch((error) => refuse(request, response, error));
  });
  server.on('clientError', (_, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n');
    else socket.destroy();
  });
  return server;
}

interface Parts {
  readonly files: PageFiles;
  readonly guard: Guard;
  readonly api: Api;
}

async function answer(request: IncomingMessage, response: ServerResponse, { files, guard, api }: Parts): Promise<void> {
  const { url = '' } = request;
  if (!url.startsWith('/')) throw new Refusal(400, 'The request has no path of this server.');
  guard.check(request);
  const at = url.indexOf('?');
  const path = at < 0 ? url : url.slice(0, at);
  const query = new URLSearchParams(at < 0 ? '' : url.slice(at + 1));
  const given = path === '/' ? query.get('token') : null;
  guard.checkToken(request, given);
  if (path.startsWith(API)) await api.answer(request, response, path.slice(API.length), query);
  else if (given !== null && guard.asksForToken) {
    // Out of the address line, and out of what the browser remembers.
    response.writeHead(303, { location: '/', 'set-cookie': guard.cookie(request) }).end();
  } else files.answer(request, response, path);
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
