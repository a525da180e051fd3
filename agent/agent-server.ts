import { chmodSync, existsSync, mkdirSync, statSync, unlinkSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { ConfigurationError, textOf } from '../worker/errors';
import type { Log } from '../worker/log';
import { sendRefusal } from './answer';
import { BODY_LIMIT, BODY_WITHIN, discard, hasBody, RESULT_LIMIT, readBody } from './body';
import { readQuery } from './query';
import { ClientGoneError, RequestError } from './request-error';
import { Room } from './room';
import { ROUTES, type Route } from './routes';
import { type AgentSettings, agentUrl, LOOPBACK } from './settings';
import type { Takes } from './takes';

/** Bodies that are read at once take so many bytes at most, beside those that are small. */
const ROOM = 2 * RESULT_LIMIT;
/** The head of a request takes at most so long, in ms. */
const HEAD_WITHIN = 30_000;

export interface AgentServerOptions {
  readonly takes: Takes;
  readonly log: Log;
  /** Called when the program shows that it is there: at the beginning and at the end of its calls. */
  readonly asked: () => void;
  /** How long a client may take to send its body, in ms. @default 30_000 */
  readonly bodyWithin?: number;
}

/** Answers the program, on the loopback interface and on a Unix socket. */
export class AgentServer {
  /** Calls that are not answered yet. */
  open = 0;
  private readonly servers: Server[] = [];
  private readonly room = new Room(ROOM);

  private constructor(private readonly options: AgentServerOptions) {}

  /**
   * Starts it; resolves when it listens.
   *
   * @returns the server, and the address at which it listens
   * @throws ConfigurationError it cannot listen there
   */
  static async start(
    { listen, socket }: Pick<AgentSettings, 'listen' | 'socket'>,
    options: AgentServerOptions,
  ): Promise<{ server: AgentServer; url: string }> {
    const server = new AgentServer(options);
    const tcp = await server.listen(listen, true);
    if (socket !== undefined) {
      await makeRoomFor(socket);
      await server.listen({ path: socket }, false);
      // The program may run under another user of the pod.
      chmodSync(socket, 0o666);
    }
    return { server, url: agentUrl({ ...listen, port: (tcp.address() as AddressInfo).port }) };
  }

  private async listen(at: { host: string; port: number } | { path: string }, isTcp: boolean): Promise<Server> {
    const { log } = this.options;
    const answer = (expects: boolean) => (request: IncomingMessage, response: ServerResponse) => {
      this.answer(request, response, isTcp, expects).catch((error) => {
        log.warn(`a call of the program could not be answered: ${textOf(error)}`, { err: error });
        response.destroy();
      });
    };
    const server = createServer({
      headersTimeout: HEAD_WITHIN,
      // The time for a body begins when there is room for it.
      requestTimeout: 0,
      // A program may come back on its connection after hours.
      keepAliveTimeout: 0,
      connectionsCheckingInterval: 5_000,
    });
    server.on('request', answer(false));
    server.on('checkContinue', answer(true));
    server.on('clientError', refuseMalformed);
    // Whoever pipelines has many calls on one connection.
    server.on('connection', (socket: Socket) => socket.setMaxListeners(0));
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) => reject(cannotListen(at, error)));
      server.listen(at, resolve);
    });
    this.servers.push(server);
    return server;
  }

  private async answer(request: IncomingMessage, response: ServerResponse, isTcp: boolean, expects: boolean) {
    this.open++;
    response.once('close', () => {
      this.open--;
    });
    let isAsking = false;
    try {
      if (isTcp) refuseForeigners(request);
      const { route, take, queryText } = find(request);
      const query = readQuery(queryText, route.query ?? [], route.required ?? []);
      isAsking = route.isAsking ?? true;
      if (isAsking) {
        this.options.asked();
        response.once('close', this.options.asked);
      }
      const { bodyWithin = BODY_WITHIN, takes } = this.options;
      const limits = { limit: route.limit ?? BODY_LIMIT, within: bodyWithin, room: this.room };
      const body = await readBody(request, limits, () => {
        if (expects) response.writeContinue();
      });
      route.answer({ takes, request, response, body, query, take });
    } catch (error) {
      if (error instanceof ClientGoneError) return;
      if (!(error instanceof RequestError)) throw error;
      this.refuse(request, response, error, expects);
    }
  }

  private refuse(request: IncomingMessage, response: ServerResponse, error: RequestError, expects: boolean): void {
    // A client that was not told to go on sends no body, or sends it nevertheless: the connection is at an unknown place.
    const isBetween = expects && !request.readableEnded;
    sendRefusal(response, isBetween ? closing(error) : error);
    if (!hasBody(request)) return;
    if (error.status === 408) response.once('finish', () => request.socket.destroySoon());
    else discard(request, this.options.bodyWithin ?? BODY_WITHIN);
  }

  /** Accepts no more connections. */
  close(): void {
    for (const server of this.servers) server.close();
  }
}

function closing({ status, message, fields, headers }: RequestError): RequestError {
  return new RequestError(status, message, fields, { ...headers, connection: 'close' });
}

/** Pages in a browser, and what a mesh forwards from outside. */
function refuseForeigners({ headers }: IncomingMessage): void {
  const { host = '', origin, 'sec-fetch-site': site } = headers;
  if (!LOOPBACK.includes(host.replace(/:\d+$/, '').toLowerCase())) {
    throw new RequestError(
      403,
      `the header Host is ${JSON.stringify(host.slice(0, 100))}; allowed are ${LOOPBACK.join(', ')}, as only programs in the same pod get items here`,
    );
  }
  if (origin !== undefined || site === 'cross-site' || site === 'same-site') {
    throw new RequestError(403, 'a page in a browser asks (the header Origin), and only programs get items here');
  }
}

/** The route of a request. */
function find({ method = '', url = '' }: IncomingMessage): { route: Route; take: string; queryText: string } {
  const [path = '', ...rest] = url.split('?');
  const segments = path.split('/').slice(1);
  const found = ROUTES.filter((route) => matches(route.path, path, segments));
  if (found.length === 0) {
    throw new RequestError(404, `${shown(path)} is no path of the agent; GET / lists what there is`);
  }
  const route = found.find((each) => each.method === method || (each.method === 'GET' && method === 'HEAD'));
  if (!route) {
    const allow = found.map((each) => (each.method === 'GET' ? 'GET, HEAD' : each.method)).join(', ');
    throw new RequestError(405, `${method} is not allowed for ${shown(path)}; allowed: ${allow}`, {}, { allow });
  }
  return { route, take: takeIn(route, segments), queryText: rest.join('?') };
}

function matches(pattern: string, path: string, segments: readonly string[]): boolean {
  if (!path.startsWith('/')) return false;
  const parts = pattern.split('/').slice(1);
  return parts.length === segments.length && parts.every((part, i) => part === '{take}' || part === segments[i]);
}

function takeIn({ path }: Route, segments: readonly string[]): string {
  const index = path.split('/').slice(1).indexOf('{take}');
  if (index < 0) return '';
  try {
    return decodeURIComponent(segments[index] as string);
  } catch {
    throw new RequestError(400, `the path has ${shown(segments[index] as string)}, which is not percent-encoded UTF-8`);
  }
}

function shown(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}

/** What is no HTTP, or takes too long to say what it wants. */
function refuseMalformed(error: NodeJS.ErrnoException & { reason?: string }, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const isSlow = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
  const isLong = error.code === 'HPE_HEADER_OVERFLOW';
  const [status, message] = isSlow
    ? ['408 Request Timeout', `the request did not arrive within ${HEAD_WITHIN / 1_000} s`]
    : isLong
      ? ['431 Request Header Fields Too Large', 'the head of the request is longer than allowed']
      : ['400 Bad Request', `this is no HTTP/1.1 request: ${error.reason ?? error.message}`];
  const body = `${JSON.stringify({ message })}\n`;
  const head = `HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`;
  socket.end(head + body, () => socket.destroySoon());
}

/** A socket that an agent before this one has left is in the way. */
async function makeRoomFor(path: string): Promise<void> {
  mkdirSync(dirname(path), { recursive: true });
  if (!existsSync(path)) return;
  if (!statSync(path).isSocket()) {
    throw new ConfigurationError(
      `cannot listen on ${path}: there is a file that is no socket; remove it, or give another path (WORK_QUEUE_AGENT_SOCKET)`,
    );
  }
  const isInUse = await new Promise<boolean>((resolve) => {
    const client = connect(path, () => resolve(true)).on('error', () => resolve(false));
    client.once('connect', () => client.destroy());
  });
  if (!isInUse) unlinkSync(path);
}

const WHY: Readonly<Record<string, string>> = {
  EADDRINUSE: 'something else listens there; give another address (WORK_QUEUE_AGENT_LISTEN, WORK_QUEUE_AGENT_SOCKET)',
  EACCES: 'this user may not listen there; give a port from 1024 on, or a path in a folder that it may write to',
  EROFS: 'the folder cannot be written to; give a path in one that can (WORK_QUEUE_AGENT_SOCKET)',
};

function cannotListen(at: { host: string; port: number } | { path: string }, error: NodeJS.ErrnoException): Error {
  const { code = '', message } = error;
  const where = 'path' in at ? at.path : agentUrl(at);
  return new ConfigurationError(`cannot listen on ${where}: ${WHY[code] ?? message}`);
}
