import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface WorkerProcessOptions {
  /** REDIS_URL. */
  readonly url: string;
  /** Further variables; a number is written as one. Those left undefined are unset. */
  readonly env?: Readonly<Record<string, string | number | undefined>>;
  /** Program to run. @default workers/by-payload.js */
  readonly program?: string;
  /** Arguments of node. @default - none */
  readonly nodeArgs?: readonly string[];
}

/** How a worker process ended. */
export interface Ended {
  /** Exit code, or the name of the signal that ended it. */
  readonly code: number | NodeJS.Signals;
  /** Its last line, on the stream on which it says how it ended. */
  readonly summary: string;
  readonly terminationMessage: string | undefined;
}

export const BY_PAYLOAD = join(__dirname, 'workers/by-payload.js');

/** A line that does not come within this time never will; far more than any needs, also on a machine with much to do. */
const PATIENCE = 100_000;

const running = new Set<WorkerProcess>();

/** Starts a worker process; {@link endWorkers} ends it with the test. */
export function startWorker(options: WorkerProcessOptions): WorkerProcess {
  return new WorkerProcess(options);
}

/** Kills every worker that is still running, and removes what they wrote. */
export async function endWorkers(): Promise<void> {
  const workers = [...running];
  for (const worker of workers) worker.kill('SIGKILL');
  await Promise.all(workers.map((worker) => worker.ended));
}

/** A worker in a process of its own, with every line that it writes. */
export class WorkerProcess {
  /** Lines of both streams, in the order in which they came. */
  readonly lines: string[] = [];
  readonly ended: Promise<Ended>;
  private readonly child: ChildProcess;
  private readonly folder = mkdtempSync(join(tmpdir(), 'worker-'));
  private readonly last = { stdout: '', stderr: '' };
  private readonly watchers = new Set<() => void>();
  private closed = false;

  constructor({ url, env = {}, program = BY_PAYLOAD, nodeArgs = [] }: WorkerProcessOptions) {
    const terminationLog = join(this.folder, 'termination-log');
    const variables: Record<string, string> = { PATH: process.env.PATH ?? '' };
    const all = { REDIS_URL: url, WORK_QUEUE_TERMINATION_LOG: terminationLog, WORK_QUEUE_RUN: 'run', ...env };
    for (const [name, value] of Object.entries(all)) if (value !== undefined) variables[name] = String(value);
    this.child = spawn(process.execPath, [...nodeArgs, program], { env: variables, stdio: ['pipe', 'pipe', 'pipe'] });
    // A worker that is gone does not listen.
    this.child.stdin?.on('error', () => {});
    for (const stream of ['stdout', 'stderr'] as const) {
      createInterface({ input: this.child[stream]! }).on('line', (line) => {
        this.lines.push(line);
        this.last[stream] = line;
        this.notify();
      });
    }
    running.add(this);
    this.ended = once(this.child, 'close').then(([code, signal]) => {
      running.delete(this);
      this.closed = true;
      this.notify();
      const terminationMessage = readIfThere(terminationLog);
      rmSync(this.folder, { recursive: true, force: true });
      return {
        code: (code ?? signal) as number | NodeJS.Signals,
        summary: code === 0 ? this.last.stdout : this.last.stderr,
        terminationMessage,
      };
    });
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** The first line with this text in it, now or later. */
  line(text: string | RegExp): Promise<string> {
    const pattern = typeof text === 'string' ? new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')) : text;
    return this.until(`a line with ${text}`, () => this.lines.find((line) => pattern.test(line)));
  }

  /** Resolves with what `find` finds, which is asked again with every line. */
  async until<T>(what: string, find: () => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = find();
        if (found !== undefined) end(() => resolve(found));
        else if (this.closed)
          end(() => reject(new Error(`The worker ended without ${what}:\n${this.lines.join('\n')}`)));
      };
      const tooLate = () => reject(new Error(`No ${what} within ${PATIENCE / 1_000} s:\n${this.lines.join('\n')}`));
      const timer = setTimeout(() => end(tooLate), PATIENCE);
      const end = (finish: () => void) => {
        clearTimeout(timer);
        this.watchers.delete(look);
        finish();
      };
      this.watchers.add(look);
      look();
    });
  }

  /** How many lines have this text in them so far. */
  count(text: string): number {
    return this.lines.filter((line) => line.includes(text)).length;
  }

  /** Writes a line to its standard input. */
  tell(line: string): void {
    this.child.stdin?.write(`${line}\n`);
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  private notify(): void {
    for (const look of [...this.watchers]) look();
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
