/** So long the same is said once, in ms. */
export const REPEATS_WITHIN = 60_000;
/** Kinds that are known at a time. */
const MOST_KINDS = 200;

interface Kind {
  /** How often it came since it was said last. */
  more: number;
  readonly say: (more: number) => void;
  cancel: () => void;
}

/** Calls back in so many ms; returns what cancels it. */
export type After = (ms: number, act: () => void) => () => void;

/**
 * What comes again and again, such as a failure of one kind: the first is said in full, the next ones are counted, and their
 * number is said once a minute, and at the end. A kind that did not come for a minute is new again.
 */
export class Repeats {
  private readonly kinds = new Map<string, Kind>();

  constructor(private readonly after: After = afterUnref) {}

  /**
   * Whether the first of a kind is to be said, which is said by the caller.
   *
   * @param say says how many more there were of it
   */
  isFirst(kind: string, say: (more: number) => void): boolean {
    const known = this.kinds.get(kind);
    if (known) {
      known.more++;
      return false;
    }
    const [oldest] = this.kinds.keys();
    if (this.kinds.size >= MOST_KINDS && oldest !== undefined) this.forget(oldest);
    const added: Kind = { more: 0, say, cancel: () => {} };
    this.kinds.set(kind, added);
    this.watch(kind, added);
    return true;
  }

  /** Says what is left to say. */
  end(): void {
    for (const kind of [...this.kinds.keys()]) this.forget(kind);
  }

  private watch(name: string, kind: Kind): void {
    kind.cancel = this.after(REPEATS_WITHIN, () => {
      if (kind.more === 0) {
        this.kinds.delete(name);
        return;
      }
      tell(kind);
      this.watch(name, kind);
    });
  }

  private forget(name: string): void {
    const kind = this.kinds.get(name);
    if (!kind) return;
    kind.cancel();
    this.kinds.delete(name);
    tell(kind);
  }
}

function tell(kind: Kind): void {
  const { more } = kind;
  kind.more = 0;
  if (more > 0) kind.say(more);
}

function afterUnref(ms: number, act: () => void): () => void {
  const timer = setTimeout(act, ms).unref();
  return () => clearTimeout(timer);
}
