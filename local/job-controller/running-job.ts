import type { Backoff } from './backoff';
import { JobController, type JobEnd } from './job-controller';
import type { JobChange, JobSpec } from './job-spec';
import type { PodEnd } from './pod-failure-policy';

export interface RunningPod {
  readonly ended: Promise<PodEnd>;
}

export interface RunningJobOptions<P extends RunningPod> {
  readonly spec: JobSpec;
  readonly backoff: Backoff;
  /** Starts a pod at a place; the one that replaces it has the same place. With indexes that is its index. */
  readonly startPod: (place: number) => P;
  /** Ends a pod as a kubelet does, with SIGTERM first. */
  readonly deletePod: (pod: P) => void;
  /** The Job has ended; pods that run still are deleted next. @default - nobody is told */
  readonly onEnd?: (end: JobEnd) => void;
  /** No pod starts or is deleted from then on; those that run go on. @default - nothing stops it */
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
  private told = false;

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

  /** Changes the Job: how many pods run at once, whether it is suspended. */
  patch(change: JobChange): void {
    this.controller.patch(change);
    this.reconcile();
  }

  private reconcile(): void {
    clearTimeout(this.timer);
    const { onEnd, deletePod, stop } = this.options;
    const stopped = stop?.aborted ?? false;
    const changes = stopped ? undefined : this.controller.sync(performance.now());
    if (this.end && !this.told) {
      this.told = true;
      onEnd?.(this.end);
    }
    for (const place of changes?.delete ?? []) deletePod(this.pods.get(place) as P);
    for (const place of changes?.start ?? []) this.startPod(place);
    if (changes?.next !== undefined) {
      this.timer = setTimeout(() => this.reconcile(), Math.ceil(changes.next - performance.now()));
    }
    if (this.pods.size === 0 && (stopped || this.end)) this.resolve(this.end);
  }

  private startPod(place: number): void {
    const pod = this.options.startPod(place);
    this.pods.set(place, pod);
    void pod.ended.then((end) => {
      this.pods.delete(place);
      this.controller.podEnded(place, end, performance.now());
      this.reconcile();
    });
  }
}
