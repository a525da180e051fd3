/** In `next`: what was claimed and not started is not this worker's to start any more. */
const RELEASED = 1 << 30;

/** After this position an incarnation takes nothing more and gives way to a fresh one: the bit is next. */
export const LAST_POSITION = RELEASED - (1 << 20);

/** Places in the shared numbers. */
const PLACE = {
  /** Position of the item that is started next, and the {@link RELEASED} bit. */
  next: 0,
  /** Position after the last item that may be started. */
  end: 1,
  /** Number of the last exchange. */
  sent: 2,
  /** 1 from the beginning of an exchange until what it claimed may be started. */
  claiming: 3,
} as const;

/** What the lease thread sees of the hand. */
export interface HandSeen {
  /** Number of the last exchange, or of one before it. */
  readonly sent: number;
  /** Position of the item that is started next. */
  readonly next: number;
  /** What was claimed from `next` on goes back. */
  readonly released: boolean;
  /** Items may be started, and are not. */
  readonly waits: boolean;
  /** Items may be on their way. */
  readonly claiming: boolean;
}

/**
 * The items that a worker has claimed and not started. The main thread starts them one by one; the lease thread takes
 * them away from a main thread that does not get to it, and gives them back.
 *
 * One word decides: the position of the next item, and a bit for "released". The rest of what is in here only says which
 * exchange the position belongs to: the position after which Redis has handed out something else means other items.
 *
 * | transition          | by          | from → to                                                          |
 * |---------------------|-------------|--------------------------------------------------------------------|
 * | {@link reset}         | main thread | any → nothing claimed: a fresh incarnation                         |
 * | {@link beginExchange} | main thread | released → not released: this exchange tells Redis the position.   |
 * |                     |             | Items may be on their way                                          |
 * | {@link offer}         | main thread | what was claimed may be started                                    |
 * | {@link endClaim}      | main thread | → nothing is on its way                                            |
 * | {@link start}         | main thread | not released at position p → position p + 1                        |
 * | {@link release}       | main thread | → released: it stops, or cannot use what it claimed                |
 * | {@link takeAway}      | lease thread| not released, and as it was seen → released                        |
 *
 * What holds:
 *
 * - No item is started here and given back. `start` and `takeAway` change the same word from what it was, so one of them
 *   fails; from then on nothing is started, and what is still on its way is dropped when it arrives.
 * - Nothing that was claimed is forgotten. Released stays released until an exchange of the main thread tells the position;
 *   until Redis has confirmed it, the lease thread tells it as well ({@link GivingBack}).
 * - A position is told with the number of an exchange after which it still meant the same items: `beginExchange` takes
 *   the bit away before it raises the number, and {@link look} reads them the other way round. Redis does not give back
 *   for a number below that of an exchange it has carried out.
 */
export class SharedHand {
  readonly buffer: SharedArrayBuffer;
  private readonly ints: Int32Array;

  /** A new one, or another thread's. */
  constructor(buffer = new SharedArrayBuffer(4 * Object.keys(PLACE).length)) {
    this.buffer = buffer;
    this.ints = new Int32Array(buffer);
  }

  /** A fresh incarnation holds nothing, and has exchanged nothing. */
  reset(): void {
    Atomics.store(this.ints, PLACE.claiming, 0);
    Atomics.store(this.ints, PLACE.end, 0);
    Atomics.store(this.ints, PLACE.sent, 0);
    Atomics.store(this.ints, PLACE.next, 0);
  }

  get isReleased(): boolean {
    return (Atomics.load(this.ints, PLACE.next) & RELEASED) !== 0;
  }

  /**
   * Another exchange begins. True where it has to say that all from the next item on goes back, and where the main thread
   * must not start what it knows of it: the positions are free for other items.
   */
  beginExchange(number: number): boolean {
    const word = Atomics.load(this.ints, PLACE.next);
    const released = (word & RELEASED) !== 0;
    if (released) {
      Atomics.store(this.ints, PLACE.end, word & ~RELEASED);
      Atomics.store(this.ints, PLACE.next, word & ~RELEASED);
    }
    Atomics.store(this.ints, PLACE.claiming, 1);
    Atomics.store(this.ints, PLACE.sent, number);
    return released;
  }

  /** What was claimed, up to this position, may be started. */
  offer(end: number): void {
    Atomics.store(this.ints, PLACE.end, end);
  }

  /** The exchange claims nothing; or what it claimed may be started, or was released. */
  endClaim(): void {
    Atomics.store(this.ints, PLACE.claiming, 0);
  }

  /** Whether the main thread may start the item at this position, which is the next one. */
  start(position: number): boolean {
    return Atomics.compareExchange(this.ints, PLACE.next, position, position + 1) === position;
  }

  /** The main thread starts nothing of what it has, or is about to get. */
  release(): void {
    Atomics.or(this.ints, PLACE.next, RELEASED);
  }

  /** How the hand looks to the lease thread. */
  look(): HandSeen {
    // Before the word: see above.
    const sent = Atomics.load(this.ints, PLACE.sent);
    const word = Atomics.load(this.ints, PLACE.next);
    const released = (word & RELEASED) !== 0;
    return {
      sent,
      next: word & ~RELEASED,
      released,
      waits: !released && Atomics.load(this.ints, PLACE.end) > word,
      claiming: Atomics.load(this.ints, PLACE.claiming) === 1,
    };
  }

  /** The lease thread takes from the main thread what waits; not if that has started something since it was seen. */
  takeAway({ next }: HandSeen): boolean {
    return Atomics.compareExchange(this.ints, PLACE.next, next, next | RELEASED) === next;
  }
}
