import { join } from 'node:path';
import { freePort } from '../../local/free-port';
import { ContainerLog, ContainerProcess } from '../../local/kubelet';
import { startWorker } from '../worker-process';
import { playRemotely, type RemotePod, type RemotePodOptions } from './remote/play';
import type { Scenario, Seen } from './scenario';

/** The files of a pod with the agent. */
export interface AgentPrograms {
  readonly agent: string;
  /** http-program.ts, bundled. */
  readonly program: string;
}

/** Plays a scenario with the agent, and a program that takes its items over HTTP. */
export async function playOverHttp(scenario: Scenario, url: string, programs: AgentPrograms): Promise<Seen> {
  const seen = await playRemotely(scenario, url, (options) => startPod(scenario, url, programs, options));
  return { ...seen, dead: seen.dead.map((letter) => ({ ...letter, error: unwrapped(letter.error) })) };
}

/** To the agent, what a program says went wrong is an error without a name. */
function unwrapped(error: string): string {
  return error.replace(/^\w*Error: (?=\w*Error: )/, '');
}

async function startPod(
  { queue, concurrency = 1 }: Scenario,
  url: string,
  { agent, program }: AgentPrograms,
  { env, socket, folder }: RemotePodOptions,
): Promise<RemotePod> {
  const address = `127.0.0.1:${await freePort()}`;
  const log = new ContainerLog('The program');
  // As on a cluster, the agent starts once the program runs, and the program ends with the agent. It is not started again
  // where it crashes: what another one is handed until the agent knows of that would be no matter of these scenarios.
  const beside = new ContainerProcess({
    command: ['node', program],
    env: { WORK_QUEUE_AGENT: `http://${address}`, REMOTE_HANDLER: socket, LANES: String(concurrency) },
    output: (line) => log.add(line),
  });
  const worker = startWorker({
    url,
    program: agent,
    env: {
      ...env,
      WORK_QUEUE_NAME: queue.name,
      WORK_QUEUE_AGENT_LISTEN: address,
      WORK_QUEUE_AGENT_SOCKET: join(folder, 'agent.sock'),
      WORK_QUEUE_AGENT_PROCESSES: 'shared',
    },
  });
  const ended = worker.ended.then(async ({ code }) => {
    beside.kill('SIGTERM');
    await beside.end;
    return { code, lines: [...worker.lines, 'its program:', ...log.lines] };
  });
  return {
    ended,
    crash: () => beside.kill('SIGKILL'),
    async terminate() {
      worker.kill('SIGTERM');
      await worker.line('SIGTERM: no new items');
    },
  };
}
