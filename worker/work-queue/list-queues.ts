import { ConfigurationError, textOf } from '../errors';
import { type Connection, StoreInfo } from '../redis';
import { queueNameProblem, withoutPassword } from '../settings';
import { connect, type WorkQueueOptions } from './connect';

/** Keys that one step of a scan looks at. */
const STEP = 1_000;

/** What the record of a queue is called; whatever else has such a name, it is no hash. */
const RECORDS = ['MATCH', '{*}:meta', 'TYPE', 'hash', 'COUNT', STEP] as const;

/** Options of {@link listQueues}. */
export interface ListQueuesOptions extends WorkQueueOptions {
  /**
   * Breaks off the listing, also while Redis is silent. Its reason is thrown then.
   *
   * @default - it goes on to the end
   * @example signal: AbortSignal.timeout(5_000)
   */
  readonly signal?: AbortSignal;
}

/**
 * The names of all queues of a store, in no order: of those that were filled by this package, or that had a worker. A bare
 * list that nobody has worked on is not among them. All keys of the database are looked at, step by step; those of a Redis
 * Cluster, on each of its primaries.
 *
 * @throws ConfigurationError the address of Redis is missing or wrong, or the user may not look (`SCAN`)
 * @throws StoreUnreachableError no answer for `patience`
 *
 * @example
 * for await (const name of listQueues({ url: 'redis://localhost:6379' })) console.log(name);
 */
export async function* listQueues(options: ListQueuesOptions = {}): AsyncGenerator<string> {
  const { signal, ...store } = options;
  const { connection } = connect('listQueues', store);
  const opened = [connection];
  const seen = new Set<string>();
  const close = () => {
    for (const each of opened) each.close();
  };
  signal?.addEventListener('abort', close);
  try {
    signal?.throwIfAborted();
    for (const server of await serversOf(connection)) {
      if (server !== connection) opened.push(server);
      for await (const name of queuesOn(server)) {
        if (seen.has(name)) continue;
        seen.add(name);
        yield name;
      }
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', close);
    close();
  }
}

/** What a node says of some slots: the first and the last one, and their primary. */
type Range = readonly [first: number, last: number, primary: readonly [host: string | null, port: number]];

/** A connection to each server that holds keys: this one, or all primaries of its cluster. */
export async function serversOf(connection: Connection): Promise<readonly Connection[]> {
  const info = new StoreInfo(String(await ask(connection, '+info', 'INFO', 'cluster')));
  if (!info.isCluster) return [connection];
  const slots = (await ask(connection, '+cluster|slots', 'CLUSTER', 'SLOTS')) as readonly Range[];
  const { host: asked } = connection.at;
  const nodes = new Map(
    slots.map(([, , [host, port]]) => [`${host || asked} ${port}`, { host: host || asked, port }] as const),
  );
  return [...nodes.values()].map((node) => connection.only(node));
}

/** The names of the queues that one server has, each once or several times. */
export async function* queuesOn(server: Connection): AsyncGenerator<string> {
  let cursor = '0';
  do {
    let from = cursor;
    const [next, keys] = (await server.insist(() => {
      const at = from;
      // Whoever answers the next time may be another server, whose cursors are others.
      from = '0';
      return once(server, '+scan', 'SCAN', at, ...RECORDS);
    })) as [string, string[]];
    const names = keys.map((key) => key.slice(1, -'}:meta'.length));
    yield* names.filter((name) => queueNameProblem(name) === undefined);
    cursor = next;
  } while (cursor !== '0');
}

function ask(connection: Connection, rule: string, ...command: [string, ...string[]]): Promise<unknown> {
  return connection.insist(() => once(connection, rule, ...command));
}

/** Sends a command once; where the user may not, the error says which rule allows it. */
function once(
  connection: Connection,
  rule: string,
  ...[name, ...args]: [string, ...(string | number)[]]
): Promise<unknown> {
  return connection.command(name, ...args).catch((error) => {
    if (!textOf(error).includes('NOPERM')) throw error;
    throw new ConfigurationError(
      `Redis at ${withoutPassword(connection.address.url)} does not let this user list its queues: ${name} is refused. Allow it (ACL SETUSER … ${rule}), or name the queue`,
    );
  });
}
