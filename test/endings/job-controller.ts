import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { type EnvVar, resolveEnv } from '../../local/kubelet';
import type { WorkerProcess } from '../worker-process';

/** What the controller reads of a Job with unset completions and `restartPolicy: Never`. */
export interface JobManifest {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly parallelism: number;
    readonly completions?: number;
    readonly backoffLimit: number;
    readonly podFailurePolicy: { readonly rules: readonly PodFailureRule[] };
    readonly template: {
      readonly spec: {
        readonly restartPolicy: string;
        readonly containers: readonly { readonly name: string; readonly env: readonly EnvVar[] }[];
        readonly initContainers?: readonly InitContainer[];
      };
    };
  };
}

interface InitContainer {
  readonly name: string;
  /** `Always` makes it a native sidecar. Others are not run here. */
  readonly restartPolicy?: string;
  readonly command?: readonly string[];
}

interface PodFailureRule {
  readonly action: 'FailJob' | 'Ignore' | 'Count';
  readonly onExitCodes?: {
    readonly containerName?: string;
    readonly operator: string;
    readonly values: readonly number[];
  };
  readonly onPodConditions?: readonly { readonly type: string; readonly status: string }[];
}

export interface Pod {
  readonly name: string;
  readonly worker: WorkerProcess;
  /** Native sidecars, by container. */
  readonly sidecars: ReadonlyMap<string, ChildProcess>;
  /** Whether it was evicted, which Kubernetes notes as the condition DisruptionTarget. */
  disrupted: boolean;
}

/** How a Job ended, and why. */
export interface JobEnd {
  readonly condition: 'Complete' | 'Failed';
  readonly reason: 'CompletionsReached' | 'PodFailurePolicy' | 'BackoffLimitExceeded';
  /** Failures that counted. */
  readonly failed: number;
  /** Exit codes of the workers, in the order in which their pods ended. */
  readonly codes: readonly number[];
}

/** What Kubernetes makes of a Job, as far as a work queue's Job goes, with processes on this machine for pods. */
export class JobController {
  readonly active = new Set<Pod>();
  readonly ended: Promise<JobEnd>;
  private readonly uid: string;
  private readonly codes: number[] = [];
  private pods = 0;
  private failed = 0;
  private succeeded = 0;
  private over = false;
  private end!: (end: JobEnd) => void;

  constructor(
    private readonly job: JobManifest,
    private readonly startWorker: (env: Record<string, string>) => WorkerProcess,
  ) {
    if (job.spec.completions !== undefined || job.spec.template.spec.restartPolicy !== 'Never') {
      throw new Error('Only Jobs with unset completions and restartPolicy Never are understood here.');
    }
    this.uid = `uid-of-${job.metadata.name}-${process.hrtime.bigint()}`;
    this.ended = new Promise((resolve) => {
      this.end = resolve;
    });
    this.fillUp();
  }

  /** Evicts a pod: the condition first, then SIGTERM. */
  evict(pod: Pod): void {
    pod.disrupted = true;
    pod.worker.kill('SIGTERM');
  }

  // After the first success no pod is replaced.
  private fillUp(): void {
    while (this.succeeded === 0 && this.active.size < this.job.spec.parallelism) this.startPod();
  }

  private startPod(): void {
    const name = `${this.job.metadata.name}-${++this.pods}`;
    const labels = { 'batch.kubernetes.io/controller-uid': this.uid };
    const { containers, initContainers = [] } = this.job.spec.template.spec;
    const sidecars = new Map(
      initContainers
        .filter(({ restartPolicy }) => restartPolicy === 'Always')
        .map(({ name, command = [] }) => [name, spawn(command[0]!, command.slice(1), { stdio: 'ignore' })]),
    );
    const { name: container, env } = containers[0]!;
    const worker = this.startWorker(resolveEnv(env, { name, namespace: 'default', labels }));
    const pod = { name, worker, sidecars, disrupted: false };
    this.active.add(pod);
    worker.ended.then(async ({ code }) => {
      const codes = new Map([[container, exitCode(code)]]);
      for (const [sidecar, process] of sidecars) codes.set(sidecar, await terminate(process));
      this.podEnded(pod, exitCode(code), codes);
    });
  }

  /** A pod has ended: its worker with `code`, all its containers with `codes`. */
  private podEnded(pod: Pod, code: number, codes: ReadonlyMap<string, number>): void {
    this.active.delete(pod);
    this.codes.push(code);
    if (this.over) return;
    // What a sidecar ends with does not make a pod fail.
    const action = code === 0 ? undefined : this.actionOn(pod, codes);
    if (code === 0) this.succeeded++;
    if (action === 'Count') this.failed++;

    if (action === 'FailJob') this.finish('Failed', 'PodFailurePolicy');
    else if (this.failed > this.job.spec.backoffLimit) this.finish('Failed', 'BackoffLimitExceeded');
    else if (this.succeeded > 0 && this.active.size === 0) this.finish('Complete', 'CompletionsReached');
    else this.fillUp();
  }

  // The first rule that matches wins; what no rule matches counts. A rule without a container is about each of them.
  private actionOn({ disrupted }: Pod, codes: ReadonlyMap<string, number>): PodFailureRule['action'] {
    const rule = this.job.spec.podFailurePolicy.rules.find(
      ({ onExitCodes, onPodConditions }) =>
        [...codes].some(
          ([container, code]) =>
            code !== 0 && (onExitCodes?.containerName ?? container) === container && onExitCodes?.values.includes(code),
        ) ||
        (disrupted && onPodConditions?.some(({ type, status }) => type === 'DisruptionTarget' && status === 'True')),
    );
    return rule?.action ?? 'Count';
  }

  private finish(condition: JobEnd['condition'], reason: JobEnd['reason']): void {
    this.over = true;
    const { failed, codes } = this;
    const running = [...this.active];
    // A Job that has failed takes its running pods along.
    for (const { worker } of running) worker.kill('SIGTERM');
    const ends = running.flatMap(({ worker, sidecars }) => [worker.ended, ...[...sidecars.values()].map(terminate)]);
    Promise.all(ends).then(() => this.end({ condition, reason, failed, codes }));
  }
}

/** Ends a sidecar as a kubelet does once the containers beside it have ended; its exit code. */
async function terminate(sidecar: ChildProcess): Promise<number> {
  if (sidecar.exitCode === null && sidecar.signalCode === null) {
    sidecar.kill('SIGTERM');
    await once(sidecar, 'exit');
  }
  return exitCode((sidecar.exitCode ?? sidecar.signalCode)!);
}

function exitCode(code: number | NodeJS.Signals): number {
  return typeof code === 'number' ? code : 128 + constants.signals[code];
}
