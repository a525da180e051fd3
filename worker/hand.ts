import type { Claimed, Incarnation } from './incarnation';
import type { ItemContext } from './item-context';
import type { Outcome } from './outcome';

/** One of the places in which items run, side by side. */
export interface Lane {
  /** Number of the lane. */
  readonly index: number;
  position: number;
  id: number;
  attempt: number;
  /** `performance.now()` when its item was started. */
  startedAt: number;
  /** Moved out of the held list, because it outlasted its neighbours. */
  kept: boolean;
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
    startedAt: 0,
    kept: false,
    hand: undefined,
    context: undefined,
  };
}

/** An item on its way from the hand to a lane. */
export interface Ready {
  readonly payload: string | Buffer;
  readonly id: number;
  readonly attempt: number;
  readonly token: number;
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
  /** Its incarnation was given up: what still runs of it is somebody else's. */
  over = false;

  private readonly lanes: (Lane | undefined)[] = [];
  private readonly outcomes: (Outcome | undefined)[] = [];
  private readonly mask: number;
  private chunks: Chunk[] = [];
  private readonly loose: Record<'done' | 'forget', number[]> & { outcomes: Outcome[] } = {
    done: [],
    forget: [],
    outcomes: [],
  };

  constructor(
    readonly incarnation: Incarnation,
    room: number,
  ) {
    this.mask = 2 ** Math.ceil(Math.log2(room)) - 1;
    this.lanes.length = this.outcomes.length = this.mask + 1;
  }

  /** Items that are claimed and not started. */
  get ready(): number {
    return this.end - this.next;
  }

  /** Whether there is anything to tell Redis. */
  get unsettled(): boolean {
    return (
      this.finished > 0 || this.loose.done.length > 0 || this.loose.outcomes.length > 0 || this.loose.forget.length > 0
    );
  }

  /** Whether starting one more would run into what is not settled yet. */
  get full(): boolean {
    return this.next - this.head > this.mask;
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
    const attempt = claimed.charges === undefined ? 1 : (claimed.charges.get(at)?.attempts ?? 0) + 1;

    const position = this.next++;
    this.lanes[position & this.mask] = lane;
    lane.hand = this;
    lane.position = position;
    lane.id = id;
    lane.attempt = attempt;
    lane.kept = false;
    return { payload: claimed.payloads[at] as string | Buffer, id, attempt, token: claimed.token + 1 + at };
  }

  /** The item of a lane has come to its end: well, unless there is an outcome. */
  finish(lane: Lane, outcome?: Outcome): void {
    const { id } = lane;
    if (lane.attempt > 1 && (outcome === undefined || outcome.kind === 'results')) this.loose.forget.push(id);
    if (lane.kept) {
      if (outcome) this.loose.outcomes.push(outcome);
      else this.loose.done.push(id);
      return;
    }
    const place = lane.position & this.mask;
    this.lanes[place] = undefined;
    if (outcome) this.outcomes[place] = outcome;
    this.finished++;
  }

  /** What to tell Redis now; it counts as told. */
  settle(now: number): { advance: number; outcomes: string } {
    const told: Record<string, unknown[]> = {};
    const tell = (kind: string, entry: unknown) => {
      const entries = told[kind];
      if (entries) entries.push(entry);
      else told[kind] = [entry];
    };
    const tellOutcome = (outcome: Outcome, position: number) => {
      if (outcome.kind === 'back') tell('back', [outcome.id, position]);
      else if (outcome.kind === 'retry') tell('retry', [outcome.id, position, outcome.delay]);
      else if (outcome.kind === 'dead') tell('dead', [outcome.id, position, JSON.stringify(outcome.header)]);
      else tell('results', [outcome.id, position, outcome.json]);
    };

    const start = this.head;
    while (this.finished > 0) {
      const place = this.head & this.mask;
      const lane = this.lanes[place];
      if (lane) {
        if (this.finished < ASIDE_BEHIND && now - lane.startedAt < ASIDE_AFTER) break;
        lane.kept = true;
        this.lanes[place] = undefined;
        tell('keep', [lane.id, this.head]);
      } else {
        const outcome = this.outcomes[place];
        if (outcome) {
          this.outcomes[place] = undefined;
          tellOutcome(outcome, this.head);
        }
        this.finished--;
      }
      this.head++;
    }
    const { loose } = this;
    for (const outcome of loose.outcomes) tellOutcome(outcome, -1);
    if (loose.done.length > 0) told.done = loose.done;
    if (loose.forget.length > 0) told.forget = loose.forget;
    loose.done = [];
    loose.forget = [];
    loose.outcomes = [];
    return { advance: this.head - start, outcomes: Object.keys(told).length > 0 ? JSON.stringify(told) : '' };
  }
}
