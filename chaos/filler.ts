import { FillInterruptedError, type WorkQueue } from '../worker';
import type { Connection } from '../worker/redis';
import { SCRIPTS } from '../worker/scripts';
import type { Items } from './items';

export interface FillerOptions {
  readonly queue: WorkQueue<string>;
  readonly name: string;
  readonly items: Items;
  /** So many items are not pushed at once. */
  readonly last: number;
  /** So many times some of those are pushed before the end. */
  readonly parts: number;
  /** Push what there is and believe what Redis says, without a look at what stayed; a break, to be noticed. */
  readonly careless?: Connection | undefined;
}

const BATCH = 'chaos';

/**
 * Fills the queue: most items at once, as a batch; then parts, as fills without one; at the end what is left of the batch,
 * with the seal. One after the other, so that an item has the same id whatever Redis loses.
 */
export class Filler {
  /** Items that Redis has said are in. */
  pushed = 0;
  private readonly first: number;
  private readonly partSize: number;
  private parts = 0;
  private finishing = false;
  private turn: Promise<void>;

  constructor(
    private readonly options: FillerOptions,
    private readonly failed: (error: unknown) => void,
  ) {
    const { items, last, parts } = options;
    this.first = Math.max(0, items.count - last);
    this.partSize = Math.floor((items.count - this.first) / (parts + 1));
    this.turn = this.batch(this.first, 0).catch(failed);
  }

  /** Resolves when all that it has begun is in, and on disk. */
  get idle(): Promise<void> {
    return this.turn;
  }

  /** Begins the next part, or the end after the last one; resolves as soon as some of it is in. False: all had begun before. */
  async more(): Promise<boolean> {
    if (this.finishing) return false;
    const before = this.pushed;
    if (this.parts < this.options.parts) {
      const from = this.first + this.parts++ * this.partSize;
      this.begin(() => this.part(from, from + this.partSize));
    } else this.finish();
    const over = this.turn;
    let ended = false;
    void over.then(() => {
      ended = true;
    });
    while (!ended && this.pushed === before) await new Promise((resolve) => setTimeout(resolve, 5));
    return true;
  }

  /** Begins what is left, with the seal. */
  finish(): void {
    if (this.finishing) return;
    this.finishing = true;
    const from = this.first + this.parts * this.partSize;
    this.begin(async () => {
      const { queue, items } = this.options;
      await this.batch(this.first + items.count - from, from - this.first);
      if (!this.options.careless) await queue.seal({ batchId: BATCH, total: this.first + items.count - from });
    });
  }

  private begin(act: () => Promise<void>): void {
    this.turn = this.turn.then(act).catch(this.failed);
  }

  /**
   * The batch from its first item on, as a fill Job that was started again does. Its items are read once, so a fill that
   * Redis took back is run again, as the Job would.
   */
  private async batch(count: number, skipped: number): Promise<void> {
    const { queue } = this.options;
    const index = (i: number) => (i < this.first ? i : i + skipped);
    if (this.options.careless) return this.believe(index, this.pushed === 0 ? 0 : this.first, count, true);
    for (;;) {
      try {
        const onProgress = (filled: number) => this.saw(filled + (filled > this.first ? skipped : 0));
        await queue.fill(this.payloads(index, 0, count), { batchId: BATCH, onProgress });
        return;
      } catch (error) {
        if (!(error instanceof FillInterruptedError)) throw error;
      }
    }
  }

  /** Items of their own, which mend themselves. */
  private async part(from: number, to: number): Promise<void> {
    const index = (i: number) => i;
    if (this.options.careless) return this.believe(index, from, to, false);
    await this.options.queue.fill(() => this.payloads(index, from, to), {
      onProgress: (filled) => this.saw(from + filled),
    });
  }

  private async believe(index: (i: number) => number, from: number, to: number, seal: boolean): Promise<void> {
    const { careless, name, items } = this.options;
    if (!careless) return;
    const payloads = [...this.payloads(index, from, to)];
    const filler = `careless-${from}`;
    await careless.insist(() => careless.run(SCRIPTS.fill, name, [filler, '', 0, 'raw', ...payloads]));
    this.saw(index(to - 1) + 1);
    if (seal && this.pushed === items.count) await careless.insist(() => careless.run(SCRIPTS.seal, name, ['', '']));
  }

  private saw(pushed: number): void {
    this.pushed = Math.max(this.pushed, pushed);
  }

  private *payloads(index: (i: number) => number, from: number, to: number): Generator<string> {
    for (let i = from; i < to; i++) yield this.options.items.payload(index(i));
  }
}
