import { actionOn, type PodEnd, type PodFailurePolicy } from './pod-failure-policy';

/** What the Job controller reads of a Job whose pods have `restartPolicy: Never`. */
export interface JobSpec {
  readonly parallelism: number;
  /** How many pods have to succeed. Unset, the first that does ends the Job, once the others have ended as well. */
  readonly completions?: number;
  readonly backoffLimit: number;
  readonly podFailurePolicy?: PodFailurePolicy;
}

/** How a Job has ended, and why. */
export interface JobEnd {
  readonly condition: 'Complete' | 'Failed';
  readonly reason: 'CompletionsReached' | 'PodFailurePolicy' | 'BackoffLimitExceeded';
  /** The end of the pod that decided it. */
  readonly pod: PodEnd;
}

/** How long a pod is replaced after one that failed, in ms, by the failures of its Job that count so far. */
export type Backoff = (failed: number) => number;

/**
 * What Kubernetes makes of a Job: how many pods run, which of those that ended are replaced, and what becomes of the Job.
 *
 * It holds no clock and starts nothing: it is told of each pod that has ended, and the time with it, in ms, from 0 on.
 * Each pod has a place, from 0 to `parallelism` - 1, which is free again when the pod has ended:
 *
 * ```
 * free ──start──▶ running ──podEnded──▶ free, from now on or from the end of the backoff on
 * ```
 *
 * Once the Job has ended, pods that run still do, and none starts.
 */
export class JobController {
  /** Failures that count. */
  failed = 0;
  succeeded = 0;
  /** How the Job has ended, from then on. */
  end: JobEnd | undefined;
  private readonly running = new Set<number>();
  /** When the backoff of a place ends. */
  private readonly freeFrom = new Map<number, number>();
  private parallelism: number;

  constructor(
    private readonly spec: JobSpec,
    private readonly backoff: Backoff = () => 0,
  ) {
    this.parallelism = spec.parallelism;
  }

  /** Changes `spec.parallelism`. Pods that are too many run to their end. */
  scale(parallelism: number): void {
    this.parallelism = parallelism;
  }

  /** The places where a pod has to start by now. From here on it runs. */
  start(now: number): number[] {
    const places = this.startable().filter(({ from }) => from <= now);
    for (const { place } of places) this.running.add(place);
    return places.map(({ place }) => place);
  }

  /** When {@link start} has more to start, where no pod ends before that. */
  get nextStart(): number | undefined {
    const [next] = this.startable();
    return next?.from;
  }

  /** The pod at a place has ended. Returns the end of the Job, where this pod decides it. */
  podEnded(place: number, pod: PodEnd, now: number): JobEnd | undefined {
    this.running.delete(place);
    if (this.end) return undefined;
    const action = pod.succeeded ? undefined : actionOn(pod, this.spec.podFailurePolicy);
    if (pod.succeeded) this.succeeded++;
    if (action === 'Count') this.failed++;
    if (action) this.freeFrom.set(place, now + this.backoff(this.failed));

    if (action === 'FailJob') this.end = { condition: 'Failed', reason: 'PodFailurePolicy', pod };
    else if (this.failed > this.spec.backoffLimit) {
      this.end = { condition: 'Failed', reason: 'BackoffLimitExceeded', pod };
    } else if (this.isComplete()) this.end = { condition: 'Complete', reason: 'CompletionsReached', pod };
    return this.end;
  }

  private isComplete(): boolean {
    const { completions } = this.spec;
    return completions === undefined ? this.succeeded > 0 && this.running.size === 0 : this.succeeded >= completions;
  }

  /** Free places that a pod is missing at, those first that may have one first. */
  private startable(): { readonly place: number; readonly from: number }[] {
    const missing = this.wanted() - this.running.size;
    if (this.end || missing <= 0) return [];
    return Array.from({ length: this.parallelism }, (_, place) => ({ place, from: this.freeFrom.get(place) ?? 0 }))
      .filter(({ place }) => !this.running.has(place))
      .sort((a, b) => a.from - b.from)
      .slice(0, missing);
  }

  private wanted(): number {
    const { completions } = this.spec;
    if (completions !== undefined) return Math.min(this.parallelism, completions - this.succeeded);
    // After the first success no pod is replaced.
    return this.succeeded > 0 ? 0 : this.parallelism;
  }
}
