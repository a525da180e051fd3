import { strictEqual } from 'node:assert';
import type { Answer, Exchange } from '../../worker/redis';

/** What Redis knows of the worker under test. */
interface Held {
  readonly id: string;
  /** Number of the last exchange, and what it answered. */
  number: number;
  answer: Answer;
  /** Position of the first item in `ids`. */
  head: number;
  ids: number[];
  /** Moved aside, because they outlast their neighbours. */
  running: Set<number>;
}

const NO_COUNTS = { claimed: 0, done: 0, dead: 0, dropped: 0 };

/** What a queue in Redis does for one worker, and what others do to the same queue; items are 1, 2, 3 … */
export class RedisModel {
  readonly list: number[];
  readonly done = new Set<number>();
  /** In the hands of other workers. */
  readonly elsewhere: number[] = [];
  worker: Held | undefined;
  /** It was told that nobody is to be handed anything for some time. */
  slowed = false;
  private entered = 0;

  constructor(
    readonly items: number,
    /** One in so many items runs alone; 0: none. */
    private readonly loners: number,
    /** The worker leaves the last items to others. */
    private readonly mayLeave: boolean,
  ) {
    this.list = Array.from({ length: items }, (_, index) => index + 1);
  }

  isLoner(id: number): boolean {
    return this.loners > 0 && id % this.loners === 0;
  }

  /** Registers a fresh incarnation. */
  enter(): string {
    this.lapse();
    const id = `incarnation ${++this.entered}`;
    this.worker = { id, number: 0, answer: { kind: 'stale' }, head: 0, ids: [], running: new Set() };
    return id;
  }

  /** The lease is over: another worker has given everything back. */
  lapse(): void {
    if (!this.worker) return;
    this.toList([...this.worker.ids, ...this.worker.running]);
    this.worker = undefined;
  }

  exchange(id: string, number: number, ask: Omit<Exchange, 'leaving'>): Answer {
    const { worker } = this;
    if (worker?.id !== id || number < worker.number) return { kind: 'stale' };
    if (number > worker.number) {
      worker.number = number;
      worker.answer = this.carryOut(worker, ask);
    }
    return worker.answer;
  }

  /** False where the incarnation holds nothing any more. */
  renew(id: string, position: number, sent: number): boolean {
    if (this.worker?.id !== id) return false;
    if (this.worker.number <= sent) this.giveBack(this.worker, position);
    return true;
  }

  /** Another worker takes an item. */
  takeElsewhere(): void {
    const id = this.list.shift();
    if (id !== undefined) this.elsewhere.push(id);
  }

  finishElsewhere(): void {
    for (const id of this.elsewhere.splice(0)) this.done.add(id);
  }

  private carryOut(worker: Held, { advance, outcomes, backFrom, want }: Omit<Exchange, 'leaving'>): Answer {
    const told: { keep?: [number, number][]; done?: number[]; slow?: number } =
      outcomes === '' ? {} : JSON.parse(String(outcomes));
    const kept = new Set(told.keep?.map(([id]) => id));
    const front = worker.ids.splice(0, advance);
    strictEqual(front.length, advance, 'more is settled than is held');
    worker.head += advance;
    this.slowed ||= told.slow !== undefined;
    for (const id of front)
      if (!kept.delete(id)) this.done.add(id);
      else worker.running.add(id);
    strictEqual(kept.size, 0, 'something is moved aside that is not at the front');
    for (const id of told.done ?? []) {
      strictEqual(worker.running.delete(id), true, 'something has ended that was not moved aside');
      this.done.add(id);
    }
    if (backFrom !== undefined) this.giveBack(worker, backFrom);
    if (want < 0) {
      this.lapse();
      return { kind: this.isDrained ? 'drained' : 'left', counts: NO_COUNTS };
    }
    const name = worker.number;
    const { ids, alone } = this.claim(worker, want);
    if (ids.length > 0) {
      const first = worker.head + worker.ids.length;
      worker.ids.push(...ids);
      const segments = ids.map((id) => [id, 1] as const);
      return {
        kind: 'work',
        first,
        segments,
        charges: undefined,
        alone,
        token: 0,
        name,
        more: {},
        payloads: ids.map(String),
      };
    }
    if (worker.ids.length + worker.running.size > 0) return { kind: 'held', name, due: undefined, more: {} };
    const isSpare = this.mayLeave && want > 0 && this.list.length === 0;
    if (!this.isDrained && !isSpare)
      return { kind: 'wait', why: 'others', due: undefined, idle: 1, gap: 1_000, name, more: {} };
    this.lapse();
    return { kind: this.isDrained ? 'drained' : 'spare', counts: NO_COUNTS };
  }

  private get isDrained(): boolean {
    return this.done.size === this.items;
  }

  private claim(worker: Held, want: number): { ids: number[]; alone: boolean } {
    const isLoner = (id: number) => this.isLoner(id);
    if (want < 1 || worker.ids.some(isLoner) || [...worker.running].some(isLoner)) return { ids: [], alone: false };
    if (this.list[0] !== undefined && isLoner(this.list[0])) {
      if (worker.ids.length + worker.running.size > 0) return { ids: [], alone: false };
      return { ids: this.list.splice(0, 1), alone: true };
    }
    const until = this.list.findIndex(isLoner);
    return { ids: this.list.splice(0, Math.min(want, until < 0 ? want : until)), alone: false };
  }

  private giveBack(worker: Held, position: number): void {
    this.toList(worker.ids.splice(Math.max(0, position - worker.head)));
  }

  private toList(ids: readonly number[]): void {
    this.list.push(...ids.filter((id) => !this.done.has(id)));
    this.list.sort((a, b) => a - b);
  }
}
