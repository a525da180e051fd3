import { type ItemLog, itemLog, type WorkerLog } from '../log';
import type { ItemContext } from './item-context';
import { logOf } from './log-of';

/** What a handler that takes several items at once is told beside them. */
export class BatchContext {
  /** @internal Of items that failed, by their index. */
  readonly failures = new Map<number, unknown>();
  /** @internal The call has returned. */
  over = false;
  private controller: AbortController | undefined;
  private aborted: { readonly reason: unknown } | undefined;
  private said: ItemLog | undefined;

  /** @internal */
  constructor(
    /**
     * What is known of each item, in the order of the items: `items[2].attempt` is that of the third one.
     *
     * @example context.items.map(({ token }) => token)
     */
    readonly items: readonly ItemContext[],
    private readonly to: WorkerLog,
  ) {
    for (const item of items) item.onAbort = (reason) => this.abort(reason);
  }

  /**
   * Aborted when the call is past `itemTimeout`, when another worker has its items now, or when the worker has to stop. Pass
   * it on to whatever takes long; its `reason` says which of the three it was.
   */
  get signal(): AbortSignal {
    if (!this.controller) {
      this.controller = new AbortController();
      if (this.aborted) this.controller.abort(this.aborted.reason);
    }
    return this.controller.signal;
  }

  /**
   * This item has failed, as if a handler of its own had thrown the error; the others go on. It is tried again when the
   * call has returned, or is a dead letter then. The first error of an item counts.
   *
   * @param index its place among the items of the call, from 0
   * @throws RangeError the call has no such item
   * @example if (!rows[index].ok) fail(index, new Error(rows[index].message));
   */
  fail = (index: number, error?: unknown): void => {
    const { length } = this.items;
    if (!Number.isInteger(index) || index < 0 || index >= length) {
      throw new RangeError(
        `fail was given ${String(index)} as the index of an item; this call has ${length}: allowed are 0 to ${length - 1}`,
      );
    }
    if (this.over) this.toldLog.warn(`fail(${index}) came after the call had returned: the item is done`);
    else if (!this.failures.has(index)) this.failures.set(index, error);
  };

  /**
   * Nobody is handed anything for so many ms, as {@link ItemContext.slowDown} has it.
   *
   * @throws RangeError no number of ms
   * @example if (response.status === 429) slowDown(30_000);
   */
  get slowDown(): (ms: number) => void {
    return (this.items[0] as ItemContext).slowDown;
  }

  /**
   * Writes to the worker's log, as {@link ItemContext.log} does. Each line tells the number of the first item, and how many
   * more there are.
   *
   * @example
   * log('inserted', { rows });
   */
  get log(): ItemLog {
    this.said ??= itemLog(this.toldLog);
    return this.said;
  }

  /** The log of this call. */
  private get toldLog(): WorkerLog {
    const [first, ...others] = this.items;
    const { id = 0, attempt = 1 } = first ?? {};
    if (others.length === 0) return logOf(this.to, { id, attempt });
    return this.to.with({ id, items: this.items.length }, `${id} and ${others.length} more`);
  }

  private abort(reason: unknown): void {
    if (this.aborted) return;
    this.aborted = { reason };
    this.controller?.abort(reason);
  }
}
