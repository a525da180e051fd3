import { Random } from './random';

/**
 * How an item behaves. `plain` works and heeds its signal; `deaf` does not heed it; `blocks` holds the event loop;
 * `fails` throws in its first attempt; `later` is put off twice before it works; `notes` tells checkpoints while it works, and
 * fails at the end of its first attempt.
 */
export type ItemKind = 'plain' | 'deaf' | 'blocks' | 'fails' | 'later' | 'notes';

/** One item in so many is of each kind that its number decides. */
const EVERY = 40;
const BY_NUMBER: Readonly<Record<number, ItemKind>> = { 13: 'later', 21: 'notes' };

/** An item that is put off is so often, and is due again after so many ms. */
export const PUT_OFF = { times: 2, delay: 300 };

/** Stands in logs for the index of the finalizer. */
export const FINALIZER = -1;

/** So many checkpoints one attempt tells. */
export const CHECKPOINTS = 4;

/** What stands in a payload. */
export interface Item {
  readonly index: number;
  readonly kind: ItemKind;
  /** Time its handler takes, in ms. */
  readonly work: number;
}

export interface ItemsOptions {
  readonly count: number;
  readonly seed: number;
  /** Time an item takes on average, in ms. */
  readonly meanWork: number;
  /** So many items at the end of the queue take `lastWork` ms, so that faults meet the end of the run. */
  readonly last: number;
  readonly lastWork: number;
  /** Time that one item in two thousand takes, in ms: longer than a lease. */
  readonly longWork: number;
  /** Time that the very last item takes, in ms; 0: as the others before it. */
  readonly straggle: number;
}

/** The items of a run. Any of them can be made again from the seed, so nobody has to remember them. */
export class Items {
  constructor(private readonly options: ItemsOptions) {}

  /** Items that are pushed. */
  get count(): number {
    return this.options.count;
  }

  /** Those, and what they add. */
  get total(): number {
    return this.options.count;
  }

  /** The items that add this one, each of them when it is done; none for one that is pushed. */
  parentsOf(_index: number): readonly number[] {
    return [];
  }

  payload(index: number): string {
    const { count, seed, meanWork, last, lastWork, longWork, straggle } = this.options;
    if (straggle > 0 && index === count - 1) return `${index} plain ${straggle} `;
    const random = new Random(Math.imul(index + 1, 0x9e3779b1) ^ Math.imul(seed, 0x85ebca6b));
    const dice = random.next();
    const byChance = dice < 0.003 ? 'blocks' : dice < 0.01 ? 'fails' : dice < 0.1 ? 'deaf' : 'plain';
    const kind: ItemKind = BY_NUMBER[index % EVERY] ?? byChance;
    let work = 0;
    if (index >= count - last) work = Math.round(lastWork * (0.5 + random.next()));
    else if (random.next() < 1 / 2_000) work = longWork;
    else if (random.next() < 0.5) work = Math.min(-Math.log(1 - random.next()), 5) * 2 * meanWork;
    if (kind === 'blocks') work = Math.min(work, 400);
    const padding = random.next() < 1 / 2_000 ? 20_000 : random.below(100);
    return `${index} ${kind} ${work.toFixed(1)} ${'.'.repeat(padding)}`;
  }
}

/** Reads a payload. */
export function parseItem(payload: string): Item {
  const [index, kind, work] = payload.split(' ', 3) as [string, ItemKind, string];
  return { index: Number(index), kind, work: Number(work) };
}
