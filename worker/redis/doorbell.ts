import { setTimeout as sleep } from 'node:timers/promises';
import { queueKeys } from '../contract';
import type { StoreAddress } from '../settings';
import { Connection, type ConnectionOptions } from './connection';

/** An idle worker asks again after this time, in ms, unless it is woken. */
export const IDLE = 1_100;

/** Who has not listened for so long is not about to, in ms. */
const KEEP = 5_000;

/**
 * Wakes an idle worker when there is something for it; on a connection of its own, because it blocks. Who does not listen
 * has none.
 */
export class Doorbell {
  private readonly connection: Connection;
  private readonly key: string;
  private closed = false;
  private unused: NodeJS.Timeout | undefined;

  constructor(store: StoreAddress, queue: string, options: ConnectionOptions) {
    this.connection = new Connection(store, options);
    this.key = queueKeys(queue).wake;
  }

  /** Returns when the bell rings, or after this many ms, even if Redis does not answer. */
  async wait(ms: number): Promise<void> {
    const since = performance.now();
    clearTimeout(this.unused);
    try {
      // A token that came between the last answer and this call is still there.
      await this.connection.block(ms, (left) => ['BLPOP', this.key, left / 1_000]);
    } catch {
      await sleep(Math.max(0, ms - (performance.now() - since)), undefined, { ref: false });
    }
    if (!this.closed) this.unused = setTimeout(() => this.connection.disconnect(), KEEP).unref();
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.unused);
    this.connection.close();
  }
}
