import { MAIN_THREAD } from '../lease';

/** Work that a worker claims ahead of time, in ms … */
const AHEAD = 30;
/** … and where Redis takes long to answer, so many round trips' worth, so that it is worth the asking … */
const ROUND_TRIPS = 2;
/** … but no more than this, in ms. */
const FARTHEST = 120;
/** Most items that are claimed ahead, whatever their speed: two calls' worth, so that one can be under way. */
export const MOST_AHEAD = 2_000;

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
    private readonly lanes: () => number,
    private readonly mainThread: Pick<typeof MAIN_THREAD, 'time'> = MAIN_THREAD,
  ) {
    this.at = this.clock(performance.now());
  }

  /** Learns from how many items were finished until now, in all, and how long the last answer took, in ms. */
  learn(finished: number, wall: number, roundTrip: number): void {
    const now = this.clock(wall);
    const passed = now - this.at;
    const count = finished - this.finished;
    if (count === 0 && passed < AHEAD) return;
    this.finished = finished;
    this.at = now;
    const perMs = count / Math.max(passed, 0.05);
    const lanes = this.lanes();
    // Where the items of all lanes take longer than what is looked ahead, there is nothing to gain from it.
    if (Math.min(MOST_AHEAD, Math.floor(perMs * AHEAD)) < 0.6 * lanes) {
      this.items = 0;
      return;
    }
    const ahead = Math.min(FARTHEST, Math.max(AHEAD, ROUND_TRIPS * roundTrip));
    const target = Math.min(MOST_AHEAD, Math.floor(perMs * ahead));
    this.items = Math.min(target, Math.max(lanes, this.items * 4));
  }

  /** An item ran long: begin anew from nothing. */
  forget(): void {
    this.items = 0;
  }

  /** It stands still while the main thread waits for a processor: that does not tell how long items take. */
  private clock(wall: number): number {
    return wall - (this.mainThread.time()?.waited ?? 0);
  }
}
