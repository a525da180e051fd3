import { type Backoff, JobController, type JobEnd, type JobSpec } from './job-controller';
import type { PodEnd } from './pod-failure-policy';

export interface RunningPod {
  readonly ended: Promise<PodEnd>;
}

export interface RunningJobOptions<P extends RunningPod> {
  readonly spec: JobSpec;
  /** Starts a pod at a place; the one that replaces it has the same place. */
  readonly startPod: (place: number) => P;
  /** The Job has failed, and pods may run still. A controller deletes them. */
  readonly onFailed: (end: JobEnd) => void;
  /** @default - pods are replaced at once */
  readonly backoff?: Backoff;
  /** No pod starts from then on; those that run go on. @default - nothing stops it */
  readonly stop?: AbortSignal;
}

/** A Job by the rules of {@link JobController}, by the clock of this machine. */
export class RunningJob<P extends RunningPod> {
  /** The pods that run, by their place. */
  readonly pods = new Map<number, P>();
  /** Resolves once no pod runs and none will: with the end of the Job, or with nothing where it was stopped before. */
  readonly ended: Promise<JobEnd | undefined>;
  private readonly controller: JobController;
  private timer: NodeJS.Timeout | undefined;
  private resolve!: (end: JobEnd | undefined) => void;

  constructor(private readonly options: RunningJobOptions<P>) {
    this.controller = new JobController(options.spec, options.backoff);
    this.ended = new Promise((resolve) => {
      this.resolve = resolve;
    });
    options.stop?.addEventListener('abort', () => this.reconcile(), { once: true });
    this.reconcile();
  }

  /** Failures that count. */
  get failed(): number {
    return this.controller.failed;
  }

  /** How the Job has ended; pods may run still. */
  get end(): JobEnd | undefined {
    return this.controller.end;
  }

  /** Changes how many pods run at once. */
  scale(parallelism: number): void {
    this.controller.scale(parallelism);
    this.reconcile();
  }

  private reconcile(): void {
    clearTimeout(this.timer);
    const stopped = this.options.stop?.aborted ?? false;
    if (!stopped) {
      for (const place of this.controller.start(performance.now())) this.startPod(place);
      const next = this.controller.nextStart;
      if (next !== undefined) this.timer = setTimeout(() => this.reconcile(), Math.ceil(next - performance.now()));
    }
    if (this.pods.size === 0 && (stopped || this.end)) this.resolve(this.end);
  }

  private startPod(place: number): void {
    const pod = this.options.startPod(place);
    this.pods.set(place, pod);
    void pod.ended.then((end) => {
      this.pods.delete(place);
      const jobEnd = this.controller.podEnded(place, end, performance.now());
      if (jobEnd?.condition === 'Failed') this.options.onFailed(jobEnd);
      this.reconcile();
    });
  }
}
