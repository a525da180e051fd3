import { defineQueue, type Log, WorkQueue } from 'cdk8s-redis-work-queue/worker';
import { ENV } from '../../worker/contract';
import { queueNameProblem } from '../../worker/settings';
import type { Context } from '../context';
import { UsageError } from '../failures';
import { PortForward, parseKubeService } from './port-forward';

/** Options of every subcommand that talks to a queue. */
export interface QueueOptions {
  readonly queue?: string;
  readonly url?: string;
  readonly kube?: string;
  readonly kubeContext?: string;
  /** Seconds. */
  readonly timeout: number;
}

/** Opens the queue for a command, and closes all that was opened when the command ends, however that is. */
export async function withQueue<T>(
  options: QueueOptions,
  context: Context,
  use: (queue: WorkQueue<Uint8Array>) => Promise<T>,
  log: Log = context.log,
): Promise<T> {
  const name = queueName(options.queue);
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
  const forward = options.kube
    ? await PortForward.open(parseKubeService(options.kube), options.kubeContext, stop)
    : undefined;
  let close: (() => void) | undefined;
  try {
    stop.throwIfAborted();
    const url = forward ? `redis://127.0.0.1:${forward.port}` : (options.url ?? env[ENV.redisUrl]);
    const queue = new WorkQueue(defineQueue({ name, payload: 'bytes' }), {
      ...(url && { url }),
      ...(env[ENV.redisUsername] && { username: env[ENV.redisUsername] as string }),
      ...(env[ENV.redisPassword] && { password: env[ENV.redisPassword] as string }),
      ...(env[ENV.redisCaFile] && { caFile: env[ENV.redisCaFile] as string }),
      patience: options.timeout * 1_000,
      // Equal parts, so that the last one ends with the timeout.
      deadline: (options.timeout * 1_000) / Math.max(2, Math.ceil(options.timeout / 5)),
      log,
    });
    close = () => void queue.close();
    stop.addEventListener('abort', close);
    const using = use(queue);
    return await (forward ? Promise.race([using, forward.broken]) : using);
  } catch (error) {
    throw stop.aborted ? stop.reason : error;
  } finally {
    if (close) {
      stop.removeEventListener('abort', close);
      close();
    }
    await forward?.close();
  }
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
