import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

interface StoredObject {
  readonly body: string;
  readonly token: string;
  readonly etag: string;
}

/** A stand-in for an object store that honours `If-Match` and `If-None-Match`, as S3 does. */
export class ObjectStore {
  readonly objects = new Map<string, StoredObject>();
  /** How often something was written. */
  writes = 0;
  /** Called before a PUT is looked at; what it throws cuts the connection. */
  beforePut: () => void | Promise<void> = () => {};
  /** Called after a PUT was written and before it is answered; what it throws cuts the connection. */
  afterPut: () => void = () => {};
  private readonly server: Server;

  constructor() {
    this.server = createServer(async (request, response) => {
      const name = request.url as string;
      try {
        if (request.method === 'HEAD') {
          const found = this.objects.get(name);
          if (found) response.setHeader('etag', found.etag).setHeader('x-amz-meta-token', found.token);
          response.writeHead(found ? 200 : 404).end();
          return;
        }
        let body = '';
        for await (const chunk of request) body += chunk;
        await this.beforePut();
        const found = this.objects.get(name);
        const { 'if-match': match, 'if-none-match': noneMatch, 'x-amz-meta-token': token } = request.headers;
        if ((match !== undefined && match !== found?.etag) || (noneMatch === '*' && found)) {
          response.writeHead(found ? 412 : 404).end();
          return;
        }
        this.objects.set(name, { body, token: String(token), etag: `"${++this.writes}"` });
        this.afterPut();
        response.writeHead(200).end();
      } catch {
        request.socket.destroy();
      }
    });
  }

  async start(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}
