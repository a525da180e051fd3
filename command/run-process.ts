import { type ChildProcess, spawn } from 'node:child_process';
import { FirstBytes } from './first-bytes';
import { LastBytes } from './last-bytes';
import { Lines } from './lines';
import { type ProcessGroups, signalGroup } from './process-groups';

/** One process. Times in ms. */
export interface ProcessOptions {
  readonly words: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** What stands on its standard input. @default - nothing: it ends at once */
  readonly input?: Uint8Array;
  /** Standard output is kept, up to so many bytes, in place of being told. */
  readonly keep?: number;
  readonly tell: (line: string, stream: 'stdout' | 'stderr') => void;
  /** Ends it and its group. */
  readonly signal: AbortSignal;
  /** How long it has from SIGTERM to SIGKILL, for the reason of the signal. */
  readonly killIn: (reason: unknown) => number;
  /** How long what it has started may keep its standard output or standard error open once it has ended. */
  readonly linger: number;
  readonly groups: ProcessGroups;
}

/** How a process has ended. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Whether it was told to, before it did by itself. */
  readonly isAborted: boolean;
  /** What was kept of its standard output; undefined where that was more. */
  readonly stdout: Buffer | undefined;
  /** The end of what it wrote to standard error. */
  readonly stderr: string;
}

/** Bytes of standard error that are kept. */
const STDERR_BYTES = 2_000;

/** What has left the group keeps pipes open for so long after SIGKILL, in ms. */
const LAST_LOOK = 1_000;

/**
 * Runs one process in a group of its own, and resolves once it has ended and nobody writes to its standard output and
 * standard error any more. Nothing of its group is left then.
 *
 * @throws the error of the system where it cannot be started
 */
export async function runProcess(options: ProcessOptions): Promise<ProcessEnd> {
  const { words, env, input, keep, tell, signal, killIn, linger, groups } = options;
  const [program = '', ...args] = words;
  groups.watch();
  const child = spawn(program, args, {
    env,
    detached: true,
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  const { pid } = child;
  if (pid !== undefined) groups.add(pid);
  const kept = new FirstBytes(keep ?? 0);
  const tail = new LastBytes(STDERR_BYTES);
  const lines = { stdout: linesOf('stdout'), stderr: linesOf('stderr') };
  child.stdout?.on('data', (chunk: Buffer) => (keep === undefined ? lines.stdout : kept).write(chunk));
  child.stderr?.on('data', (chunk: Buffer) => {
    tail.write(chunk);
    lines.stderr.write(chunk);
  });
  // It may end without having read all of it.
  child.stdin?.on('error', () => {});
  child.stdin?.end(input);

  const { code, signal: by, isAborted } = await end(child, pid, { signal, killIn, linger });
  if (pid !== undefined) groups.remove(pid);
  lines.stdout.end();
  lines.stderr.end();
  const stdout = kept.isWhole ? kept.bytes : undefined;
  return { code, signal: by, isAborted, stdout, stderr: tail.text };

  function linesOf(stream: 'stdout' | 'stderr') {
    return new Lines((line) => tell(line, stream));
  }
}

type Way = Pick<ProcessOptions, 'signal' | 'killIn' | 'linger'>;

/** Waits for a process and for its pipes, and ends its group: told to by the signal, and after the process in any case. */
function end(child: ChildProcess, group: number | undefined, { signal, killIn, linger }: Way) {
  return new Promise<Pick<ProcessEnd, 'code' | 'signal' | 'isAborted'>>((resolve, reject) => {
    let isAborted = false;
    let hasEnded = false;
    let killing: NodeJS.Timeout | undefined;
    const kill = () => {
      if (group !== undefined) signalGroup(group, 'SIGKILL');
      killing = setTimeout(() => {
        child.stdout?.destroy();
        child.stderr?.destroy();
      }, LAST_LOOK);
    };
    const killAfter = (ms: number) => {
      clearTimeout(killing);
      killing = setTimeout(kill, ms);
    };
    const abort = () => {
      if (group === undefined) return;
      isAborted = !hasEnded;
      signalGroup(group, 'SIGTERM');
      killAfter(killIn(signal.reason));
    };
    const over = () => {
      clearTimeout(killing);
      signal.removeEventListener('abort', abort);
    };
    child.once('error', (error) => {
      if (group !== undefined) return;
      over();
      reject(error);
    });
    child.once('exit', () => {
      hasEnded = true;
      if (!isAborted) killAfter(linger);
    });
    child.once('close', (code, by) => {
      over();
      if (group !== undefined) signalGroup(group, 'SIGKILL');
      resolve({ code, signal: by, isAborted });
    });
    signal.addEventListener('abort', abort);
    if (signal.aborted) abort();
  });
}
