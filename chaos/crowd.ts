import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { ContainerProcess } from '../local/kubelet';
import { now } from './handler-log';
import type { WorkerProcess } from './job';

export interface CrowdOptions {
  /** Simulated incarnations at once. */
  readonly size: number;
  /** Their place among the workers, which is their wire. */
  readonly place: number;
  readonly seed: number;
  /** Folder for logs and output. */
  readonly dir: string;
  readonly nodeArgs: readonly string[];
  /** Environment of a worker. */
  readonly env: NodeJS.ProcessEnv;
}

/** The process of the simulated incarnations of a run, and how each of them stands. */
export class Crowd {
  readonly processes: readonly WorkerProcess[];
  private readonly container: ContainerProcess;
  private readonly output: number;
  private ended: number | NodeJS.Signals | undefined;

  constructor({ size, place, seed, dir, nodeArgs, env }: CrowdOptions) {
    const log = join(dir, 'simulated');
    const startedAt = now();
    this.processes = Array.from({ length: size }, (_, i) => {
      return { name: `simulated-${i}`, simulated: true, place, log: `${log}-${i}.log`, startedAt };
    });
    this.output = openSync(join(dir, 'simulated.out'), 'a');
    this.container = new ContainerProcess({
      command: ['node', ...nodeArgs, join(__dirname, 'incarnations.js')],
      env: {
        PATH: process.env.PATH,
        CHAOS_LOG: log,
        CHAOS_INCARNATIONS: String(size),
        CHAOS_SEED: String(seed),
        ...env,
      },
      stdin: 'pipe',
      output: (line, stream) => this.read(line, stream),
    });
    void this.container.end.then((end) => {
      this.ended = end;
      for (const process of this.processes) {
        if (process.endedAt === undefined) Object.assign(process, endOf(end));
      }
      closeSync(this.output);
    });
  }

  /** Whether all of them have ended. */
  get over(): boolean {
    return this.ended !== undefined;
  }

  /** When the first of them found the queue drained. */
  get drainedAt(): number | undefined {
    const ends = this.processes.filter(({ code }) => code === 0).map(({ endedAt }) => endedAt as number);
    return ends.length > 0 ? Math.min(...ends) : undefined;
  }

  /** So many of them, from 0 to 1, die at once; others take their places. */
  die(share: number): void {
    this.container.stdin?.write(`die ${share}\n`);
  }

  /** Of so many of them nothing is heard for a while, in ms. */
  fallSilent(share: number, ms: number): void {
    this.container.stdin?.write(`silent ${share} ${ms}\n`);
  }

  /** Ends all of them for good. */
  async close(): Promise<void> {
    this.container.kill('SIGKILL');
    await this.container.end;
  }

  private read(line: string, stream: 'stdout' | 'stderr'): void {
    const [, place, code] = /^(\d+) (\d+)$/.exec(line) ?? [];
    if (stream === 'stdout' && place !== undefined) {
      Object.assign(this.processes[Number(place)] as WorkerProcess, endOf(Number(code)));
    } else writeSync(this.output, `${line}\n`);
  }
}

function endOf(end: number | NodeJS.Signals): Pick<WorkerProcess, 'endedAt' | 'code' | 'signal'> {
  return { endedAt: now(), code: typeof end === 'number' ? end : null, signal: typeof end === 'string' ? end : null };
}
