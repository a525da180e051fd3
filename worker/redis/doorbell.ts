import { setTimeout as sleep } from 'node:timers/promises';
import { queueKeys } from '../contract';
import type { StoreAddress } from '../settings';
import { Connection, type ConnectionOptions } from './connection';

/** An idle worker asks again after this time, in ms, unless it is woken. */
export const IDLE = 1_100;

/** Wakes an idle worker when something happens in the queue; on a connection of its own, because it blocks. */
export class Doorbell {
  private readonly connection: Connection;
  private readonly key: string;
  /** From the last ring heard on, so that none is missed between an answer and the next call. */
  private last = '0';

  constructor(store: StoreAddress, queue: string, options: ConnectionOptions) {
    this.connection = new Connection(store, options);
    this.key = queueKeys(queue).wake;
  }

  /** Returns when the bell rings, or after this many ms, even if Redis does not answer. */
  async wait(ms: number): Promise<void> {
    const since = performance.now();
    try {
      const heard = await this.connection.block(ms, (left) => ['XREAD', 'BLOCK', left, 'STREAMS', this.key, this.last]);
      const ring = heard as [string, [string, string[]][]][] | null;
      this.last = ring?.[0]?.[1].at(-1)?.[0] ?? this.last;
    } catch {
      await sleep(Math.max(0, ms - (performance.now() - since)), undefined, { ref: false });
    }
  }

  close(): void {
    this.connection.close();
  }
}
