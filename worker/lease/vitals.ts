/** Places in the shared flags. */
const FLAG = {
  /** Raised by the main thread as long as its event loop turns. */
  beat: 0,
  /** Lane whose item was started last. */
  last: 1,
  /** 1 as soon as the lease thread is there. */
  watched: 2,
  /** 1 as soon as the process is told to stop. */
  leaving: 3,
  /** 1 while the worker waits with nothing in hand. */
  resting: 4,
} as const;

/** Places in the shared times, which also hold a name; from `lanes` on, four numbers a lane. */
const TIME = { awake: 0, renewed: 1, answer: 2, lanes: 3 } as const;

/** Numbers kept of each lane, from its first place on. */
const LANE = { started: 0, id: 1, attempt: 2, call: 3, width: 4 } as const;

/** What runs in a lane. */
export interface RunningItem {
  readonly lane: number;
  /** When it was started, in ms that this process was awake. */
  readonly started: number;
  readonly id: number;
  readonly attempt: number;
  /** The call of a batch handler in which it runs; 0: a call of its own. */
  readonly call: number;
}

/** What the main thread and the lease thread have to know of one another, beyond {@link SharedHand}. */
export class Vitals {
  readonly buffer: SharedArrayBuffer;
  private readonly flags: Int32Array;
  private readonly times: Float64Array;

  /** New ones for so many lanes, or another thread's. */
  constructor(
    private readonly lanes: number,
    buffer?: SharedArrayBuffer,
  ) {
    const times = TIME.lanes + lanes * LANE.width;
    const flags = Object.keys(FLAG).length;
    this.buffer = buffer ?? new SharedArrayBuffer(8 * times + 4 * flags);
    this.times = new Float64Array(this.buffer, 0, times);
    this.flags = new Int32Array(this.buffer, 8 * times, flags);
    // 0 says that nothing runs in a lane.
    if (!buffer) this.awake = 1;
  }

  /** ms that this process was awake; it stands still while the process is stopped. */
  get awake(): number {
    return this.times[TIME.awake] as number;
  }

  set awake(ms: number) {
    this.times[TIME.awake] = ms;
  }

  /** `awake` when the lease was last renewed. */
  get renewed(): number {
    return this.times[TIME.renewed] as number;
  }

  /** The lease was renewed with something that was sent then. */
  renew(at: number): void {
    this.times[TIME.renewed] = Math.max(this.renewed, at);
  }

  /** Name of the last answer that the main thread acted on. */
  get answer(): number {
    return this.times[TIME.answer] as number;
  }

  set answer(name: number) {
    this.times[TIME.answer] = name;
  }

  /** How often the event loop of the main thread has turned. */
  get beats(): number {
    return Atomics.load(this.flags, FLAG.beat);
  }

  beat(): void {
    Atomics.add(this.flags, FLAG.beat, 1);
  }

  /** Whether the lease thread is there. */
  get watched(): boolean {
    return Atomics.load(this.flags, FLAG.watched) === 1;
  }

  set watched(is: boolean) {
    Atomics.store(this.flags, FLAG.watched, is ? 1 : 0);
  }

  /** Whether the process was told to stop, which either thread may hear first. */
  get leaving(): boolean {
    return Atomics.load(this.flags, FLAG.leaving) === 1;
  }

  /** The process is told to stop. */
  sayLeaving(): void {
    Atomics.store(this.flags, FLAG.leaving, 1);
  }

  /**
   * Whether the worker waits with nothing in hand, so that there is no lease to renew. It ends before an exchange that may
   * bring items is sent.
   */
  get resting(): boolean {
    return Atomics.load(this.flags, FLAG.resting) === 1;
  }

  set resting(is: boolean) {
    Atomics.store(this.flags, FLAG.resting, is ? 1 : 0);
  }

  /** Lane whose item was started last. */
  get lastStarted(): number {
    return Atomics.load(this.flags, FLAG.last);
  }

  /** An item begins to run in a lane. */
  started(lane: number, id: number, attempt: number, call = 0): void {
    const place = TIME.lanes + lane * LANE.width;
    this.flags[FLAG.last] = lane;
    this.times[place + LANE.id] = id;
    this.times[place + LANE.attempt] = attempt;
    this.times[place + LANE.call] = call;
    this.times[place + LANE.started] = this.awake;
  }

  /** Nothing runs in a lane any more. */
  ended(lane: number): void {
    this.times[TIME.lanes + lane * LANE.width + LANE.started] = 0;
  }

  /** For how many ms that the process was awake a lane has been at its item; 0 where it is idle. */
  ranFor(lane: number): number {
    const started = this.startedAt(lane);
    return started > 0 ? this.awake - started : 0;
  }

  /** What runs in a lane. */
  item(lane: number): RunningItem | undefined {
    const place = TIME.lanes + lane * LANE.width;
    const started = this.startedAt(lane);
    if (started === 0) return undefined;
    return {
      lane,
      started,
      id: this.times[place + LANE.id] as number,
      attempt: this.times[place + LANE.attempt] as number,
      call: this.times[place + LANE.call] as number,
    };
  }

  /** What runs in one call with an item, that item among it. */
  inCallOf(item: RunningItem): RunningItem[] {
    return item.call === 0 ? [item] : this.items().filter(({ call }) => call === item.call);
  }

  /** What runs. */
  items(): RunningItem[] {
    return this.lanesWhere((started) => started > 0).flatMap((lane) => this.item(lane) ?? []);
  }

  /** The first of what has run for longer than so many ms that the process was awake. */
  overdue(ms: number): RunningItem | undefined {
    const { awake } = this;
    const [first] = this.lanesWhere((started) => started > 0 && awake - started > ms);
    return first === undefined ? undefined : this.item(first);
  }

  /** Whether anything runs. */
  get anyRuns(): boolean {
    for (let lane = 0; lane < this.lanes; lane++) if (this.startedAt(lane) > 0) return true;
    return false;
  }

  private startedAt(lane: number): number {
    return this.times[TIME.lanes + lane * LANE.width + LANE.started] as number;
  }

  private lanesWhere(matches: (startedAt: number) => boolean): number[] {
    const lanes: number[] = [];
    for (let lane = 0; lane < this.lanes; lane++) if (matches(this.startedAt(lane))) lanes.push(lane);
    return lanes;
  }
}
