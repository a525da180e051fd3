import { isIP } from 'node:net';
import { AGENT_DEFAULTS, ENV } from '../worker/contract';
import { ConfigurationError } from '../worker/errors';

/** What the agent is told by its environment, beside what every worker is. Times in ms. */
export interface AgentSettings {
  /** Name of the queue, as the chart gives it. */
  readonly queue: string;
  /** Where it listens: an address of this machine that only this machine (in a pod: only the pod) reaches. */
  readonly listen: { readonly host: string; readonly port: number };
  /** The Unix socket on which it listens as well. */
  readonly socket?: string;
  /** Whether it sees the processes of the program in /proc. */
  readonly shared: boolean;
  /** How long the program may hold nothing and ask for nothing. */
  readonly patience: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The names and addresses of the loopback interface, as a URL has them. */
export const LOOPBACK: readonly string[] = ['127.0.0.1', 'localhost', '[::1]'];

/**
 * How many items the program may hold at once where `concurrency` is not given: more than any asks for, so that it is the
 * program that decides.
 */
const MOST_HELD = '1000';

const LONGEST_PATIENCE = 31_536_000_000;

/**
 * Reads the environment of the agent.
 *
 * @throws ConfigurationError a variable is missing, or has a value that makes no sense
 */
export function readAgentSettings(env: Environment): AgentSettings {
  const queue = env[ENV.definedAs] || env[ENV.queue];
  if (!queue) throw new ConfigurationError(`${ENV.queue} is missing: set it to the name of the queue`);
  const processes = env[ENV.agentProcesses];
  if (processes && processes !== 'shared') {
    throw new ConfigurationError(
      `${ENV.agentProcesses} is ${JSON.stringify(processes)}; allowed is shared, or leave it unset`,
    );
  }
  const socket = env[ENV.agentSocket];
  if (socket && (!socket.startsWith('/') || Buffer.byteLength(socket) > MOST_SOCKET_BYTES)) {
    throw new ConfigurationError(
      `${ENV.agentSocket} is ${JSON.stringify(socket)}; allowed is an absolute path of at most ${MOST_SOCKET_BYTES} bytes`,
    );
  }
  return {
    queue,
    listen: readListen(env[ENV.agentListen] || AGENT_DEFAULTS.listen),
    ...(socket && { socket }),
    shared: processes === 'shared',
    patience: readPatience(env[ENV.agentPatience]),
  };
}

/** What the worker in the agent is told: the same, with as many items at once as the program asks for. */
export function workerEnvironment(env: Environment): Environment {
  return { ...env, [ENV.concurrency]: env[ENV.concurrency] || MOST_HELD };
}

/** The longest path that Linux takes for a socket. */
const MOST_SOCKET_BYTES = 107;

/** `127.0.0.1:7440`, `localhost:7440` or `[::1]:7440`. */
function readListen(text: string): AgentSettings['listen'] {
  const [, host = '', digits = ''] = /^(.*):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (LOOPBACK.includes(host) && digits !== '' && port <= 65_535) return { host: host.replace(/^\[|\]$/g, ''), port };
  throw new ConfigurationError(
    `${ENV.agentListen} is ${JSON.stringify(text)}; allowed are 127.0.0.1:PORT, localhost:PORT and [::1]:PORT, which nobody outside of the pod reaches, with a port from 0 (a free one) to 65535`,
  );
}

function readPatience(text: string | undefined): number {
  if (!text) return AGENT_DEFAULTS.patience;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= LONGEST_PATIENCE) return value;
  throw new ConfigurationError(
    `${ENV.agentPatience} is ${JSON.stringify(text)}; allowed are whole numbers from 1 to ${LONGEST_PATIENCE}`,
  );
}

/** The address as a URL, as the program has it in its environment. */
export function agentUrl({ host, port }: AgentSettings['listen']): string {
  return `http://${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
}
