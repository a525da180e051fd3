import type { FaultRecord } from './course';
import type { Items } from './items';
import { TAKING_BACK } from './losses';

export interface LineageOptions {
  readonly items: Pick<Items, 'count' | 'total' | 'parentsOf'>;
  readonly pushed: number;
  readonly lease: number;
  readonly faults: readonly FaultRecord[];
  /** The first moment of the run, in ms since 1970. */
  readonly origin: number;
}

/** Where each item of a run came from, which id it had, and when it was first started and first handled to its end. */
export class Lineage {
  readonly starts: Uint16Array;
  /** ms after the origin; 0: never. */
  readonly firstEnd: Float32Array;
  private readonly firstStart: Float32Array;
  private readonly idOf: Uint32Array;
  /** By id: one more than the index of the item that had it. */
  private readonly ownerOf: Uint32Array;
  private readonly cuts: readonly FaultRecord[];

  constructor(private readonly options: LineageOptions) {
    const { total } = options.items;
    this.starts = new Uint16Array(total);
    this.firstEnd = new Float32Array(total);
    this.firstStart = new Float32Array(total);
    this.idOf = new Uint32Array(total);
    this.ownerOf = new Uint32Array(total + 1);
    this.cuts = options.faults.filter(({ kind }) => TAKING_BACK.includes(kind));
  }

  ended(index: number, at: number): void {
    const moment = this.moment(at);
    const before = this.firstEnd[index] as number;
    if (before === 0 || moment < before) this.firstEnd[index] = moment;
  }

  /** @returns what is wrong with its id */
  started(index: number, id: number, at: number): string | undefined {
    const { total } = this.options.items;
    const moment = this.moment(at);
    this.starts[index] = Math.min((this.starts[index] as number) + 1, 0xffff);
    const first = this.firstStart[index] as number;
    if (first === 0 || moment < first) this.firstStart[index] = moment;
    const known = this.idOf[index] as number;
    if (known === id) return undefined;
    if (known !== 0 && !this.reordered(first, moment))
      return `item ${index} came with id ${id}, and before with id ${known}`;
    this.idOf[index] = id;
    if (id > total) return `item ${index} came with id ${id}, which no item has`;
    const owner = (this.ownerOf[id] as number) - 1;
    if (owner >= 0 && owner !== index && !this.reordered(this.firstStart[owner] as number, moment)) {
      return `item ${index} came with id ${id}, which belongs to another item`;
    }
    this.ownerOf[id] = index + 1;
    return undefined;
  }

  /** Whether all was done without it: nobody pushed it, or what adds it was given up. */
  isExpected(index: number, dead: ReadonlySet<number>): boolean {
    const { items, pushed } = this.options;
    if (dead.has(index)) return false;
    if (index < items.count) return index < pushed;
    return items.parentsOf(index).some((parent) => parent < pushed && !dead.has(parent));
  }

  /** Items that were there before one that adds them came to its end. */
  early(): number[] {
    const { items } = this.options;
    const early: number[] = [];
    for (let index = items.count; index < items.total; index++) {
      const ends = items.parentsOf(index).map((parent) => this.firstEnd[parent] || Number.POSITIVE_INFINITY);
      const start = this.firstStart[index] as number;
      // The times are those of several processes, and rounded.
      if (start > 0 && start + 5 < Math.min(...ends)) early.push(index);
    }
    return early;
  }

  /** Items that came to their end for the first time after this moment, in ms since 1970. */
  endedAfter(at: number): number {
    return this.firstEnd.reduce((count, end) => count + (end > at - this.options.origin ? 1 : 0), 0);
  }

  /** Whether a power cut may have taken back what was handed out then. */
  takenBack(at: number): boolean {
    return this.rolledBack(at - this.options.origin, Number.POSITIVE_INFINITY);
  }

  private moment(at: number): number {
    return Math.max(at - this.options.origin, 1);
  }

  /** Whether a power cut may have taken back the earlier of two starts, and what was added: it is added in another order. */
  private reordered(one: number, other: number): boolean {
    const { count, total } = this.options.items;
    return total > count && this.rolledBack(one, other);
  }

  /** Whether a power cut may have taken back the earlier of two starts. A worker learns of it late. */
  private rolledBack(one: number, other: number): boolean {
    const { origin, lease } = this.options;
    const [earlier, later] = [Math.min(one, other) + origin, Math.max(one, other) + origin];
    return this.cuts.some(
      ({ since = Number.NEGATIVE_INFINITY, from, to }) =>
        since - 50 <= earlier && earlier <= to + 5 * lease && from - 50 <= later,
    );
  }
}
