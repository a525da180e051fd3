import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ContainerLog, ContainerProcess } from '../local/kubelet';

export interface WorkerProcessOptions {
  /** REDIS_URL. */
  readonly url: string;
  /** Further variables; a number is written as one. Those left undefined are unset. */
  readonly env?: Readonly<Record<string, string | number | undefined>>;
  /** Program to run. @default workers/by-payload.js, bundled */
  readonly program?: string;
  /** What runs in place of node and the program. */
  readonly command?: readonly string[];
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
  readonly ended: Promise<Ended>;
  private readonly container: ContainerProcess;
  private readonly log = new ContainerLog('The worker');
  private readonly folder = mkdtempSync(join(tmpdir(), 'worker-'));

  constructor({
    url,
    env = {},
    program = process.env.WORKER_BY_PAYLOAD as string,
    nodeArgs = [],
    command = ['node', ...nodeArgs, program],
  }: WorkerProcessOptions) {
    const terminationLog = join(this.folder, 'termination-log');
    const variables: Record<string, string> = { PATH: process.env.PATH ?? '' };
    const own = { WORK_QUEUE_TERMINATION_LOG: terminationLog, WORK_QUEUE_RUN: 'run', WORK_QUEUE_LOG: 'text' };
    const all = { REDIS_URL: url, ...own, ...env };
    for (const [name, value] of Object.entries(all)) if (value !== undefined) variables[name] = String(value);
    const last = { stdout: '', stderr: '' };
    this.container = new ContainerProcess({
      command,
      env: variables,
      stdin: 'pipe',
      output: (line, stream) => {
        last[stream] = line;
        this.log.add(line);
      },
    });
    running.add(this);
    this.ended = this.container.end.then((code) => {
      running.delete(this);
      this.log.close();
      const terminationMessage = readIfThere(terminationLog);
      rmSync(this.folder, { recursive: true, force: true });
      return { code, summary: code === 0 ? last.stdout : last.stderr, terminationMessage };
    });
  }

  get pid(): number {
    return this.container.pid;
  }

  /** Lines of both streams, in the order in which they came. */
  get lines(): readonly string[] {
    return this.log.lines;
  }

  /** {@link ContainerLog.line} */
  line(text: string | RegExp): Promise<string> {
    return this.log.line(text);
  }

  /** {@link ContainerLog.until} */
  until<T>(what: string, find: () => T | undefined): Promise<T> {
    return this.log.until(what, find);
  }

  /** {@link ContainerLog.count} */
  count(text: string): number {
    return this.log.count(text);
  }

  /** Writes a line to its standard input. */
  tell(line: string): void {
    this.container.stdin?.write(`${line}\n`);
  }

  kill(signal: NodeJS.Signals): void {
    this.container.kill(signal);
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
