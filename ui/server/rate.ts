import type { QueueStatus } from 'cdk8s-redis-work-queue/worker';

/** How long the rate looks back, in s, and how many items it takes to say something. */
const SPAN = 10;
const ENOUGH = 10;

export function endedOf({ done, dead, dropped }: QueueStatus): number {
  return done + dead + dropped;
}

/** How fast a queue goes on, in items that end per second, as `rwq status --watch` has it. */
export class Rate {
  private readonly looks: { readonly at: number; readonly ended: number }[] = [];

  /** @param at seconds, on a clock that only rises */
  add(at: number, status: QueueStatus): void {
    const ended = endedOf(status);
    // A purged queue begins anew.
    if (ended < (this.looks.at(-1)?.ended ?? 0)) this.looks.length = 0;
    this.looks.push({ at, ended });
    while (this.looks.length > 2 && at - this.looks[1]!.at >= SPAN) this.looks.shift();
  }

  /** That of the last seconds, or, where they saw too little, the average over the time that the queue was worked on. */
  of(status: QueueStatus): number {
    if (leftOf(status) === 0 || status.workerCount === 0) return 0;
    const average = status.clock > 0 ? (endedOf(status) * 1_000) / status.clock : 0;
    const [first, last] = [this.looks[0], this.looks.at(-1)];
    const seconds = first && last ? last.at - first.at : 0;
    const items = first && last ? last.ended - first.ended : 0;
    return seconds > 0 && (items >= ENOUGH || average === 0) ? items / seconds : average;
  }
}

/** Seconds until nothing is left at this rate; null where nothing says how long it takes. */
export function timeLeft(status: QueueStatus, rate: number): number | null {
  const left = leftOf(status);
  if (left > 0) return rate > 0 ? left / rate : null;
  return status.claimed > 0 || status.sealed ? 0 : null;
}

function leftOf({ waiting, leased, retrying }: QueueStatus): number {
  return waiting + leased + retrying;
}
