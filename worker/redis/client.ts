import type { ConnectionOptions } from 'node:tls';
import type { Redis } from 'ioredis';
import type { Node } from '../settings';

/** How a client connects. */
export interface ClientOptions {
  readonly tls?: ConnectionOptions;
  readonly database?: number;
  readonly username?: string;
  readonly password?: string;
  /** Name shown by `CLIENT LIST`. */
  readonly name?: string;
  /** Time that connecting may take, in ms. */
  readonly deadline: number;
}

/** A client that connects once, to one server, and never again; `ready` resolves when all that it says first is accepted. */
export function newClient(node: Node, options: ClientOptions): { client: Redis; ready: Promise<Redis> } {
  const { Redis } = require('ioredis') as typeof import('ioredis');
  const { tls, database = 0, username = 'default', password, name, deadline } = options;
  const client = new Redis({
    host: node.host,
    port: node.port,
    db: database,
    ...(tls && { tls }),
    // The replies of call() have one shape in RESP2 and another one in RESP3.
    protocol: 2,
    lazyConnect: true,
    enableReadyCheck: false,
    enableOfflineQueue: true,
    retryStrategy: () => null,
    maxRetriesPerRequest: null,
    connectTimeout: deadline,
    keepAlive: 10_000,
    noDelay: true,
    ...(name && { connectionName: name }),
    // With a user beside it, a password that Redis does not ask for makes the client print no warning.
    ...(password && { username, password }),
  });
  let cause: Error | undefined;
  client.on('error', (error) => {
    cause = error;
  });
  const ready = client.connect().then(
    () => {
      // Where SELECT fails, a client would work on in database 0.
      if (cause) throw cause;
      return client;
    },
    (error) => {
      throw cause ?? error;
    },
  );
  return { client, ready };
}

/** Cuts its connection. */
export function cut(client: Redis): void {
  // One that has ended would wait two seconds for the end of what is no more, and keep the process meanwhile.
  if (client.status !== 'end') client.disconnect();
}
