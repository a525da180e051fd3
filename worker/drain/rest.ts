import type { Doorbell } from '../redis';
import type { DrainState } from './drain-state';

/** The first wait, in ms; each further one in vain is half as long again, up to half a gap of the queue's clock. */
const FIRST = 1_100;
/** Of many workers that hold nothing, each one asks at most once in so many ms times their number, and at least in twice that. */
const EACH = 5;
/** The longest wait, in ms; the lease of a worker that holds nothing lasts at least twice as long. */
const LONGEST = 300_000;

/** What a worker that got no items knows of the others. Times in ms. */
export interface Prospect {
  /** When there may be something to do; undefined: nobody knows. */
  readonly due: number | undefined;
  /** Of the queue's clock. */
  readonly gap: number;
  /** Workers that hold nothing. */
  readonly idle: number;
}

/**
 * What a worker does while there is nothing for it: it listens, and asks again when it hears a token, or after a while.
 *
 * It may be woken for an item of its own before it hears anything, and goes on listening meanwhile. A token that it then
 * gets, and does not use, it passes on to another worker.
 */
export class Rest {
  private pause = FIRST;
  private listening = false;
  /** A token came while an exchange was under way, which may have been too early to see what it is for. */
  private rung = false;
  private again: NodeJS.Timeout | undefined;

  constructor(
    private readonly doorbell: Pick<Doorbell, 'wait' | 'passOn' | 'close'>,
    private readonly state: Pick<DrainState, 'isResting' | 'isAsking'>,
    private readonly ask: () => void,
    private readonly random = Math.random,
  ) {}

  /** There was nothing for it. */
  begin(prospect: Prospect): void {
    const ms = this.next(prospect);
    clearTimeout(this.again);
    // It has not heard anything since an earlier rest, which was to last for another time.
    if (this.listening) {
      this.again = setTimeout(this.ask, ms);
      return;
    }
    this.listening = true;
    this.doorbell.wait(ms).then((rang) => {
      this.listening = false;
      if (rang) this.heard();
      else this.ask();
    });
  }

  /** It got items. */
  over(): void {
    this.pause = FIRST;
  }

  /** An exchange is over. */
  answered(): void {
    if (this.rung) this.heard();
  }

  close(): void {
    clearTimeout(this.again);
    this.doorbell.close();
  }

  private heard(): void {
    this.rung = this.state.isAsking;
    if (this.rung) return;
    if (this.state.isResting) this.ask();
    else this.doorbell.passOn();
  }

  private next({ due = Number.POSITIVE_INFINITY, gap, idle }: Prospect): number {
    const pause = Math.min(this.pause, gap / 2);
    this.pause = Math.min(1.5 * this.pause, gap / 2);
    const turn = EACH * idle * (1 + this.random());
    return Math.ceil(Math.max(5, Math.min(due, LONGEST, Math.max(pause, turn))));
  }
}
