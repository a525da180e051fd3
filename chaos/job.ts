import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT, FAIL_JOB_CODES, IGNORED_CODES } from '../worker/contract';
import { endsInStart, now } from './handler-log';

/** A worker process, from its start to its end. */
export interface WorkerProcess {
  readonly name: string;
  /** Its place among the workers: whoever replaces it has the same one. */
  readonly place: number;
  readonly log: string;
  readonly startedAt: number;
  endedAt?: number;
  code?: number | null;
  signal?: NodeJS.Signals | null;
}

export interface JobOptions {
  readonly parallelism: number;
  readonly program: string;
  readonly nodeArgs: readonly string[];
  /** Folder for logs and output. */
  readonly dir: string;
  /** Environment of the worker at a place. */
  readonly env: (place: number, name: string) => NodeJS.ProcessEnv;
}

const REPLACED_AFTER = 100;
const BACKOFF_LIMIT = 6;

/**
 * What a Job controller does of a Job with unset completions: ended workers are replaced until the first one ends with
 * 0, and never after it; some codes fail the Job, and so do too many others.
 */
export class Job {
  readonly processes: WorkerProcess[] = [];
  /** When the first worker ended with 0. */
  drainedAt: number | undefined;
  /** The code that failed the Job. */
  failedWith: number | undefined;
  private readonly children: (ChildProcess | undefined)[];
  private readonly current: (WorkerProcess | undefined)[];
  private closed = false;
  private counted = 0;

  constructor(private readonly options: JobOptions) {
    this.children = new Array(options.parallelism);
    this.current = new Array(options.parallelism);
    for (let place = 0; place < options.parallelism; place++) this.start(place);
  }

  /** How many workers there are at once. */
  get places(): number {
    return this.children.length;
  }

  get running(): number {
    return this.children.filter((child) => child !== undefined).length;
  }

  /** Whether no worker runs and none will. */
  get over(): boolean {
    return this.running === 0 && (this.drainedAt !== undefined || this.failedWith !== undefined);
  }

  /** The process at a place, while it lives. */
  at(place: number): { process: WorkerProcess; kill(signal: NodeJS.Signals): void } | undefined {
    const child = this.children[place];
    const process = this.current[place];
    return child && process && { process, kill: (signal) => void child.kill(signal) };
  }

  /** Whether any worker is in the middle of an item. */
  anyAtItem(): boolean {
    return this.children.some((_, place) => this.atItem(place));
  }

  /** Whether the worker at a place is in the middle of an item. */
  atItem(place: number): boolean {
    const process = this.current[place];
    return process !== undefined && endsInStart(process.log);
  }

  /** Ends all workers for good. */
  async close(): Promise<void> {
    this.closed = true;
    const ends = this.children.map(
      (child) => child && new Promise<void>((resolve) => child.once('exit', () => resolve())),
    );
    for (const child of this.children) child?.kill('SIGKILL');
    await Promise.all(ends);
  }

  private start(place: number): void {
    const { options } = this;
    const name = `worker-${place}-${this.processes.length}`;
    const log = join(options.dir, `${name}.log`);
    const output = openSync(join(options.dir, `${name}.out`), 'a');
    const child = spawn(process.execPath, [...options.nodeArgs, options.program], {
      env: { PATH: process.env.PATH, CHAOS_LOG: log, ...options.env(place, name) },
      // A group of its own: Ctrl-C reaches the run, which ends its workers.
      detached: true,
      stdio: ['ignore', output, output],
    });
    const watchdog = watch(child);
    const record: WorkerProcess = { name, place, log, startedAt: now() };
    this.processes.push(record);
    this.children[place] = child;
    this.current[place] = record;
    child.once('exit', (code, signal) => {
      Object.assign(record, { endedAt: now(), code, signal });
      watchdog.kill('SIGKILL');
      closeSync(output);
      this.children[place] = undefined;
      this.current[place] = undefined;
      this.ended(place, code);
    });
  }

  /** Signals are the faults' doing and SIGTERM is ignored; what else goes wrong counts against the backoffLimit. */
  private fails(code: number): boolean {
    if (FAIL_JOB_CODES.includes(code)) return true;
    if (!IGNORED_CODES.includes(code)) this.counted++;
    return this.counted > BACKOFF_LIMIT;
  }

  private ended(place: number, code: number | null): void {
    if (this.closed) return;
    if (code === EXIT.drained) this.drainedAt ??= now();
    else if (code !== null && this.drainedAt === undefined && this.fails(code)) {
      this.failedWith ??= code;
      for (const child of this.children) child?.kill('SIGKILL');
    }
    const goesOn = () => !this.closed && this.drainedAt === undefined && this.failedWith === undefined;
    setTimeout(() => {
      if (goesOn()) this.start(place);
    }, REPLACED_AFTER).unref();
  }
}

/** A shell that waits for the end of this process, SIGKILL included, and then ends the worker, also a stopped one. */
function watch(worker: ChildProcess): ChildProcess {
  const watchdog = spawn('sh', ['-c', 'read -r _; kill -9 "$1"', 'worker-watchdog', String(worker.pid)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watchdog.stdin.on('error', () => {});
  return watchdog;
}
