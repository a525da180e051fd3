import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { type JobSpec, type PodEnd, RunningJob, WORKER_POLICY, workerEnd } from '../local/job-controller';
import { ContainerProcess, exitCodeOf } from '../local/kubelet';
import { ENV, EXIT } from '../worker/contract';
import { endsInStart, now } from './handler-log';

/** A worker process, from its start to its end; or, one after the other, the simulated incarnations in one place. */
export interface WorkerProcess {
  readonly name: string;
  readonly simulated?: true;
  /** Its place among the workers: whoever replaces it has the same one. */
  readonly place: number;
  readonly log: string;
  readonly startedAt: number;
  /** The controller told it to stop. */
  deleted?: true;
  endedAt?: number;
  code?: number | null;
  signal?: NodeJS.Signals | null;
}

export const COMPLETION_MODES = ['Indexed', 'NonIndexed'] as const;
export type CompletionMode = (typeof COMPLETION_MODES)[number];

export interface JobOptions {
  readonly parallelism: number;
  readonly completionMode: CompletionMode;
  /** Complete with the first worker that ends with 0, whichever it is; a break, to be noticed. */
  readonly anyCompletes: boolean;
  readonly program: string;
  /** Folder for logs and output. */
  readonly dir: string;
  /** Environment of the worker at a place. */
  readonly env: (place: number, name: string) => NodeJS.ProcessEnv;
}

/** The rules of Kubernetes at a quicker pace. */
const BACKOFF = { base: 100, cap: 100 };
const BACKOFF_LIMIT = 6;

interface Pod {
  readonly process: WorkerProcess;
  readonly container: ContainerProcess;
  readonly ended: Promise<PodEnd>;
}

/** The Job of a run as the construct renders it, whose pods are worker processes, with a quick controller. */
export class Job {
  readonly processes: WorkerProcess[] = [];
  /** When the Job was Complete; without indexes, when the first worker ended with 0, because that decides it. */
  drainedAt: number | undefined;
  private lastEndedAt: number | undefined;
  /** Workers from this place on may leave before. */
  private readonly closers: number;
  private readonly job: RunningJob<Pod>;
  private readonly closed = new AbortController();

  constructor(private readonly options: JobOptions) {
    const { parallelism, completionMode } = options;
    this.closers = completionMode === 'Indexed' ? Math.ceil(parallelism / 10) : parallelism;
    this.job = new RunningJob({
      spec: {
        parallelism,
        backoffLimit: BACKOFF_LIMIT,
        podFailurePolicy: WORKER_POLICY,
        ...(completionMode === 'Indexed' && indexes(parallelism, options.anyCompletes ? parallelism : this.closers)),
      },
      backoff: BACKOFF,
      startPod: (place) => this.start(place),
      deletePod: (pod) => {
        pod.process.deleted = true;
        pod.container.kill('SIGTERM');
      },
      onEnd: ({ condition }) => {
        if (condition === 'Complete') this.drainedAt ??= this.lastEndedAt;
      },
      stop: this.closed.signal,
    });
  }

  /** How many workers there are at once. */
  get places(): number {
    return this.options.parallelism;
  }

  get running(): number {
    return this.job.pods.size;
  }

  /** Whether no worker runs and none will. */
  get over(): boolean {
    return this.running === 0 && this.job.end !== undefined;
  }

  /** Whether the Job has failed. */
  get failed(): boolean {
    return this.job.end?.condition === 'Failed';
  }

  /** The process at a place, while it lives. */
  at(place: number): { process: WorkerProcess; kill(signal: NodeJS.Signals): void } | undefined {
    const pod = this.job.pods.get(place);
    return pod && { process: pod.process, kill: (signal) => pod.container.kill(signal) };
  }

  /** Whether any worker is in the middle of an item. */
  anyAtItem(): boolean {
    return [...this.job.pods.keys()].some((place) => this.atItem(place));
  }

  /** Whether the worker at a place is in the middle of an item. */
  atItem(place: number): boolean {
    const pod = this.job.pods.get(place);
    return pod !== undefined && endsInStart(pod.process.log);
  }

  /** Ends all workers for good. */
  async close(): Promise<void> {
    this.closed.abort();
    this.killAll();
    await this.job.ended;
  }

  private killAll(): void {
    for (const { container } of this.job.pods.values()) container.kill('SIGKILL');
  }

  private start(place: number): Pod {
    const { options } = this;
    const name = `worker-${place}-${this.processes.length}`;
    const log = join(options.dir, `${name}.log`);
    const output = openSync(join(options.dir, `${name}.out`), 'a');
    const container = new ContainerProcess({
      command: ['node', options.program],
      env: { PATH: process.env.PATH, CHAOS_LOG: log, ...options.env(place, name), ...this.indexEnv(place) },
      output,
    });
    const record: WorkerProcess = { name, place, log, startedAt: now() };
    this.processes.push(record);
    const ended = container.end.then((end) => {
      const signal = typeof end === 'string' ? end : null;
      Object.assign(record, { endedAt: now(), code: signal ? null : end, signal });
      closeSync(output);
      this.lastEndedAt = record.endedAt;
      if (end === EXIT.drained && options.completionMode === 'NonIndexed') this.drainedAt ??= record.endedAt;
      // Signals are the faults' doing, and no failure of the worker; nor is what they do to those that still leave.
      return workerEnd(exitCodeOf(end), signal !== null || this.drainedAt !== undefined);
    });
    return { process: record, container, ended };
  }

  private indexEnv(place: number): NodeJS.ProcessEnv {
    if (this.options.completionMode === 'NonIndexed') return {};
    return { [ENV.completionIndex]: String(place), [ENV.leaveFromIndex]: String(this.closers) };
  }
}

/** With indexes, of which so many, the lowest, end the Job. */
function indexes(parallelism: number, closers: number): JobSpec {
  return {
    completionMode: 'Indexed',
    completions: parallelism,
    backoffLimitPerIndex: 2 ** 31 - 1,
    successPolicy: { rules: [{ succeededIndexes: `0-${closers - 1}`, succeededCount: 1 }] },
  };
}
