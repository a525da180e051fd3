import { Size } from 'cdk8s';
import { AGENT_DEFAULTS, ENV } from '../../worker/contract';
import { type BundleRun, DEFAULT_NODE_IMAGE } from '../entry';
import { Cpu, inMilliseconds, type Manifest, withRequests } from '../kubernetes';
import { containerFields } from '../pod';
import { connectionMounts, type RedisStore, workerConnection } from '../store';
import type { AgentProps } from './agent-props';

/** The container of the agent. */
export const AGENT_CONTAINER = 'agent';

/** Where the socket of the agent lies, in both containers. */
export const SOCKET_DIRECTORY = '/run/work-queue';

const [HOST, PORT] = AGENT_DEFAULTS.listen.split(':') as [string, string];

const REQUESTS = { cpu: Cpu.millis(50), memory: Size.mebibytes(96) };
const MEMORY_LIMIT = Size.mebibytes(256);

/** The volume that holds the socket. */
const SOCKET = { name: 'work-queue-socket', emptyDir: {} };
const SOCKET_MOUNT = { name: SOCKET.name, mountPath: SOCKET_DIRECTORY };

const SOCKET_VARIABLE = { name: ENV.agentSocket, value: AGENT_DEFAULTS.socket };

/** The variables of a worker that its program has as well: what it works on, and who it is. The first is a part of the second. */
const OF_PROGRAM: readonly unknown[] = [ENV.job, ENV.queue, ENV.worker];

/** What the agent changes in the container of its program. */
export interface ProgramOfAgent {
  /** Variables in place of those of a worker. */
  readonly environment: Manifest[];
  readonly mounts: Manifest[];
  readonly volumes: Manifest[];
}

/**
 * The program of an agent.
 *
 * @param environment the variables that a worker has
 */
export function programOfAgent({ agentPort }: AgentProps, environment: readonly Manifest[]): ProgramOfAgent {
  return {
    environment: [
      ...environment.filter(({ name }) => OF_PROGRAM.includes(name)),
      { name: ENV.agent, value: `http://${listenOn(agentPort)}` },
      SOCKET_VARIABLE,
    ],
    mounts: [SOCKET_MOUNT],
    volumes: [SOCKET],
  };
}

/** What the container of an agent consists of, besides its props. */
export interface AgentParts {
  /** How its program is run. */
  readonly run: BundleRun;
  readonly redis: RedisStore;
  /** The variables that a worker has. */
  readonly environment: readonly Manifest[];
}

/**
 * The container of the agent. Nothing probes it, as it ends by itself where something is wrong.
 *
 * No port is declared: it listens on the loopback interface, so nobody reaches it from outside of the pod.
 */
export function agentContainer(props: AgentProps, { run, redis, environment }: AgentParts): Manifest {
  const { agentImage = DEFAULT_NODE_IMAGE, agentPort, agentPatience, agentResources: given } = props;
  const resources = withRequests({ ...given, memory: given?.memory ?? { limit: MEMORY_LIMIT } }, REQUESTS);
  return {
    ...containerFields({ resources }, true),
    name: AGENT_CONTAINER,
    image: agentImage,
    command: run.command,
    env: [
      ...workerConnection(redis),
      ...environment,
      { name: ENV.agentListen, value: listenOn(agentPort) },
      SOCKET_VARIABLE,
      ...(sharesProcesses(props) ? [{ name: ENV.agentProcesses, value: 'shared' }] : []),
      ...(agentPatience ? [{ name: ENV.agentPatience, value: String(inMilliseconds(agentPatience)) }] : []),
    ],
    volumeMounts: [...connectionMounts(redis), ...run.mounts, SOCKET_MOUNT],
  };
}

/** Whether the containers of the pod see each other's processes. */
export function sharesProcesses({ shareProcesses = true }: AgentProps): boolean {
  return shareProcesses;
}

function listenOn(port: number | undefined): string {
  return `${HOST}:${port ?? PORT}`;
}
