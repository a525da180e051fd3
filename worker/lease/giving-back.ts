import { MAIN_THREAD } from './main-thread';
import type { HandSeen, SharedHand } from './shared-hand';
import { Standstill } from './standstill';
import type { Vitals } from './vitals';

/** An unstarted item waits at most about this long behind one that runs, in ms. */
const PATIENCE = 60;
/** Even between items that do not run long, unstarted ones wait no longer for an event loop that does not turn, in ms. */
const TURN_PATIENCE = 200;

/**
 * The lease thread's half of giving back: when it takes away from the main thread what waits, and which position it tells
 * Redis until Redis has confirmed it.
 *
 * - *not released*: nothing to tell. Where the main thread stands still, the hand is released.
 * - *released, told*: told again after a while, unless it is confirmed in between.
 * - *released, confirmed*: nothing to tell, unless the main thread has begun another exchange: that may have overtaken what
 *   was told, which then counted for nothing.
 */
export class GivingBack {
  private readonly unmoved: Standstill;
  private readonly blocked: Standstill;
  /** Reading a large claim keeps a main thread busy, too: each one that is taken away in vain doubles the patience. */
  private claimPatience = PATIENCE;
  private next = -1;
  private toldAt: number | undefined;
  private confirmed: HandSeen | undefined;

  constructor(
    private readonly hand: SharedHand,
    private readonly vitals: Vitals,
    mainThread = MAIN_THREAD,
  ) {
    this.unmoved = new Standstill(mainThread);
    this.blocked = new Standstill(mainThread);
  }

  /** For how long the event loop of the main thread has not turned, in ms. */
  get blockedFor(): number {
    return this.blocked.lasts;
  }

  /** After so many ms more: the position to tell Redis now, with its exchange. */
  toTell(passed: number, mayTell: boolean): HandSeen | undefined {
    const seen = this.hand.look();
    const { awake } = this.vitals;
    this.watch(seen, passed);
    if (!seen.released) {
      this.toldAt = this.confirmed = undefined;
      if (!mayTell || !this.standsStill(seen) || !this.hand.takeAway(seen)) return undefined;
      if (!seen.waits) this.claimPatience *= 2;
      this.unmoved.restart();
    } else {
      this.toldAt ??= awake;
      const told = this.confirmed?.next === seen.next && this.confirmed.sent === seen.sent;
      if (!mayTell || told || awake - this.toldAt < PATIENCE) return undefined;
    }
    this.toldAt = awake;
    return seen;
  }

  /** Redis has carried out what it was told. What was still on its way then is told of once it has arrived. */
  confirm(told: HandSeen): void {
    if (!told.claiming) this.confirmed = told;
  }

  private watch({ next, released, waits, claiming }: HandSeen, passed: number): void {
    if (next !== this.next) this.claimPatience = PATIENCE;
    this.next = next;
    // What comes after the rest went back is given patience of its own.
    if (released) this.unmoved.restart();
    this.unmoved.see(next, passed, waits || claiming);
    this.blocked.see(this.vitals.beats, passed, waits || claiming);
  }

  private standsStill({ waits, claiming }: HandSeen): boolean {
    const isOnItsWay = claiming && this.vitals.anyRuns && this.blocked.exceeds(this.claimPatience);
    return (waits || isOnItsWay) && (this.unmoved.exceeds(PATIENCE) || this.blocked.exceeds(TURN_PATIENCE));
  }
}
