import { bytesOf, type End, type FollowUps, type ItemContext, Notes, type Outcome, Settlement } from '../attempt';
import type { Claimed, Incarnation } from '../redis';
import type { DurationsTold } from './duration-meter';

/** One of the places in which items run, side by side. */
export interface Lane {
  /** Number of the lane. */
  readonly index: number;
  position: number;
  id: number;
  attempt: number;
  /** How often its handler has put it off. */
  postponed: number;
  /** Redis keeps a charge of earlier attempts. */
  charged: boolean;
  /** Its item is the finalizer. */
  isFinalizer: boolean;
  /** Bytes of the payload. */
  size: number;
  /** `performance.now()` when its item was started. */
  startedAt: number;
  /** That is exact. */
  isTimed: boolean;
  /** Moved out of the held list, because it outlasted its neighbours. */
  kept: boolean;
  /** What the handler is given, where a hook is told of it. */
  item: unknown;
  hand: Hand | undefined;
  context: ItemContext | undefined;
}

/** A lane in which nothing has run yet. */
export function newLane(index: number): Lane {
  return {
    index,
    position: 0,
    id: 0,
    attempt: 0,
    postponed: 0,
    charged: false,
    isFinalizer: false,
    size: 0,
    startedAt: 0,
    isTimed: false,
    kept: false,
    item: undefined,
    hand: undefined,
    context: undefined,
  };
}

/** An item on its way from the hand to a lane. */
export interface Ready {
  readonly payload: string | Buffer;
  readonly id: number;
  readonly attempt: number;
  readonly postponed: number;
  readonly token: number;
  /** What an earlier attempt left, in JSON. */
  readonly resumed: string | undefined;
}

interface Chunk {
  readonly claimed: Claimed;
  at: number;
  segment: number;
  inSegment: number;
}

/** An unfinished item is moved aside when finished ones wait behind it for this long, in ms … */
const ASIDE_AFTER = 50;
/** … or when so many of them do. */
const ASIDE_BEHIND = 256;
/** Nothing more is started while what is to be told of finished items takes so many bytes. */
const BACKLOG = 8_388_608;

/**
 * What one incarnation holds, in the order in which it was handed out: `head` … `next` is started, `next` … `end` is
 * ready. The front is settled as soon as it is finished; what outlasts its neighbours is moved aside, so that they can be
 * settled without it.
 */
export class Hand {
  head = 0;
  next = 0;
  end = 0;
  /** Items between `head` and `next` that are finished. */
  finished = 0;
  /** The last exchange had no room for all that was finished. */
  behind = false;
  /** Its incarnation was given up: what still runs of it is somebody else's. */
  over = false;
  /** What handlers note while they run. */
  readonly notes = new Notes();

  private readonly lanes: (Lane | undefined)[] = [];
  /** Bytes of payloads. */
  private readonly sizes: number[] = [];
  private readonly ends: (End | undefined)[] = [];
  private readonly mask: number;
  private chunks: Chunk[] = [];
  /** Items that were moved aside, and have ended. */
  private aside: End[] = [];
  /** Ends that the last exchange told, and that add items; and those that Redis had no room for. */
  private adding: End[] = [];
  private refused: End[] = [];
  /** Bytes of what is to be told. */
  private backlog = 0;

  constructor(
    readonly incarnation: Incarnation,
    room: number,
  ) {
    this.mask = 2 ** Math.ceil(Math.log2(room)) - 1;
    this.lanes.length = this.sizes.length = this.ends.length = this.mask + 1;
  }

  /** Items that are claimed and not started. */
  get ready(): number {
    return this.end - this.next;
  }

  /** Whether there is anything to tell Redis. */
  get unsettled(): boolean {
    return this.finished > 0 || this.aside.length > 0;
  }

  /** Whether something has to be settled before one more is started. */
  get full(): boolean {
    return this.next - this.head > this.mask || this.backlog > BACKLOG;
  }

  adopt(claimed: Claimed): void {
    this.chunks.push({ claimed, at: 0, segment: 0, inSegment: 0 });
    this.end = claimed.first + claimed.payloads.length;
  }

  /** The rest was given back: only what was started is left. */
  dropReady(): void {
    this.chunks = [];
    this.end = this.next;
  }

  /** Takes the next item for a lane. */
  take(lane: Lane): Ready {
    const chunk = this.chunks[0] as Chunk;
    const { claimed, at } = chunk;
    const [first, count] = claimed.segments[chunk.segment] as readonly [number, number];
    const id = first + chunk.inSegment;
    if (++chunk.inSegment === count) {
      chunk.segment++;
      chunk.inSegment = 0;
    }
    if (++chunk.at === claimed.payloads.length) this.chunks.shift();
    const charge = claimed.charges?.get(at);
    const attempt = (charge?.attempts ?? 0) + 1;
    const postponed = charge?.later ?? 0;

    const payload = claimed.payloads[at] as string | Buffer;
    const position = this.next++;
    this.lanes[position & this.mask] = lane;
    this.sizes[position & this.mask] = payload.length;
    lane.hand = this;
    lane.position = position;
    lane.id = id;
    lane.attempt = attempt;
    lane.postponed = postponed;
    lane.charged = charge !== undefined;
    lane.isFinalizer = claimed.more.finalizer ?? false;
    lane.size = payload.length;
    lane.kept = false;
    const resumed = claimed.more.resumed?.[id];
    if (resumed !== undefined) this.notes.resume(id, resumed);
    return { payload, id, attempt, postponed, token: claimed.token + 1 + at, resumed };
  }

  /** The item of a lane has come to its end: well, unless there is an outcome. */
  finish(lane: Lane, outcome?: Outcome, added?: FollowUps): void {
    const { id, size } = lane;
    const forget = lane.charged && (outcome === undefined || outcome.kind === 'results');
    const remains = this.notes.end(id);
    const place = lane.position & this.mask;
    if (lane.kept || outcome || forget || remains || added) {
      const told = bytesOf({ outcome, remains, added });
      this.backlog += told;
      const end = { id, outcome, forget, remains, added, bytes: size + told };
      if (lane.kept) this.aside.push(end);
      else this.ends[place] = end;
    }
    if (lane.kept) return;
    this.lanes[place] = undefined;
    this.finished++;
  }

  /**
   * What to tell Redis now, or all there is, within the budget of one exchange; it counts as told.
   *
   * @param slow ms for which a handler asks that nobody is handed anything
   */
  settle(
    now: number,
    all = false,
    slow = 0,
    durations?: DurationsTold,
  ): { advance: number; outcomes: string | Uint8Array } {
    const settlement = new Settlement();
    this.adding = [];
    if (all) this.tellRefused();
    if (slow) settlement.slowDown(slow);
    if (durations) settlement.count(durations);
    const start = this.head;
    this.behind = false;
    while (this.finished > 0) {
      const place = this.head & this.mask;
      const lane = this.lanes[place];
      const end = this.ends[place];
      const size = this.sizes[place] as number;
      const bytes = end?.bytes ?? size;
      if (lane && !all && !this.full && this.finished < ASIDE_BEHIND && now - lane.startedAt < ASIDE_AFTER) break;
      if (!settlement.hasRoom(bytes, end?.added)) {
        this.behind = true;
        break;
      }
      settlement.advance(bytes);
      if (lane) {
        lane.kept = true;
        this.lanes[place] = undefined;
        settlement.keep(lane.id, this.head);
      } else {
        if (end) {
          this.ends[place] = undefined;
          this.backlog -= bytes - size;
          settlement.end(end, this.head);
          if (end.added) this.adding.push(end);
        }
        this.finished--;
      }
      this.head++;
    }
    let told = 0;
    for (const end of this.aside) {
      if (!settlement.hasRoom(end.bytes, end.added)) {
        this.behind = true;
        break;
      }
      settlement.advance(end.bytes);
      this.backlog -= bytesOf(end);
      settlement.end(end, -1);
      if (end.added) this.adding.push(end);
      told++;
    }
    this.aside.splice(0, told);
    this.notes.tell(now, all, (id, noted, bytes) => {
      if (!settlement.hasRoom(bytes)) return false;
      settlement.advance(bytes);
      settlement.note(id, noted);
      return true;
    });
    return { advance: this.head - start, outcomes: settlement.outcomes };
  }

  /** Whether the last exchange adds items. */
  get adds(): boolean {
    return this.adding.length > 0;
  }

  /** Redis had no room for what the last exchange adds; those ends stay, and this says which they are. */
  refuse(): readonly End[] {
    const ends = this.adding;
    this.adding = [];
    for (const end of ends) this.backlog += bytesOf(end);
    this.refused.push(...ends);
    return ends;
  }

  /** Tells again, with the next exchange, what Redis had no room for. */
  tellRefused(): void {
    this.aside.push(...this.refused.splice(0));
  }
}
