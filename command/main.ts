/**
 * What the container of a worker runs that has a command for each item: a worker as any other, whose handler runs one process
 * an item. `npm run build` makes one file of it and all that it imports, the lease thread included.
 *
 *   node command.js [--input argument|stdin] [--dead CODES] [--later CODES] [--later-in MS] [--results] [--kill-after MS] -- WORD…
 */
import { runWorker } from '../worker';
import { DEFAULTS, ENV } from '../worker/contract';
import { ConfigurationError } from '../worker/errors';
import { ownExit, writeTerminationMessage } from '../worker/exit';
import { workerLog } from '../worker/log';
import { type CommandSpec, readCommandSpec } from './command-spec';
import { commandHandler } from './handler';

const { env } = process;

function run(): Promise<never> {
  let spec: CommandSpec;
  let name: string;
  try {
    spec = readCommandSpec(argumentsOf(process.argv));
    name = queueName();
  } catch (error) {
    return refuse(error);
  }
  // A grace that makes no sense is told by the worker.
  const grace = Number(env[ENV.grace] || DEFAULTS.grace);
  const handler = commandHandler(spec, { queue: env[ENV.queue] || name, grace, env });
  return runWorker<Uint8Array>({ name, payload: 'bytes' }, handler, { results: spec.results });
}

/** A program that is given as text has no file in front of its arguments. */
function argumentsOf(argv: readonly string[]): string[] {
  const isText = process.execArgv.some((each) => /^(-e|--eval|-pe?|--print)(=|$)/.test(each));
  return argv.slice(isText ? 1 : 2);
}

function queueName(): string {
  const name = env[ENV.definedAs] || env[ENV.queue];
  if (name) return name;
  throw new ConfigurationError(`${ENV.queue} is missing; it names the queue whose items the command is run for`);
}

function refuse(error: unknown): Promise<never> {
  if (!(error instanceof ConfigurationError)) throw error;
  const line = `${error.message} (exit ${error.exitCode})`;
  workerLog(undefined, env).error(line, { exit: error.exitCode });
  writeTerminationMessage(env[ENV.terminationLog] ?? DEFAULTS.terminationLog, line);
  return ownExit().leaveOnceWritten(error.exitCode);
}

void run();
