import { constants } from 'node:os';
import { type EnvVar, resolveEnv } from '../../demo/pod-environment';
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
        readonly containers: readonly { readonly env: readonly EnvVar[] }[];
      };
    };
  };
}

interface PodFailureRule {
  readonly action: 'FailJob' | 'Ignore' | 'Count';
  readonly onExitCodes?: { readonly operator: string; readonly values: readonly number[] };
  readonly onPodConditions?: readonly { readonly type: string; readonly status: string }[];
}

export interface Pod {
  readonly name: string;
  readonly worker: WorkerProcess;
  /** Whether it was evicted, which Kubernetes notes as the condition DisruptionTarget. */
  disrupted: boolean;
}

/** How a Job ended, and why. */
export interface JobEnd {
  readonly condition: 'Complete' | 'Failed';
  readonly reason: 'CompletionsReached' | 'PodFailurePolicy' | 'BackoffLimitExceeded';
  /** Failures that counted. */
  readonly failed: number;
  /** Exit codes of all pods, in the order in which they ended. */
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
    const { env } = this.job.spec.template.spec.containers[0]!;
    const worker = this.startWorker(resolveEnv(env, { name, namespace: 'default', labels }));
    const pod = { name, worker, disrupted: false };
    this.active.add(pod);
    worker.ended.then(({ code }) =>
      this.podEnded(pod, typeof code === 'number' ? code : 128 + constants.signals[code]),
    );
  }

  private podEnded(pod: Pod, code: number): void {
    this.active.delete(pod);
    this.codes.push(code);
    if (this.over) return;
    const action = code === 0 ? undefined : this.actionOn(pod, code);
    if (code === 0) this.succeeded++;
    if (action === 'Count') this.failed++;

    if (action === 'FailJob') this.finish('Failed', 'PodFailurePolicy');
    else if (this.failed > this.job.spec.backoffLimit) this.finish('Failed', 'BackoffLimitExceeded');
    else if (this.succeeded > 0 && this.active.size === 0) this.finish('Complete', 'CompletionsReached');
    else this.fillUp();
  }

  // The first rule that matches wins; what no rule matches counts.
  private actionOn({ disrupted }: Pod, code: number): PodFailureRule['action'] {
    const rule = this.job.spec.podFailurePolicy.rules.find(
      ({ onExitCodes, onPodConditions }) =>
        onExitCodes?.values.includes(code) ||
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
    Promise.all(running.map(({ worker }) => worker.ended)).then(() => this.end({ condition, reason, failed, codes }));
  }
}
