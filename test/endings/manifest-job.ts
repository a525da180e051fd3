import { type JobSpec, RunningJob, type RunningPod } from '../../local/job-controller';
import { ContainerProcess, type EnvVar, exitCodeOf, resolveEnv } from '../../local/kubelet';
import type { WorkerProcess } from '../worker-process';

/** What is read of a Job with `restartPolicy: Never`. */
export interface JobManifest {
  readonly metadata: { readonly name: string };
  readonly spec: JobSpec & {
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

export interface Pod extends RunningPod {
  readonly name: string;
  readonly worker: WorkerProcess;
  /** Whether it was evicted. */
  disrupted: boolean;
}

/** How a Job ended, and why. */
export interface ManifestJobEnd {
  readonly condition: 'Complete' | 'Failed';
  readonly reason: 'CompletionsReached' | 'PodFailurePolicy' | 'BackoffLimitExceeded';
  /** Failures that counted. */
  readonly failed: number;
  /** Exit codes of the workers, in the order in which their pods ended. */
  readonly codes: readonly number[];
}

/** A Job as it is rendered, with the workers of a test for pods. */
export class ManifestJob {
  readonly ended: Promise<ManifestJobEnd>;
  private readonly job: RunningJob<Pod>;
  private readonly uid: string;
  private readonly codes: number[] = [];
  private pods = 0;

  constructor(
    private readonly manifest: JobManifest,
    private readonly startWorker: (env: Record<string, string>) => WorkerProcess,
  ) {
    const { metadata, spec } = manifest;
    if (spec.template.spec.restartPolicy !== 'Never') {
      throw new Error('Only Jobs with restartPolicy Never are understood here.');
    }
    this.uid = `uid-of-${metadata.name}-${process.hrtime.bigint()}`;
    this.job = new RunningJob({
      spec,
      startPod: () => this.startPod(),
      onFailed: () => {
        for (const { worker } of this.active) worker.kill('SIGTERM');
      },
    });
    this.ended = this.job.ended.then((end) => {
      const { condition, reason } = end!;
      return { condition, reason, failed: this.job.failed, codes: this.codes };
    });
  }

  get active(): Iterable<Pod> {
    return this.job.pods.values();
  }

  /** Evicts a pod: the condition first, then SIGTERM. */
  evict(pod: Pod): void {
    pod.disrupted = true;
    pod.worker.kill('SIGTERM');
  }

  private startPod(): Pod {
    const name = `${this.manifest.metadata.name}-${++this.pods}`;
    const labels = { 'batch.kubernetes.io/controller-uid': this.uid };
    const { containers, initContainers = [] } = this.manifest.spec.template.spec;
    const sidecars = initContainers
      .filter(({ restartPolicy }) => restartPolicy === 'Always')
      .map(({ name, command = [] }) => ({ name, process: new ContainerProcess({ command }) }));
    const { name: container, env } = containers[0]!;
    const worker = this.startWorker(resolveEnv(env, { name, namespace: 'default', labels }));
    const ended = worker.ended.then(async ({ code }) => {
      const exitCodes = new Map([[container, exitCodeOf(code)]]);
      // A kubelet ends them once the containers beside them have ended.
      for (const { process } of sidecars) process.kill('SIGTERM');
      for (const { name, process } of sidecars) exitCodes.set(name, await process.exitCode);
      this.codes.push(exitCodeOf(code));
      return { succeeded: code === 0, exitCodes, disrupted: pod.disrupted };
    });
    const pod: Pod = { name, worker, ended, disrupted: false };
    return pod;
  }
}
