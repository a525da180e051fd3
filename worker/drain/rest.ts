import type { Doorbell } from '../redis';
import type { DrainState } from './drain-state';
import { Pace, type Prospect } from './pace';

/**
 * What a worker does while there is nothing for it: it listens, and asks again when it hears a token, or after a while.
 *
 * It may be woken for an item of its own before it hears anything, and goes on listening meanwhile. A token that it then
 * gets, and does not use, it passes on to another worker.
 */
export class Rest {
  private readonly pace: Pace;
  private listening = false;
  /** A token came while an exchange was under way, which may have been too early to see what it is for. */
  private rung = false;
  private again: NodeJS.Timeout | undefined;
  /** When it asks again, unless it is woken. */
  private until = 0;

  constructor(
    private readonly doorbell: Pick<Doorbell, 'wait' | 'passOn' | 'close'>,
    private readonly state: Pick<DrainState, 'isResting' | 'isAsking'>,
    private readonly ask: () => void,
    random = Math.random,
    /** Whether there is room for what a token is for. */
    private readonly isOfUse: () => boolean = () => true,
  ) {
    this.pace = new Pace(random);
  }

  /** Whether it may get a token at any moment. */
  get isListening(): boolean {
    return this.listening;
  }

  /** There was nothing for it. */
  begin(prospect: Prospect): void {
    const ms = this.pace.next(prospect);
    clearTimeout(this.again);
    this.until = performance.now() + ms;
    // It has not heard anything since an earlier rest, which was to last for another time.
    if (this.listening || !this.isOfUse()) {
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
    this.pace.over();
  }

  /** An exchange is over. */
  answered(): void {
    if (this.rung) this.heard();
  }

  /** Resolves when it gets no token any more. */
  close(): Promise<void> {
    clearTimeout(this.again);
    return this.doorbell.close();
  }

  private heard(): void {
    this.rung = this.state.isAsking;
    if (this.rung) return;
    if (this.state.isResting && this.isOfUse()) {
      this.ask();
      return;
    }
    this.doorbell.passOn();
    if (this.state.isResting) this.again = setTimeout(this.ask, Math.max(0, this.until - performance.now()));
  }
}
