import type { Durations } from 'cdk8s-redis-work-queue/worker';
import type { Sample } from '../api';

/** How a queue stood at one moment. */
interface Point {
  /** ms since 1970. */
  readonly at: number;
  /** Items that had ended. */
  readonly ended: number;
  /** Attempts that had taken at most so long, by the bounds of the histogram. */
  readonly attempts: readonly number[];
}

const QUANTILES = [0.5, 0.95, 0.99] as const;

/** What was seen of a queue, thinned so that all of it is as dense: of a long run as of a short one. */
export class History {
  private points: Point[] = [];
  private bounds: readonly number[] = [];
  /** ms between two points. */
  private step = 0;

  constructor(private readonly kept = 600) {}

  add(at: number, ended: number, { done, failed }: Durations): void {
    this.bounds = done.buckets.map(({ le }) => le);
    const attempts = done.buckets.map(({ count }, i) => count + (failed.buckets[i]?.count ?? 0));
    const point = { at, ended, attempts };
    const last = this.points.at(-1);
    if (last && at <= last.at) return;
    // A purged queue begins anew.
    if (last && ended < last.ended) this.points = [];
    const before = this.points.at(-2);
    if (before && (this.isStill(point) || at - before.at < this.step)) this.points.pop();
    this.points.push(point);
    if (this.points.length <= this.kept) return;
    const { length } = this.points;
    this.points = this.points.filter((_, i) => i % 2 === 0 || i === length - 1);
    this.step = Math.max(1, 2 * this.step, Math.ceil((2 * (at - this.points[0]!.at)) / this.kept));
  }

  /** Nothing has happened for three points, of which the first and the last one say it all. */
  private isStill({ ended, attempts }: Point): boolean {
    const last = this.points.slice(-3);
    return last.length === 3 && last.every((each) => each.ended === ended && each.attempts.at(-1) === attempts.at(-1));
  }

  /** Each with what was between it and the one before. */
  samples(): Sample[] {
    return this.points.map((point, i) => {
      const before = this.points[i - 1];
      if (!before) return [point.at, point.ended, 0, null, null, null];
      const rate = ((point.ended - before.ended) * 1_000) / (point.at - before.at);
      const between = point.attempts.map((count, k) => Math.max(0, count - (before.attempts[k] ?? 0)));
      const [p50, p95, p99] = QUANTILES.map((quantile) => this.quantile(between, quantile));
      return [point.at, point.ended, rounded(rate), p50 ?? null, p95 ?? null, p99 ?? null];
    });
  }

  /** As `histogram_quantile` of Prometheus has it. */
  private quantile(counts: readonly number[], quantile: number): number | null {
    const total = counts.at(-1) ?? 0;
    if (total === 0) return null;
    const rank = quantile * total;
    const place = counts.findIndex((count) => count >= rank);
    const [upper, lower] = [this.bounds[place] as number, this.bounds[place - 1] ?? 0];
    if (!Number.isFinite(upper)) return lower;
    const [to, from] = [counts[place] as number, counts[place - 1] ?? 0];
    return rounded(lower + ((upper - lower) * (rank - from)) / (to - from));
  }
}

export function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
