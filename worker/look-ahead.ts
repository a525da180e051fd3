/** Work that a worker claims ahead of time, in ms. */
const AHEAD = 30;
/** Most items that are claimed ahead, whatever their speed. */
const MOST = 1_000;

/**
 * How many items to hold beyond those that run: by time, not by count. A handler that does nothing gets big batches, one
 * that takes ten minutes holds exactly what it works on.
 */
export class LookAhead {
  /** Items to hold ready. */
  items = 0;
  private finished = 0;
  private at = performance.now();

  constructor(private readonly lanes: number) {}

  /** Learns from how many items were finished until now, in all. */
  learn(finished: number, now: number): void {
    const passed = now - this.at;
    const count = finished - this.finished;
    if (count === 0 && passed < AHEAD) return;
    this.finished = finished;
    this.at = now;
    const target = Math.min(MOST, Math.floor((count / Math.max(passed, 0.05)) * AHEAD));
    // Where the items of all lanes take longer than what is looked ahead, there is nothing to gain from it.
    this.items = target < 0.6 * this.lanes ? 0 : Math.min(target, Math.max(this.lanes, this.items * 4));
  }

  /** An item ran long: begin anew from nothing. */
  forget(): void {
    this.items = 0;
  }
}
