import { setTimeout as sleep } from 'node:timers/promises';
import { queueKeys } from '../contract';
import type { StoreAddress } from '../settings';
import { Connection, type ConnectionOptions } from './connection';

/** An idle worker asks again after this time, in ms, unless it is woken. */
export const IDLE = 1_100;

/** Wakes an idle worker when there is something for it; on a connection of its own, because it blocks. */
export class Doorbell {
  private readonly connection: Connection;
  private readonly key: string;

  constructor(store: StoreAddress, queue: string, options: ConnectionOptions) {
    this.connection = new Connection(store, options);
    this.key = queueKeys(queue).wake;
  }

  /** Returns when the bell rings, or after this many ms, even if Redis does not answer. */
  async wait(ms: number): Promise<void> {
    const since = performance.now();
    try {
      // A token that came between the last answer and this call is still there.
      await this.connection.block(ms, (left) => ['BLPOP', this.key, left / 1_000]);
    } catch {
      await sleep(Math.max(0, ms - (performance.now() - since)), undefined, { ref: false });
    }
  }

  close(): void {
    this.connection.close();
  }
}
