import { once } from 'node:events';
import type { WorkQueueOptions } from 'cdk8s-redis-work-queue/worker';
import {
  exposition,
  familiesOf,
  LISTEN_SYNTAX,
  type ListenAddress,
  listenText,
  MetricsServer,
  parseListenAddress,
  StoreReader,
} from '../../metrics/exporter';
import { readStoreAddress } from '../../worker/settings';
import type { Context } from '../context';
import { CommandError, UsageError } from '../failures';
import { queueName, type StoreOptions, withStore } from '../queue';

export interface MetricsOptions extends StoreOptions {
  readonly queue?: readonly string[];
  /** Where to serve; without it, metrics are printed once. */
  readonly listen?: string;
}

export async function metrics({ queue, listen, ...options }: MetricsOptions, context: Context): Promise<void> {
  const queues = queue?.map(queueName);
  const address = listen === undefined ? undefined : listenAddress(listen);
  const read = (store: WorkQueueOptions, over: AbortSignal) => {
    const reader = readerOf(store, queues, address !== undefined, context);
    over.addEventListener('abort', () => void reader.close());
    return address ? serve(reader, address, context) : print(reader, context);
  };
  await withStore(options, context, read, { lasts: address !== undefined });
}

function listenAddress(text: string): ListenAddress {
  const address = parseListenAddress(text);
  if (!address) throw new UsageError(`--listen is ${JSON.stringify(text)}; give ${LISTEN_SYNTAX}.`);
  return address;
}

async function print(reader: StoreReader, { out }: Context): Promise<void> {
  out(exposition(familiesOf(await reader.readOrThrow())).trimEnd());
}

/** Serves until it is told to stop. */
async function serve(reader: StoreReader, listen: ListenAddress, { note, stop }: Context): Promise<void> {
  const server = await MetricsServer.start(reader, listen).catch((error: NodeJS.ErrnoException) => {
    throw cannotListen(listen, error);
  });
  note(`Serving metrics on http://${listenText(server.address)}/metrics until Ctrl-C.`);
  try {
    if (!stop.aborted) await once(stop, 'abort');
    throw stop.reason;
  } finally {
    await server.close();
  }
}

/** Whoever scrapes waits some ten seconds for an answer, also for the one that Redis is away. */
const LONGEST_READING = 4_000;

function readerOf(
  { url, patience = 0, deadline, log, ...access }: WorkQueueOptions,
  queues: readonly string[] | undefined,
  isServed: boolean,
  context: Context,
): StoreReader {
  const longest = isServed ? LONGEST_READING : Number.POSITIVE_INFINITY;
  return new StoreReader({
    store: { ...(url ? { url } : readStoreAddress(process.env)), ...access },
    ...(queues && { queues }),
    patience: Math.min(patience, longest),
    deadline: Math.min(deadline ?? longest, longest / 2),
    log: context.log,
  });
}

const WHY: Readonly<Record<string, string>> = {
  EADDRINUSE: 'something else listens there; give another port, or 0 for a free one',
  EACCES: 'this user may not listen there; give a port from 1024 on',
  EADDRNOTAVAIL: 'this machine has no such address; give --listen PORT, or :PORT for all of its addresses',
};

function cannotListen(listen: ListenAddress, { code = '', message }: NodeJS.ErrnoException): CommandError {
  return new CommandError(`Cannot listen on ${listenText(listen)}: ${WHY[code] ?? message}.`);
}
