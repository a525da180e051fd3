import type { ServerResponse } from 'node:http';
import { send, sendEnd, sendItem } from './answer';
import type { End } from './end';
import type { ItemInHand } from './item-in-hand';
import type { Taker, Takes } from './takes';

/**
 * A call that waits for an item.
 *
 * It gets one only if it is still there when the answer is written: what is left of the turn of the event loop is enough to
 * hear of a client that is gone.
 */
export class WaitingTake implements Taker {
  private timer: NodeJS.Timeout | undefined;

  private constructor(
    private readonly takes: Takes,
    private readonly response: ServerResponse,
    private readonly as: 'text' | 'json',
  ) {}

  /**
   * @param wait for so many ms, but long enough for the queue to be asked; undefined: as long as it takes
   */
  static begin(
    takes: Takes,
    response: ServerResponse,
    { wait, as = 'json' }: { readonly wait?: number; readonly as?: 'text' | 'json' },
  ): void {
    const taker = new WaitingTake(takes, response, as);
    if (taker.isGone) return;
    response.req.socket.on('close', taker.vanish);
    if (wait !== undefined) taker.timer = setTimeout(() => taker.giveUp(), Math.min(Math.max(wait, LEAST), LONGEST));
    takes.take(taker);
  }

  give(item: ItemInHand): void {
    this.waitNoMore();
    setImmediate(() => {
      if (this.isGone) {
        this.takes.giveBack(item);
        return;
      }
      const { socket } = this.response.req;
      const onGone = () => this.takes.giveBack(item);
      socket.once('close', onGone);
      // Behind another answer on the same connection, that is later.
      sendItem(this.response, item, this.as, (isWritten) => {
        socket.off('close', onGone);
        if (!isWritten) onGone();
      });
    });
  }

  tell(end: End): void {
    this.waitNoMore();
    sendEnd(this.response, end);
  }

  private giveUp(): void {
    if (!this.takes.leave(this)) return;
    this.waitNoMore();
    send(this.response, 204, '', '');
  }

  private get isGone(): boolean {
    return this.response.destroyed || this.response.req.socket.destroyed;
  }

  private readonly vanish = (): void => {
    this.takes.leave(this);
    this.waitNoMore();
  };

  private waitNoMore(): void {
    clearTimeout(this.timer);
    this.response.req.socket.off('close', this.vanish);
  }
}

/** Redis is asked within this time, in ms, so that a call that waits for nothing gets what there is. */
const LEAST = 100;
/** The longest time that a timer takes, in ms. */
const LONGEST = 2_147_483_647;
