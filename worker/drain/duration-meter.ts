import { type AttemptEnding, DurationCounts, placeOf } from '../attempt';

/** Redis is told once in so many ms, and when there is nothing left to do. */
const EVERY = 1_000;

/** What an exchange tells: in any case, or only if it hands nothing out. */
export interface DurationsTold {
  readonly durations?: readonly (readonly [field: string, count: number])[];
  readonly dry?: readonly (readonly [field: string, count: number])[];
}

/**
 * How long attempts took, until Redis hears of it.
 *
 * Where items are quick, a look at the clock for each would show. Then one in some takes the time, and the others count as
 * long as that one.
 */
export class DurationMeter {
  private readonly counts = new DurationCounts();
  private isEmpty = true;
  private usual = 0;
  private usualPlace = 0;
  private toldAt: number | undefined;
  private told: DurationsTold | undefined;

  /** An attempt took so many ms, about; undefined: as long as the last one that was timed. */
  ended(ending: AttemptEnding, ms: number | undefined): void {
    this.isEmpty = false;
    if (ms === undefined) this.counts.add(ending, this.usualPlace, this.usual);
    else this.counts.add(ending, placeOf(ms), ms);
  }

  /** Others that are not timed take as long as this. */
  learn(ms: number): void {
    this.usual = ms;
    this.usualPlace = placeOf(ms);
  }

  /** An exchange begins; `isDry`: nothing is in hand beside what it settles. */
  tell(now: number, isDry: boolean): DurationsTold | undefined {
    this.toldAt ??= now;
    const isDue = now - this.toldAt >= EVERY;
    if (this.isEmpty || !(isDue || isDry)) return undefined;
    this.told = isDue ? { durations: this.counts.take() } : { dry: this.counts.take() };
    if (isDue) this.toldAt = now;
    this.isEmpty = true;
    return this.told;
  }

  /** Its answer: whether it has handed something out, or counts for nothing. */
  answered(answer: 'work' | 'stale' | 'other'): void {
    const { durations = [], dry = [] } = this.told ?? {};
    this.told = undefined;
    const lost = answer === 'work' ? dry : answer === 'stale' ? [...durations, ...dry] : [];
    if (lost.length === 0) return;
    this.counts.putBack(lost);
    this.isEmpty = false;
  }
}
