import { defineQueue, type Log, WorkQueue, type WorkQueueOptions } from 'cdk8s-redis-work-queue/worker';
import { ENV } from '../../worker/contract';
import { queueNameProblem, readStoreAccess } from '../../worker/settings';
import type { Context } from '../context';
import { UsageError } from '../failures';
import { kubeProblem } from './kube-reach';
import { LastingForward } from './lasting-forward';
import { PortForward, parseKubeService } from './port-forward';

/** Options of every subcommand that talks to a Redis. */
export interface StoreOptions {
  readonly url?: string;
  readonly kube?: string;
  readonly kubeContext?: string;
  readonly passwordFile?: string;
  readonly cacert?: string;
  readonly cert?: string;
  readonly certKey?: string;
  readonly tlsServername?: string;
  /** Seconds. */
  readonly timeout: number;
}

/** Options of every subcommand that talks to a queue. */
export interface QueueOptions extends StoreOptions {
  readonly queue?: string;
}

/** How the way to a Redis is kept. */
export interface Way {
  /** Where lines about it go. @default standard error */
  readonly log?: Log;
  /** Whether kubectl is started again where it ends, as for a command that goes on for hours. @default that is an error */
  readonly lasts?: boolean;
}

/** Opens the queue for a command, and closes all that was opened when the command ends, however that is. */
export function withQueue<T>(
  options: QueueOptions,
  context: Context,
  use: (queue: WorkQueue<Uint8Array>) => Promise<T>,
  way: Way = {},
): Promise<T> {
  const name = queueName(options.queue);
  const act = async (store: WorkQueueOptions, over: AbortSignal) => {
    const queue = new WorkQueue(defineQueue({ name, payload: 'bytes' }), store);
    over.addEventListener('abort', () => void queue.close());
    return use(queue);
  };
  return withStore(options, context, act, way);
}

/**
 * Finds the way to the Redis of a command, and keeps it open until the command ends, however that is.
 *
 * @param use is given the options of a `WorkQueue` on it, and a signal that is aborted when the command ends: what it opened
 * is to be closed then
 */
export async function withStore<T>(
  options: StoreOptions,
  context: Context,
  use: (store: WorkQueueOptions, over: AbortSignal) => Promise<T>,
  { log = context.log, lasts = false }: Way = {},
): Promise<T> {
  const { stop } = context;
  const { env } = process;
  if (options.kubeContext && !options.kube) {
    throw new UsageError('--kube-context goes with --kube; give --kube [namespace/]service as well, or leave it out.');
  }
  if (!options.kube && !options.url && !env[ENV.redisUrl] && !env[ENV.redisServiceHost]) {
    throw new UsageError(
      `The address of Redis is missing: give --url redis://host:6379, or --kube [namespace/]service for one in a cluster, or set ${ENV.redisUrl}.`,
    );
  }
  const service = options.kube ? parseKubeService(options.kube) : undefined;
  checkTls(options);
  const forward =
    service &&
    (await (lasts
      ? LastingForward.open({ service, context: options.kubeContext, stop, log })
      : PortForward.open(service, options.kubeContext, stop)));
  const over = new AbortController();
  const end = () => over.abort();
  try {
    stop.throwIfAborted();
    stop.addEventListener('abort', end);
    const store = {
      ...storeOf(options, service && forward && { ...service, port: forward.port }),
      patience: options.timeout * 1_000,
      // Equal parts, so that the last one ends with the timeout.
      deadline: (options.timeout * 1_000) / Math.max(2, Math.ceil(options.timeout / 5)),
      log,
    };
    const using = use(store, over.signal);
    return await (forward ? Promise.race([using, forward.broken]) : using);
  } catch (error) {
    if (stop.aborted) throw stop.reason;
    throw forward ? kubeProblem(error, forward.port) : error;
  } finally {
    stop.removeEventListener('abort', end);
    end();
    await forward?.close();
  }
}

/** Options of TLS that were given, as they are typed. */
function tlsOptions({ cacert, cert, certKey, tlsServername }: StoreOptions): string[] {
  const given = { '--cacert': cacert, '--cert': cert, '--cert-key': certKey, '--tls-servername': tlsServername };
  return Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [name]));
}

/** @throws UsageError options of TLS for an address without it, or half of a client certificate */
function checkTls(options: StoreOptions): void {
  const { url = process.env[ENV.redisUrl], kube, cert, certKey } = options;
  const [first] = tlsOptions(options);
  if (first && !kube && !/^\s*rediss[:+]/i.test(url ?? '')) {
    throw new UsageError(`${first} goes with TLS: give an address that begins with rediss://, or leave ${first} out.`);
  }
  if ((cert === undefined) === (certKey === undefined)) return;
  throw new UsageError('A client certificate takes both files: give --cert and --cert-key.');
}

/** The way to Redis: by options, by the environment where they say nothing, and through a tunnel if there is one. */
function storeOf(options: StoreOptions, tunnel: { readonly service: string; readonly port: number } | undefined) {
  const { passwordFile, cacert, cert, certKey, tlsServername } = options;
  const isTls = tlsOptions(options).length > 0;
  const scheme = isTls ? 'rediss' : 'redis';
  const url = tunnel ? `${scheme}://127.0.0.1:${tunnel.port}` : (options.url ?? process.env[ENV.redisUrl]);
  // The certificate is that of the Service, and not of this end of the tunnel.
  const serverName = tlsServername ?? (tunnel && isTls ? tunnel.service : undefined);
  return {
    ...readStoreAccess(process.env),
    ...(url && { url }),
    ...(passwordFile && { passwordFile }),
    ...(cacert && { caFile: cacert }),
    ...(cert && certKey && { certFile: cert, keyFile: certKey }),
    ...(serverName && { serverName }),
  };
}

/** @throws UsageError no name, or one that cannot be a queue's */
export function queueName(given: string | undefined): string {
  const name = given ?? process.env[ENV.queue];
  if (name === undefined || name === '') {
    throw new UsageError(`Which queue? Give --queue NAME, such as --queue job2, or set ${ENV.queue}.`);
  }
  const problem = queueNameProblem(name);
  if (problem) throw new UsageError(problem);
  return name;
}
