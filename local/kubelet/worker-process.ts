import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { createInterface } from 'node:readline';

export interface WorkerProcessOptions {
  /** Arguments of node: the program, and what comes before it. */
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Takes each line that the worker writes, to standard output or standard error. */
  readonly onLine: (line: string, stream: 'stdout' | 'stderr') => void;
  /** Ends the worker with SIGTERM, as a kubelet does. */
  readonly stop: AbortSignal;
}

/** A worker as a process on this machine, in place of a pod. */
export class WorkerProcess {
  /** Its exit code, as a kubelet would report it. */
  readonly ended: Promise<number>;
  private readonly child: ChildProcess;

  constructor({ args, env, onLine, stop }: WorkerProcessOptions) {
    // A group of its own: Ctrl-C reaches the parent, which passes it on the way a kubelet would.
    this.child = spawn(process.execPath, args, { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of ['stdout', 'stderr'] as const) {
      createInterface({ input: this.child[stream]! }).on('line', (line) => onLine(line, stream));
    }
    const terminate = () => this.kill('SIGTERM');
    stop.addEventListener('abort', terminate);
    if (stop.aborted) terminate();
    this.ended = once(this.child, 'close').then(([code, signal]) => {
      stop.removeEventListener('abort', terminate);
      return code ?? 128 + constants.signals[signal as NodeJS.Signals];
    });
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }
}
