/**
 * What the main thread and the lease thread of a worker share: which item is started next, and whether those behind it
 * went back.
 *
 * One word decides: `next` is the position of the item that is started next, with a bit that says "the rest was given
 * back". The main thread raises the position, the lease thread sets the bit, both by compare-and-exchange, so no item is
 * started and given back.
 */
export const RELEASED = 1 << 30;

/** After this position an incarnation takes nothing more and gives way to a fresh one: the bit is next. */
export const LAST_POSITION = RELEASED - (1 << 20);

/** Places in {@link SharedHand.ints}. */
export const INT = {
  /** position of the next item to start, and the {@link RELEASED} bit */
  next: 0,
  /** position after the last item that was claimed and may be started */
  end: 1,
  /** number of the last exchange sent */
  sent: 2,
  /** 1 while an exchange that claims has no answer yet */
  claiming: 3,
  /** raised by the main thread as long as its event loop turns */
  beat: 4,
  /** lane whose item was started last */
  last: 5,
  /** 1 as soon as the lease thread is there, and can give back what waits too long */
  watched: 6,
  /** 1 as soon as the process is told to stop, which either thread may hear first */
  leaving: 7,
} as const;

/** Places in {@link SharedHand.times}, which also holds a name; from `lanes` on, three numbers a lane. */
export const TIME = {
  /** ms that this process was awake; stands still while it is stopped */
  awake: 0,
  /** `awake` when the lease was last renewed */
  renewed: 1,
  /** name of the last answer that the main thread acted on */
  answer: 2,
  lanes: 3,
} as const;

/** Numbers kept of each lane, from its first place on. */
export const LANE = {
  /** `awake` when the item was started, 0 when the lane is idle */
  started: 0,
  id: 1,
  attempt: 2,
  width: 3,
} as const;

/** Two views of one shared buffer. */
export interface SharedHand {
  readonly buffer: SharedArrayBuffer;
  readonly ints: Int32Array;
  readonly times: Float64Array;
}

const INTS = 8;

/** A new shared hand for so many lanes. */
export function makeSharedHand(lanes: number): SharedHand {
  const hand = viewSharedHand(new SharedArrayBuffer(INTS * 4 + (TIME.lanes + lanes * LANE.width) * 8));
  hand.times[TIME.awake] = 1;
  return hand;
}

/** The views of a buffer that another thread made. */
export function viewSharedHand(buffer: SharedArrayBuffer): SharedHand {
  return { buffer, ints: new Int32Array(buffer, 0, INTS), times: new Float64Array(buffer, INTS * 4) };
}
