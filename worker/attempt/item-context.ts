/** One delivery of an item to a handler. */
export interface Delivery {
  readonly id: number;
  readonly attempt: number;
  /** How often its handler has put it off. */
  readonly postponed: number;
  readonly epoch: string;
  /** Number of the delivery, greater than those of all before. */
  readonly delivery: number;
  readonly write: (line: string) => void;
}

/** What a handler is told of the item beside its payload. */
export class ItemContext {
  private controller: AbortController | undefined;
  private abortedWith: unknown;
  private aborted = false;

  /** @internal */
  constructor(private readonly of: Delivery) {}

  /** Number of the item in its queue; the same in every attempt. */
  get id(): number {
    return this.of.id;
  }

  /** Which attempt this is, from 1. */
  get attempt(): number {
    return this.of.attempt;
  }

  /** How often its handler has put this item off before, by throwing `RetryLater`. */
  get postponed(): number {
    return this.of.postponed;
  }

  /**
   * Aborted when the item is past `itemTimeout`, when another worker has it now, or when the process has to end. Pass it
   * on to whatever takes long; its `reason` says which of the three it was.
   */
  get signal(): AbortSignal {
    if (!this.controller) {
      this.controller = new AbortController();
      if (this.aborted) this.controller.abort(this.abortedWith);
    }
    return this.controller.signal;
  }

  /**
   * Fencing token of this delivery. It never repeats, and a later delivery of any item has a greater one (compare them as
   * strings): let an outside store refuse what comes with a smaller token than it has seen.
   */
  get token(): string {
    return `${String(this.of.delivery).padStart(16, '0')}-${this.of.epoch}`;
  }

  /** Writes a line to the worker's log, with the number of the item in front; of a text of several lines, in front of each. */
  log = (text: string): void => {
    for (const line of `${text}`.split(/\r\n|[\n\v\f\r\u0085\u2028\u2029]/)) this.of.write(`[${this.id}] ${line}`);
  };

  /** @internal */
  abort(reason: unknown): void {
    if (this.aborted) return;
    this.aborted = true;
    this.abortedWith = reason;
    this.controller?.abort(reason);
  }

  /** @internal Why it was aborted, if it was. */
  get abortReason(): unknown {
    return this.abortedWith;
  }
}
