import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { createInterface } from 'node:readline';
import type { Writable } from 'node:stream';
import { killWithParent } from '../kill-with-parent';

export interface ContainerProcessOptions {
  /** The program and its arguments; `node` is the Node of this process. */
  readonly command: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** @default - that of this process */
  readonly cwd?: string;
  /** The user id that it runs under, with the group 0. @default - those of this process */
  readonly user?: number;
  /** What standard input is: nothing, or a pipe for {@link ContainerProcess.stdin}. @default 'ignore' */
  readonly stdin?: 'ignore' | 'pipe';
  /**
   * Takes each line of standard output and standard error; a number is the descriptor of a file for both.
   * @default - they are lost
   */
  readonly output?: number | ((line: string, stream: 'stdout' | 'stderr') => void);
  /** Ends the container with SIGTERM, as a kubelet does. @default - nothing does */
  readonly stop?: AbortSignal;
}

/** A container as a process on this machine. It goes when its parent goes, however that ends. */
export class ContainerProcess {
  /** Resolves once it has ended and all that it wrote was read: its exit code, or the signal that ended it. */
  readonly end: Promise<number | NodeJS.Signals>;
  private readonly child: ChildProcess;

  constructor({ command, env, cwd, user, stdin = 'ignore', output, stop }: ContainerProcessOptions) {
    const [program = '', ...args] = command;
    const out = typeof output === 'number' ? output : output ? 'pipe' : 'ignore';
    this.child = spawn(program === 'node' ? process.execPath : program, args, {
      env,
      cwd,
      ...(user !== undefined && { uid: user, gid: 0 }),
      // A group of its own: Ctrl-C reaches the parent, which passes it on the way a kubelet would.
      detached: true,
      stdio: [stdin, out, out],
    });
    if (typeof output === 'function') {
      for (const stream of ['stdout', 'stderr'] as const) {
        createInterface({ input: this.child[stream]! }).on('line', (line) => output(line, stream));
      }
    }
    if (this.child.pid !== undefined) {
      const watchdog = killWithParent(this.child.pid);
      this.child.once('exit', () => watchdog.kill('SIGKILL'));
    }
    // A container that is gone does not listen.
    this.child.stdin?.on('error', () => {});
    const terminate = () => this.kill('SIGTERM');
    stop?.addEventListener('abort', terminate);
    if (stop?.aborted) terminate();
    this.end = once(this.child, 'close').then(([code, signal]) => {
      stop?.removeEventListener('abort', terminate);
      return code ?? signal;
    });
  }

  /** Its exit code, as a kubelet reports it. */
  get exitCode(): Promise<number> {
    return this.end.then(exitCodeOf);
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** Its standard input, where that is a pipe. */
  get stdin(): Writable | null {
    return this.child.stdin;
  }

  /** Signals its first process. */
  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Signals each of its processes. */
  killAll(signal: NodeJS.Signals): void {
    const { pid, exitCode, signalCode } = this.child;
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    try {
      process.kill(-pid, signal);
    } catch (error) {
      // It has ended, and Node.js has not told of it yet.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

/** The exit code that a kubelet reports of a process that ended so. */
export function exitCodeOf(end: number | NodeJS.Signals): number {
  return typeof end === 'number' ? end : 128 + constants.signals[end];
}
