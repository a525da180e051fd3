/** A turn of the event loop is given back to the loop after this time, in ms … */
const LENGTH = 15;
/** … which is looked at once in so many items. */
const ITEMS = 64;

/** Lets the event loop turn now and then, also when handlers never wait for anything. */
export class Turn {
  private startedAt = 0;
  private items = 0;

  /** Whether a look at the clock of the last exchange is good enough for now. */
  get isYoung(): boolean {
    return this.items > 0;
  }

  /** Before one more item: whether it has to wait for another turn. */
  isOver(): boolean {
    if (++this.items < ITEMS) return false;
    this.items = 0;
    const now = performance.now();
    if (this.startedAt === 0) {
      this.startedAt = now;
      setImmediate(() => {
        this.startedAt = 0;
      });
    }
    return now - this.startedAt >= LENGTH;
  }
}
