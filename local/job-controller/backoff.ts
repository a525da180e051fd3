/** How long no pod takes the place of one that failed, in ms. */
export interface Backoff {
  /** After the first failure; each further one doubles it. */
  readonly base: number;
  /** It never takes longer. */
  readonly cap: number;
}

/** As Kubernetes has it, for Jobs as well as for indexes. */
export const KUBERNETES_BACKOFF: Backoff = { base: 10_000, cap: 600_000 };

/** Pods are replaced at once. */
export const NO_BACKOFF: Backoff = { base: 0, cap: 0 };

/** The failures since the last success, and until when they hold new pods back. */
export class BackoffClock {
  private failures = 0;
  private lastFailure = 0;

  constructor(private readonly backoff: Backoff) {}

  failed(now: number): void {
    this.failures++;
    this.lastFailure = now;
  }

  reset(): void {
    this.failures = 0;
  }

  /** From when on a pod may start. */
  get over(): number {
    if (this.failures === 0) return 0;
    const { base, cap } = this.backoff;
    return this.lastFailure + Math.min(cap, base * 2 ** (this.failures - 1));
  }
}
