import { setTimeout as sleep } from 'node:timers/promises';
import { queueKeys } from '../contract';
import type { StoreAddress } from '../settings';
import { Connection, type ConnectionOptions } from './connection';

/** Where Redis does not answer, or answers with an error, it is asked again after this time, in ms. */
const DEAF = 1_000;

/**
 * The least that Redis is asked to block, in ms: Redis 6.2 cuts its timeout to whole ms, rounding 0.001 s down to none, which
 * is for ever.
 */
const LEAST = 2;

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

  /** True as soon as the bell rings, and false after this many ms, even if Redis does not answer. */
  async wait(ms: number): Promise<boolean> {
    const end = performance.now() + ms;
    clearTimeout(this.unused);
    let rang = false;
    for (let left = ms; left >= 1 && !rang && !this.closed; left = end - performance.now()) {
      try {
        // A token that came between the last answer and this call is still there.
        rang =
          (await this.connection.block(left, (rest) => ['BLPOP', this.key, Math.max(LEAST, rest) / 1_000])) !== null;
        break;
      } catch {
        await sleep(Math.min(DEAF, Math.max(0, end - performance.now())), undefined, { ref: false });
      }
    }
    if (!this.closed) this.unused = setTimeout(() => this.connection.disconnect(), KEEP).unref();
    return rang;
  }

  /** Gives a token that is not needed here to another worker. */
  passOn(): void {
    this.connection.command('RPUSH', this.key, 1).catch(() => undefined);
  }

  /** Resolves when Redis gives it no token any more. */
  close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.unused);
    return this.connection.close();
  }
}
