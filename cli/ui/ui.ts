import { once } from 'node:events';
import { join } from 'node:path';
import type { WorkQueueOptions } from 'cdk8s-redis-work-queue/worker';
import { UiServer } from '../../ui/server';
import { endpointOf, readStoreAddress } from '../../worker/settings';
import type { Context } from '../context';
import { CommandError } from '../failures';
import { queueName, type StoreOptions, withStore } from '../queue';
import { openBrowser } from './open-browser';

export interface UiCommandOptions extends StoreOptions {
  readonly queue?: readonly string[];
  readonly port?: number;
  readonly host?: string;
  readonly write?: boolean;
  readonly open?: boolean;
}

/** 6379, a thousand on, and one, as another server for Redis has that one. */
const PORT = 7_380;

/** Beside the bundle of the command line. */
const PAGE = join(__dirname, '..', 'ui', 'page');

export async function ui(options: UiCommandOptions, context: Context): Promise<void> {
  const queues = options.queue?.map(queueName);
  const { port, host, write = false } = options;
  const serve = async (store: WorkQueueOptions, over: AbortSignal) => {
    const server = await UiServer.start({
      store,
      storeName: options.kube ?? storeNameOf(store.url),
      ...(queues && { queues }),
      port: port ?? PORT,
      orAnyPort: port === undefined,
      ...(host !== undefined && { host }),
      writable: write,
      page: PAGE,
    }).catch((error) => {
      throw listenProblem(error, host ?? '127.0.0.1', port ?? PORT);
    });
    try {
      const mode = write ? 'It may change queues' : 'It only looks: --write lets it change queues';
      context.out(`The queues are at ${server.url}`);
      context.note(`${mode}. Ctrl-C ends it.`);
      const problem = options.open ? await openBrowser(server.url) : undefined;
      if (problem) context.note(`No browser could be opened: ${problem}. Open the address yourself.`);
      if (!over.aborted) await once(over, 'abort');
      context.stop.throwIfAborted();
    } finally {
      await server.close();
    }
  };
  await withStore(options, context, serve, { lasts: true });
}

function storeNameOf(url: string | undefined): string {
  const { seeds } = endpointOf(url ? { url } : readStoreAddress(process.env), 'the address of Redis');
  return seeds.map(({ host, port }) => `${host}:${port}`).join(',');
}

function listenProblem(error: unknown, host: string, port: number): unknown {
  const { code, syscall } = Object(error) as NodeJS.ErrnoException;
  if (syscall !== 'listen' && syscall !== 'getaddrinfo') return error;
  const why: Record<string, string> = {
    EADDRINUSE: `Port ${port} of ${host} is taken. Give another one with --port, or leave --port out for a free one.`,
    EACCES: `Port ${port} of ${host} is for root alone. Give one from 1024 on with --port.`,
    EADDRNOTAVAIL: `--host is ${host}, which is no address of this machine. Give one of them, or 0.0.0.0 for all.`,
    ENOTFOUND: `--host is ${host}, which leads nowhere. Give a name or an address of this machine, or 0.0.0.0 for all.`,
  };
  return new CommandError(why[code ?? ''] ?? `The page cannot be served on port ${port} of ${host}: ${code}.`);
}
