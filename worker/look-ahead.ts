import { MAIN_THREAD } from './main-thread';

/** Work that a worker claims ahead of time, in ms. */
const AHEAD = 120;
/** Most items that are claimed ahead, whatever their speed. */
const MOST = 1_000;
/** Where so much time, in ms, sees less than an item, or less than … */
const LONG = 30;
/** … so many of each lane, the next one is asked for soon enough when a lane is idle. */
const OF_A_LANE = 0.6;

/**
 * How many items to hold beyond those that run: by time, not by count. A handler that does nothing gets big batches, one
 * that takes ten minutes holds exactly what it works on.
 */
export class LookAhead {
  /** Items to hold ready. */
  items = 0;
  private finished = 0;
  private at: number;

  constructor(
    private readonly lanes: number,
    private readonly mainThread: Pick<typeof MAIN_THREAD, 'time'> = MAIN_THREAD,
  ) {
    this.at = this.clock(performance.now());
  }

  /** Learns from how many items were finished until now, in all. */
  learn(finished: number, wall: number): void {
    const now = this.clock(wall);
    const passed = now - this.at;
    const count = finished - this.finished;
    if (count === 0 && passed < LONG) return;
    this.finished = finished;
    this.at = now;
    const perMs = count / Math.max(passed, 0.05);
    if (perMs * LONG < Math.max(1, OF_A_LANE * this.lanes)) {
      this.items = 0;
      return;
    }
    const target = Math.min(MOST, Math.floor(perMs * AHEAD));
    this.items = Math.min(target, Math.max(this.lanes, this.items * 4));
  }

  /** It stands still while the main thread waits for a processor: that does not tell how long items take. */
  private clock(wall: number): number {
    return wall - (this.mainThread.time()?.waited ?? 0);
  }

  /** An item ran long: begin anew from nothing. */
  forget(): void {
    this.items = 0;
  }
}
