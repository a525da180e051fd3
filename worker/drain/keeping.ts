import type { Log } from '../log';
import type { Connection, Incarnation } from '../redis';
import { SCRIPTS } from '../scripts';

/** In ms. */
const WHILE_ONE_LOOKS = 60_000;

/** How long Redis keeps the keys of a queue once every item is done, where that is not for ever. */
export class Keeping {
  private told = Promise.resolve();

  constructor(
    private readonly connection: Connection,
    private readonly queue: string,
    /** In ms; none: for ever. */
    private readonly keep: number | undefined,
    private readonly log: Log,
  ) {}

  /** A worker has come. Where all was done before, the keys stay long enough for it to see that. */
  begin(incarnation: Incarnation): void {
    if (this.keep !== undefined) this.told = this.tell(incarnation, Math.max(this.keep, WHILE_ONE_LOOKS));
  }

  /** A worker leaves. Where something is left, or dead letters, the queue stays. */
  async end(incarnation: Incarnation): Promise<void> {
    if (this.keep === undefined) return;
    await this.told;
    await this.tell(incarnation, this.keep);
  }

  /** The work is done as well where Redis does not hear of this. */
  private async tell({ epoch }: Incarnation, ms: number): Promise<void> {
    try {
      await this.connection.run(SCRIPTS.keep, this.queue, [epoch, ms]);
    } catch (error) {
      this.log.warn(
        `could not say how long the keys of the queue ${this.queue} are kept, so they may stay until it is removed by rwq purge: ${(error as Error).message}`,
      );
    }
  }
}
