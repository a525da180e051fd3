import type { Connection } from '../redis';

/**
 * When the lease thread is connected: from the moment on at which it may have something to tell Redis, and until it has had
 * nothing for so many ms. A worker that waits with nothing in hand has no need of a second connection.
 */
export class StandBy {
  private neededAt: number | undefined;

  constructor(
    private readonly connection: Pick<Connection, 'prepare' | 'disconnect'>,
    private readonly keepFor: number,
  ) {}

  /** Learns whether there may be something to tell; once connected, or not, it is not tried again here. */
  see(now: number, needed: boolean): void {
    if (needed) {
      if (this.neededAt === undefined) this.connection.prepare();
      this.neededAt = now;
    } else if (this.neededAt !== undefined && now - this.neededAt >= this.keepFor) {
      this.neededAt = undefined;
      this.connection.disconnect();
    }
  }
}
