import type { TestClock } from './test-clock';

/** How many items all workers together may start in a time. */
export interface InMemoryRate {
  /** Items, 1 or more. A tenth of them, and one at least, may start at once. */
  readonly items: number;
  /** The time, in ms. */
  readonly per: number;
}

/** When something may be handed out: what handlers and the rate of a worker allow. Times in ms since 1970. */
export class Pace {
  private slow = Number.MIN_SAFE_INTEGER;
  private tokens: number | undefined;
  private refilled = 0;

  constructor(private readonly clock: TestClock) {}

  /** Nobody is handed anything for so many ms from now on. */
  slowDown(ms: number): void {
    this.slow = Math.max(this.slow, this.clock.now + Math.ceil(ms));
  }

  /** From when on an item may be handed out, as far as is known now. */
  next(rate: InMemoryRate | undefined): number {
    if (!rate) return this.slow;
    const missing = 1 - 0.00001 - this.tokensNow(rate);
    if (missing <= 0) return this.slow;
    return Math.max(this.slow, this.clock.now + Math.ceil((missing * rate.per) / rate.items));
  }

  /** An item is handed out. */
  take(rate: InMemoryRate | undefined): void {
    if (!rate) return;
    this.tokens = Math.max(0, this.tokensNow(rate) - 1);
    this.refilled = this.clock.now;
  }

  private tokensNow({ items, per }: InMemoryRate): number {
    const room = Math.max(1, Math.floor(items / 10));
    if (this.tokens === undefined) return room;
    return Math.min(room, this.tokens + ((this.clock.now - this.refilled) * items) / per);
  }
}
