import { join } from 'node:path';
import { ContainerProcess, exitCodeOf } from '../../local/kubelet';
import { ENV } from '../../worker/contract';
import type { Context } from '../context';
import { queueName } from '../queue';

export interface AgentOptions {
  readonly queue?: string;
  readonly url?: string;
  readonly listen: string;
  readonly socket?: string;
}

/** Beside the bundle of the command line. */
const PROGRAM = join(__dirname, '..', 'agent.js');

/** Runs the agent as its container does, until the queue is drained or it is told to stop. */
export function agent({ queue, url, listen, socket }: AgentOptions, context: Context): Promise<number> {
  const child = new ContainerProcess({
    command: ['node', PROGRAM],
    env: {
      ...process.env,
      [ENV.queue]: queueName(queue),
      ...(url && { [ENV.redisUrl]: url }),
      [ENV.agentListen]: listen,
      ...(socket && { [ENV.agentSocket]: socket }),
      [ENV.log]: process.env[ENV.log] || 'text',
    },
    output: (line, stream) => (stream === 'stdout' ? context.out(line) : context.note(line)),
    stop: context.stop,
  });
  context.atSecondSignal(() => child.kill('SIGTERM'));
  return child.end.then(exitCodeOf);
}
