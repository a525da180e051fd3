import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname } from 'node:path';
import type { WorkQueueAdapter } from 'cdk8s-redis-work-queue/bull-board';

/** Versions of the board's API that are installed: the lowest of those that are supported, and the highest. */
export const APIS = { '9.0': 'bull-board-api-lowest', '9.10': '@bull-board/api' } as const;

/** A board with one queue, by a version of its API, on a port of this machine. */
export class BoardServer {
  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(api: string, adapter: WorkQueueAdapter): Promise<BoardServer> {
    const { createBullBoard } = require(api);
    const { ExpressAdapter } = require('@bull-board/express');
    const serverAdapter = new ExpressAdapter();
    serverAdapter.setBasePath('/');
    const uiBasePath = dirname(require.resolve('@bull-board/ui/package.json'));
    createBullBoard({ queues: [adapter], serverAdapter, options: { uiBasePath, validateResponses: true } });
    const app = require('express')();
    app.use('/', serverAdapter.getRouter());
    const server = createServer(app).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new BoardServer(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  }

  async ask(
    method: string,
    path: string,
    body?: object,
  ): Promise<{ status: number; body: ReturnType<typeof JSON.parse> }> {
    const response = await fetch(`${this.url}/api/queues${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}

/** The adapter as it is where this version of the API is installed. */
export function adapterOn(api: string): typeof WorkQueueAdapter {
  let found: typeof WorkQueueAdapter | undefined;
  const base = 'dist/queueAdapters/base.js';
  jest.isolateModules(() => {
    jest.doMock(`@bull-board/api/${base}`, () => jest.requireActual(`${api}/${base}`));
    found = require('cdk8s-redis-work-queue/bull-board').WorkQueueAdapter;
  });
  return found as typeof WorkQueueAdapter;
}
