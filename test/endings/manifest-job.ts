import {
  type Backoff,
  envOfIndex,
  type JobChange,
  type JobEnd,
  type JobSpec,
  NO_BACKOFF,
  podOfIndex,
  RunningJob,
  type RunningPod,
} from '../../local/job-controller';
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
  /** Its index, where the Job has them. */
  readonly place: number;
  readonly worker: WorkerProcess;
  /** Whether it was evicted. */
  disrupted: boolean;
}

/** How a Job ended, and why. */
export interface ManifestJobEnd extends Pick<JobEnd, 'condition' | 'reason'> {
  /** Failures that counted. */
  readonly failed: number;
  /** Exit codes of the workers, in the order in which their pods ended. */
  readonly codes: readonly number[];
}

/** A pod that has ended. */
export interface EndedPod {
  readonly place: number;
  readonly code: number;
}

/** A Job as it is rendered, with the workers of a test for pods. */
export class ManifestJob {
  readonly ended: Promise<ManifestJobEnd>;
  private readonly job: RunningJob<Pod>;
  private readonly uid: string;
  /** The pods that have ended, in this order. */
  readonly gone: EndedPod[] = [];
  private readonly indexed: boolean;
  private pods = 0;

  constructor(
    private readonly manifest: JobManifest,
    private readonly startWorker: (env: Record<string, string>) => WorkerProcess,
    backoff: Backoff = NO_BACKOFF,
  ) {
    const { metadata, spec } = manifest;
    if (spec.template.spec.restartPolicy !== 'Never') {
      throw new Error('Only Jobs with restartPolicy Never are understood here.');
    }
    this.uid = `uid-of-${metadata.name}-${process.hrtime.bigint()}`;
    this.indexed = spec.completionMode === 'Indexed';
    this.job = new RunningJob({
      spec,
      backoff,
      startPod: (place) => this.startPod(place),
      deletePod: (pod) => this.delete(pod),
    });
    this.ended = this.job.ended.then((end) => {
      const { condition, reason } = end!;
      return { condition, reason, failed: this.job.failed, codes: this.gone.map(({ code }) => code) };
    });
  }

  get active(): Iterable<Pod> {
    return this.job.pods.values();
  }

  /** The pod at a place, while it runs. */
  at(place: number): Pod | undefined {
    return this.job.pods.get(place);
  }

  /** How it has ended, while pods may run still. */
  get end(): JobEnd | undefined {
    return this.job.end;
  }

  /** Changes the Job, as `kubectl patch` does. */
  patch(change: JobChange): void {
    this.job.patch(change);
  }

  /** Deletes a pod. */
  delete(pod: Pod): void {
    pod.worker.kill('SIGTERM');
  }

  /** Evicts a pod: the condition first, then SIGTERM. */
  evict(pod: Pod): void {
    pod.disrupted = true;
    pod.worker.kill('SIGTERM');
  }

  private startPod(place: number): Pod {
    const job = this.manifest.metadata.name;
    const ofIndex = this.indexed ? podOfIndex(job, place) : undefined;
    const name = `${ofIndex?.generateName ?? `${job}-`}${++this.pods}`;
    const labels = { 'batch.kubernetes.io/controller-uid': this.uid, ...ofIndex?.labels };
    const { containers, initContainers = [] } = this.manifest.spec.template.spec;
    const sidecars = initContainers
      .filter(({ restartPolicy }) => restartPolicy === 'Always')
      .map(({ name, command = [] }) => ({ name, process: new ContainerProcess({ command }) }));
    const { name: container, env } = containers[0]!;
    const variables = ofIndex ? envOfIndex(env) : env;
    const worker = this.startWorker(resolveEnv(variables, { name, namespace: 'default', labels }));
    const ended = worker.ended.then(async ({ code }) => {
      const exitCodes = new Map([[container, exitCodeOf(code)]]);
      // A kubelet ends them once the containers beside them have ended.
      for (const { process } of sidecars) process.kill('SIGTERM');
      for (const { name, process } of sidecars) exitCodes.set(name, await process.exitCode);
      this.gone.push({ place, code: exitCodeOf(code) });
      return { succeeded: code === 0, exitCodes, disrupted: pod.disrupted };
    });
    const pod: Pod = { name, place, worker, ended, disrupted: false };
    return pod;
  }
}
