import { HANG_GRACE } from '../attempt';
import type { RunningItem, Vitals } from './vitals';

/** An item that did not return. */
export interface HungItem extends RunningItem {
  /** All items of its call. */
  readonly inCall: readonly RunningItem[];
  /** Others ran beside its call, and it may have been one of them. */
  readonly suspected: boolean;
}

/** Looks for an item whose handler did not return after its timeout, in ms. */
export class HangWatch {
  constructor(
    private readonly itemTimeout: number,
    private readonly vitals: Vitals,
  ) {}

  /** One that hangs, with a main thread whose event loop has not turned for so many ms. */
  find(blockedFor: number): HungItem | undefined {
    if (this.itemTimeout === 0) return undefined;
    const overdue = this.vitals.overdue(this.itemTimeout + HANG_GRACE);
    if (!overdue) return undefined;
    if (blockedFor < HANG_GRACE) return { ...overdue, inCall: this.vitals.inCallOf(overdue), suspected: false };
    // The main thread is stuck, most likely in what it started last; the others could not return.
    const running = this.vitals.items();
    const last = running.find(({ lane }) => lane === this.vitals.lastStarted);
    const [hung] = last ? [last] : running.sort((a, b) => b.started - a.started);
    if (!hung || this.vitals.awake - hung.started <= this.itemTimeout + HANG_GRACE) return undefined;
    const inCall = this.vitals.inCallOf(hung);
    return { ...hung, inCall, suspected: running.length > inCall.length };
  }

  /** Whether the lane is still at this item. */
  stillRuns({ lane, started, id }: HungItem): boolean {
    const now = this.vitals.item(lane);
    return now?.started === started && now.id === id;
  }
}
