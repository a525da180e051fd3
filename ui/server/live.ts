import type { ServerResponse } from 'node:http';
import type { QueueList, Refusal as RefusalAnswer } from '../api';
import { EventStream } from './event-stream';
import { Refusal, refusalOf } from './refusal';
import type { StoreWatch } from './store-watch';

/** Pages that are told at once. */
const MOST = 32;
/** ms after which a page is told what has not changed. */
const AGAIN = 5_000;

/** Tells pages how the queues stand, once a second while something changes. */
export class Live {
  private count = 0;

  constructor(
    private readonly watch: StoreWatch,
    private readonly list: () => QueueList,
  ) {}

  /**
   * @param queue the one that the page shows
   * @throws Refusal there are too many pages
   */
  join(response: ServerResponse, queue: string | undefined): void {
    if (this.count >= MOST) {
      throw new Refusal(503, `${MOST} pages are open already, which is the most. Close one, and open this one again.`);
    }
    this.count++;
    const stream = new EventStream(response);
    const sent = new Map<string, { readonly stamp: string; readonly at: number }>();
    const send = (event: string, value: unknown, stamp = JSON.stringify(value)) => {
      const now = performance.now();
      const before = sent.get(event);
      // Timers are a little early at times.
      if (before?.stamp === stamp && now - before.at < AGAIN - 100) return;
      sent.set(event, { stamp, at: now });
      stream.send(event, JSON.stringify(value));
    };
    const leave = this.watch.watch({
      queue,
      seen: () => {
        sent.delete('away');
        send('queues', this.list());
        const view = queue === undefined ? undefined : this.watch.known(queue)?.view;
        // The end of the history moves on by itself.
        if (view) send('queue', view, JSON.stringify({ ...view, history: undefined }));
      },
      away: (error) => {
        sent.clear();
        send('away', { error: refusalOf(error).message } satisfies RefusalAnswer);
      },
    });
    // A bare list is in no listing.
    if (queue !== undefined) this.watch.at(queue).catch(() => undefined);
    response.on('close', () => {
      this.count--;
      leave();
    });
  }
}
