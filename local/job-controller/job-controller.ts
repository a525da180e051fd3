import { type Backoff, BackoffClock, KUBERNETES_BACKOFF } from './backoff';
import { changed, type JobChange, type JobSpec, type KeptSpec, withDefaults } from './job-spec';
import { actionOn, type PodEnd } from './pod-failure-policy';
import { isMet } from './success-policy';

/** How a Job has ended, and why. */
export interface JobEnd {
  readonly condition: 'Complete' | 'Failed';
  readonly reason:
    | 'CompletionsReached'
    | 'SuccessPolicy'
    | 'PodFailurePolicy'
    | 'BackoffLimitExceeded'
    | 'FailedIndexes'
    | 'MaxFailedIndexesExceeded';
  /** The end of the pod that decided it; undefined: a change of the Job did, before any pod had ended. */
  readonly pod: PodEnd | undefined;
}

/** What has to happen by now. */
export interface PodChanges {
  /** Places whose pod is deleted: it gets SIGTERM, and how it ends does not count. */
  readonly delete: readonly number[];
  /** Places where a pod starts. From here on it runs. */
  readonly start: readonly number[];
  /** When there is more to start, where nothing else happens before. */
  readonly next?: number;
}

/** An index of a Job with a limit per index, from its first failure until its success. */
interface Failures {
  readonly clock: BackoffClock;
  counted: number;
}

/**
 * What Kubernetes makes of a Job: how many pods run, which of those that ended are replaced and when, which are deleted, and
 * what becomes of the Job.
 *
 * It holds no clock and starts nothing: it is told of each pod that has ended, and the time with it, in ms, from 0 on. Each
 * pod has a place. With indexes that is its index, and without it any number below `parallelism` that is free:
 *
 * ```
 * free ──start──▶ active ──podEnded──▶ free, or with indexes completed or failed
 *                   └──delete──▶ terminating ──podEnded──▶ free, and nothing of it counts
 * ```
 *
 * A failure holds all new pods back, by one backoff for the whole Job, or, with a limit per index, those of its index; it
 * does so as well where the policy ignores it. A place is free only when its pod has ended, which is `podReplacementPolicy:
 * Failed`, the only one that Kubernetes allows beside a podFailurePolicy.
 */
export class JobController {
  /** Failures that count. */
  failed = 0;
  /** How the Job has ended, from then on. */
  end: JobEnd | undefined;
  private spec: KeptSpec;
  /** Places, from the pod that has run longest to the newest. */
  private readonly active = new Set<number>();
  private readonly terminating = new Set<number>();
  private readonly completedIndexes = new Set<number>();
  private readonly failedIndexes = new Set<number>();
  private readonly failures = new Map<number, Failures>();
  private readonly clock: BackoffClock;
  private successes = 0;
  private failJob = false;
  private lastEnd: PodEnd | undefined;

  constructor(
    spec: JobSpec,
    private readonly backoff: Backoff = KUBERNETES_BACKOFF,
  ) {
    this.spec = withDefaults(spec);
    this.clock = new BackoffClock(backoff);
  }

  /** How many pods have succeeded; of a Job with indexes, how many of those. */
  get succeeded(): number {
    return this.indexed ? this.completedIndexes.size : this.successes;
  }

  /** Changes the Job. @throws where the API server would refuse it */
  patch(change: JobChange): void {
    const { suspend } = this.spec;
    this.spec = changed(this.spec, change);
    if (this.spec.suspend && !suspend) this.clock.reset();
    for (const indexes of [this.completedIndexes, this.failedIndexes, this.failures]) {
      for (const index of indexes.keys()) if (this.isBeyond(index)) indexes.delete(index);
    }
  }

  /** Brings the pods in line with the Job. */
  sync(now: number): PodChanges {
    this.decide();
    const deleted = this.excess();
    for (const place of deleted) {
      this.active.delete(place);
      this.terminating.add(place);
    }
    this.decide();
    const missing = this.missing().map((place) => ({ place, from: this.clockOf(place)?.over ?? 0 }));
    const start = missing.filter(({ from }) => from <= now).map(({ place }) => place);
    for (const place of start) this.active.add(place);
    const later = missing.flatMap(({ from }) => (from > now ? [from] : []));
    return { delete: deleted, start, ...(later.length > 0 && { next: Math.min(...later) }) };
  }

  /** The pod at a place has ended. Returns the end of the Job, where this pod decides it. */
  podEnded(place: number, pod: PodEnd, now: number): JobEnd | undefined {
    this.active.delete(place);
    const deleted = this.terminating.delete(place);
    if (this.end) return undefined;
    if (deleted || this.isBeyond(place)) this.failures.delete(place);
    else {
      this.lastEnd = pod;
      if (pod.succeeded) this.podSucceeded(place);
      else this.podFailed(place, pod, now);
    }
    return this.decide();
  }

  private podSucceeded(place: number): void {
    this.clock.reset();
    this.failures.delete(place);
    if (this.indexed) this.completedIndexes.add(place);
    else this.successes++;
  }

  private podFailed(place: number, pod: PodEnd, now: number): void {
    const action = actionOn(pod, this.spec.podFailurePolicy);
    const counts = action === 'Count';
    if (action === 'FailJob') this.failJob = true;
    if (counts) this.failed++;
    const { backoffLimitPerIndex } = this.spec;
    if (!this.indexed || backoffLimitPerIndex === undefined) {
      this.clock.failed(now);
      return;
    }
    const failures = this.failures.get(place) ?? { clock: new BackoffClock(this.backoff), counted: 0 };
    this.failures.set(place, failures);
    failures.clock.failed(now);
    if (counts && ++failures.counted > backoffLimitPerIndex) this.failedIndexes.add(place);
  }

  /** Ends the Job, if it is time, and returns how. */
  private decide(): JobEnd | undefined {
    if (this.end) return undefined;
    const reason = this.failureReason();
    if (reason) this.end = { condition: 'Failed', reason, pod: this.lastEnd };
    else {
      const { successPolicy } = this.spec;
      if (this.indexed && successPolicy && isMet(successPolicy, this.completedIndexes)) {
        this.end = { condition: 'Complete', reason: 'SuccessPolicy', pod: this.lastEnd };
      } else if (this.active.size === 0 && this.hasSucceeded()) {
        this.end = { condition: 'Complete', reason: 'CompletionsReached', pod: this.lastEnd };
      }
    }
    return this.end;
  }

  private failureReason(): JobEnd['reason'] | undefined {
    const { backoffLimit, maxFailedIndexes, completions = 0 } = this.spec;
    const failed = this.failedIndexes.size;
    if (this.failJob) return 'PodFailurePolicy';
    if (this.failed > backoffLimit) return 'BackoffLimitExceeded';
    if (failed > maxFailedIndexes) return 'MaxFailedIndexesExceeded';
    if (failed > 0 && failed + this.succeeded >= completions) return 'FailedIndexes';
    return undefined;
  }

  private hasSucceeded(): boolean {
    return this.succeeded >= (this.spec.completions ?? 1);
  }

  /** Active places whose pods are too many: those of indexes that are no more, then the newest. */
  private excess(): number[] {
    if (this.end || this.spec.suspend) return [...this.active];
    const beyond = [...this.active].filter((index) => this.isBeyond(index));
    const others = [...this.active].filter((index) => !this.isBeyond(index)).reverse();
    return [...beyond, ...others.slice(0, Math.max(0, others.length - this.wanted()))];
  }

  /** Free places that lack a pod, the lowest first. */
  private missing(): number[] {
    if (this.end || this.spec.suspend) return [];
    const { parallelism, completions = 0 } = this.spec;
    const count = Math.max(0, this.wanted() - this.active.size - this.terminating.size);
    const taken = [this.active, this.terminating, this.completedIndexes, this.failedIndexes];
    return Array.from({ length: this.indexed ? completions : parallelism }, (_, place) => place)
      .filter((place) => !taken.some((places) => places.has(place)))
      .slice(0, count);
  }

  /** How many pods are to be active. */
  private wanted(): number {
    const { parallelism, completions } = this.spec;
    if (completions !== undefined) return Math.max(0, Math.min(parallelism, completions - this.succeeded));
    // After the first success no pod is replaced, nor deleted.
    return this.successes > 0 ? this.active.size : parallelism;
  }

  private clockOf(place: number): BackoffClock | undefined {
    const perIndex = this.indexed && this.spec.backoffLimitPerIndex !== undefined;
    return perIndex ? this.failures.get(place)?.clock : this.clock;
  }

  /** Whether an index was taken away when the Job became smaller. */
  private isBeyond(index: number): boolean {
    return this.indexed && index >= (this.spec.completions ?? 0);
  }

  private get indexed(): boolean {
    return this.spec.completionMode === 'Indexed';
  }
}
