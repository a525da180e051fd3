import { type Connection, parseRenewal } from '../redis';
import { SCRIPTS } from '../scripts';
import type { FromLeaseThread, IncarnationName } from './lease';
import type { HandSeen } from './shared-hand';
import type { Vitals } from './vitals';

/** A renewal that failed is tried again after this time, and so is telling Redis of the leaving, in ms. */
const RETRY = 250;

/** How often Redis is asked at least whether this worker is the one that says how far the queue is, in ms. */
const TELL = 60_000;

/** The renewals of a lease, one at a time. Each tells Redis as well that the process leaves, where it does. */
export class Renewal {
  incarnation: IncarnationName | undefined;
  isUnderWay = false;
  private every: number;
  private attemptedAt: number;
  private askedAt: number;
  private renewed = 0;
  private renewedAt: number;
  /** Redis has not said that it knows that this process was told to stop. */
  private leavingUnsaid = true;
  private sayLeavingAt = 0;

  constructor(
    private readonly connection: Connection,
    private readonly queue: string,
    private readonly lease: number,
    private readonly vitals: Vitals,
    private readonly tell: (message: FromLeaseThread) => void,
  ) {
    this.every = lease / 4;
    this.attemptedAt = this.renewedAt = this.askedAt = performance.now();
  }

  /** By the clock on the wall: also a process that was stopped has to be heard of in time. */
  isDue(now: number): boolean {
    const { renewed, leaving, resting } = this.vitals;
    if (resting) this.askedAt = now;
    // What comes after a rest comes with a lease of its own.
    if (resting || renewed !== this.renewed) {
      this.renewed = renewed;
      this.renewedAt = now;
    }
    if (this.isUnderWay || resting) return false;
    // At once, because it may be killed at any moment, and the main thread may wait for a slow Redis.
    if (leaving && this.leavingUnsaid && now >= this.sayLeavingAt) return true;
    return this.quietFor(now) >= this.every || now - this.askedAt >= TELL;
  }

  /** Whether one may be due soon. */
  isNear(now: number): boolean {
    return !this.vitals.resting && this.quietFor(now) >= this.every / 2;
  }

  private quietFor(now: number): number {
    return now - Math.max(this.renewedAt, this.attemptedAt);
  }

  /** Renews, and gives back what is not started. True where Redis has carried it out. */
  async send(back?: HandSeen): Promise<boolean> {
    const { incarnation, vitals } = this;
    if (!incarnation) return false;
    this.isUnderWay = true;
    const { awake, leaving } = vitals;
    this.attemptedAt = this.askedAt = performance.now();
    const position = back ? [back.next, back.sent] : ['', 0];
    const renewal = [incarnation.id, incarnation.epoch, ...position, leaving ? 1 : '', 1];
    try {
      const { gap, more } = parseRenewal(await this.connection.run(SCRIPTS.renew, this.queue, renewal));
      if (more.over && incarnation === this.incarnation) this.tell({ over: more.over, incarnation: incarnation.id });
      if (more.told) this.tell({ told: more.told });
      if (gap > 0) {
        vitals.renew(awake);
        this.every = Math.min(this.lease, gap * 2) / 4;
        if (leaving) this.leavingUnsaid = false;
        return true;
      }
      this.sayLeavingAt = performance.now() + RETRY;
      if (incarnation === this.incarnation) this.tell({ lost: incarnation.id });
    } catch {
      // Soon again, and not only when the next renewal is due: a lease stands no more than three of those.
      this.attemptedAt = performance.now() - Math.max(0, this.every - RETRY);
      this.sayLeavingAt = performance.now() + RETRY;
    } finally {
      this.isUnderWay = false;
    }
    return false;
  }
}
