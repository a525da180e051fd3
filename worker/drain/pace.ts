/** The first wait, in ms; each further one in vain is half as long again, up to half a gap of the queue's clock. */
const FIRST = 1_100;
/** Of many workers that hold nothing, each one asks at most once in so many ms times their number, and at least in twice that. */
const EACH = 5;
/** The longest wait, in ms; the lease of a worker that holds nothing lasts at least twice as long. */
const LONGEST = 300_000;

/** What a worker that got no items knows of the others. Times in ms. */
export interface Prospect {
  /** When there may be something to do; undefined: nobody knows. */
  readonly due: number | undefined;
  /** Of the queue's clock. */
  readonly gap: number;
  /** Workers that hold nothing. */
  readonly idle: number;
}

/** How long a worker waits that got nothing, unless it is woken. */
export class Pace {
  private pause = FIRST;

  constructor(private readonly random = Math.random) {}

  /** There was nothing for it again: in how many ms it asks. */
  next({ due = Number.POSITIVE_INFINITY, gap, idle }: Prospect): number {
    const pause = Math.min(this.pause, gap / 2);
    this.pause = Math.min(1.5 * this.pause, gap / 2);
    const turn = EACH * idle * (1 + this.random());
    return Math.ceil(Math.max(5, Math.min(due, LONGEST, Math.max(pause, turn))));
  }

  /** It got items. */
  over(): void {
    this.pause = FIRST;
  }
}
