/** How an attempt ended that counts; one that was given back, put off or cut off by a crash does not. */
export type AttemptEnding = 'done' | 'failed';

const ENDINGS: readonly AttemptEnding[] = ['done', 'failed'];

/** Bounds of the classes of durations, in seconds; beyond the last one comes another class, without a bound. */
export const DURATION_BOUNDS: readonly number[] = [
  ...[-3, -2, -1, 0, 1, 2].flatMap((power) => [1, 2.5, 5].map((step) => Number((step * 10 ** power).toFixed(4)))),
  ...[1_000, 2_500, 3_600],
];

/** Classes of an ending, and the place of its sum behind them. */
const SUM = DURATION_BOUNDS.length + 1;
const WIDTH = SUM + 1;

/** Names of classes are those that Prometheus gives them. */
function nameOf(bound: number): string {
  return bound === Number.POSITIVE_INFINITY ? '+Inf' : String(bound);
}

const FIELDS = ENDINGS.flatMap((ending) =>
  [...[...DURATION_BOUNDS, Number.POSITIVE_INFINITY].map(nameOf), 'sum'].map((name) => `${ending} ${name}`),
);

/** How long attempts took, as a histogram of Prometheus has it. */
export interface DurationHistogram {
  /** Attempts. */
  readonly count: number;
  /** Seconds that they took, in all. */
  readonly sum: number;
  /** How many took at most so many seconds; the last bound is `Infinity`. */
  readonly buckets: readonly { readonly le: number; readonly count: number }[];
}

/** How long the attempts of a queue took, by how they ended. */
export interface Durations {
  readonly done: DurationHistogram;
  readonly failed: DurationHistogram;
}

/** Counts attempts by how long they took. */
export class DurationCounts {
  /** Of each ending the classes, and last the sum in ms. */
  private readonly counts = new Float64Array(ENDINGS.length * WIDTH);

  add(ending: AttemptEnding, place: number, ms: number): void {
    const from = ending === 'done' ? 0 : WIDTH;
    this.counts[from + place] = (this.counts[from + place] as number) + 1;
    this.counts[from + SUM] = (this.counts[from + SUM] as number) + ms;
  }

  /** Takes all that was counted, field by field of the hash. */
  take(): [field: string, count: number][] {
    const taken: [string, number][] = [];
    for (const [i, count] of this.counts.entries()) {
      const whole = Math.round(count);
      if (whole === 0) continue;
      taken.push([FIELDS[i] as string, whole]);
      this.counts[i] = count - whole;
    }
    return taken;
  }

  /** What was taken did not count. */
  putBack(taken: readonly (readonly [field: string, count: number])[]): void {
    for (const [field, count] of taken) {
      const i = FIELDS.indexOf(field);
      this.counts[i] = (this.counts[i] as number) + count;
    }
  }
}

/** Place of the class to which a duration belongs. */
export function placeOf(ms: number): number {
  let place = 0;
  while (place < DURATION_BOUNDS.length && ms > 1_000 * (DURATION_BOUNDS[place] as number)) place++;
  return place;
}

/** The hash of a queue, read. */
export function durationsIn(hash: ReadonlyMap<string, number>): Durations {
  const of = (ending: AttemptEnding): DurationHistogram => {
    let count = 0;
    const buckets = [...DURATION_BOUNDS, Number.POSITIVE_INFINITY].map((le) => {
      count += hash.get(`${ending} ${nameOf(le)}`) ?? 0;
      return { le, count };
    });
    return { count, sum: (hash.get(`${ending} sum`) ?? 0) / 1_000, buckets };
  };
  return { done: of('done'), failed: of('failed') };
}
