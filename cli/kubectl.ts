import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { CommandError } from './failures';

/** Which cluster, and where in it; kubectl's own where nothing is said. */
export interface KubeTarget {
  readonly context?: string;
  readonly namespace?: string;
}

const run = promisify(execFile);

/** The options of kubectl that name a target. */
export function targetArgs({ context, namespace }: KubeTarget): string[] {
  return [...(context ? ['--context', context] : []), ...(namespace ? ['--namespace', namespace] : [])];
}

/**
 * Runs kubectl to its end.
 *
 * @param who what needs it, for the message where there is none
 * @returns its standard output
 * @throws CommandError there is no kubectl, or it failed; the message has its own words
 */
export async function kubectl(args: readonly string[], who: string, stop: AbortSignal): Promise<string> {
  try {
    return (await run('kubectl', args, { signal: stop, maxBuffer: Number.POSITIVE_INFINITY })).stdout;
  } catch (error) {
    if (stop.aborted) throw stop.reason;
    const { code, signal, stderr } = error as NodeJS.ErrnoException & { signal?: string; stderr?: string };
    if (typeof code === 'string') throw cannotStart(error as NodeJS.ErrnoException, who);
    throw new CommandError(`kubectl ${args.join(' ')} ended (${signal ?? `exit ${code}`}): ${said(stderr ?? '')}`);
  }
}

/** @param instead what can be done without kubectl */
export function cannotStart(error: NodeJS.ErrnoException, who: string, instead = ''): CommandError {
  if (error.code !== 'ENOENT') return new CommandError(`kubectl cannot be run: ${error.message}`);
  return new CommandError(
    `${who} needs kubectl, and there is none on the PATH. Install it (https://kubernetes.io/docs/tasks/tools/)${instead}`,
  );
}

/** What kubectl printed on one line, without warnings and what its libraries log. */
function said(text: string): string {
  const lines = text.split('\n').map((line) => line.trim());
  return lines.filter((line) => line && !/^([EWI]\d{4} |Warning: )/.test(line)).join(' ') || 'it printed nothing';
}
