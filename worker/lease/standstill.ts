import { MAIN_THREAD } from './main-thread';

/** Of the time for which a main thread is given patience, it must have had a processor for this part. */
const SHARE = 1 / 3;

/**
 * How long a number that the main thread raises has stood still.
 *
 * On a machine with too much to do, or in a container at its CPU limit, a main thread stands still though nothing holds
 * it up; taking its work away would only make more work for all.
 */
export class Standstill {
  /** For how long, in ms of a process that is awake. */
  lasts = 0;
  private value: number | undefined;
  private ranBefore: number | undefined;

  constructor(private readonly mainThread: typeof MAIN_THREAD = MAIN_THREAD) {}

  /** Learns how the number stands after so many ms more; if nothing will ask, the system is not asked either. */
  see(value: number, passed: number, matters: boolean): void {
    if (value === this.value) {
      this.lasts += passed;
    } else {
      this.value = value;
      this.lasts = 0;
      this.ranBefore = undefined;
    }
    if (matters) this.ranBefore ??= this.mainThread.time()?.ran;
  }

  /** Its time begins anew, with whatever number. */
  restart(): void {
    this.value = undefined;
  }

  /** Whether it has lasted for this patience, in ms, and not for want of a processor. */
  exceeds(patience: number): boolean {
    if (this.lasts < patience) return false;
    if (this.ranBefore === undefined || !this.mainThread.isRunnable()) return true;
    return (this.mainThread.time()?.ran ?? 0) - this.ranBefore >= patience * SHARE;
  }
}
