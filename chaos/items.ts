import { Random } from './random';

/**
 * How an item behaves. `plain` works and heeds its signal; `deaf` does not heed it; `blocks` holds the event loop;
 * `fails` throws in its first attempt; `later` is put off twice before it works; `notes` tells checkpoints while it works, and
 * fails at the end of its first attempt; `adds` adds two or three others when it is done, and half of those items fail in
 * their first attempt, which adds something that nobody may see.
 */
export type ItemKind = 'plain' | 'deaf' | 'blocks' | 'fails' | 'later' | 'notes' | 'adds';

/** One item in so many is of each kind that its number decides. */
const EVERY = 40;
const ADDS_AT = 7;
const BY_NUMBER: Readonly<Record<number, ItemKind>> = { [ADDS_AT]: 'adds', 13: 'later', 21: 'notes' };

/** An item that is put off is so often, and is due again after so many ms. */
export const PUT_OFF = { times: 2, delay: 300 };

/** So many checkpoints one attempt tells. */
export const CHECKPOINTS = 4;

/** Stands in logs for the index of the finalizer. */
export const FINALIZER = -1;

/** What a failing attempt adds. */
export const NEVER = `${2 ** 32 - 1} plain 0 `;

/** An item that another one adds. */
export interface Addition {
  readonly payload: string;
  /** Two items add this one. */
  readonly key?: string;
}

/** What stands in a payload. */
export interface Item {
  readonly index: number;
  readonly kind: ItemKind;
  /** Time its handler takes, in ms. */
  readonly work: number;
  readonly adds: readonly Addition[];
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

  /** Those, and what they add: of two items in a row, one has one parent, the other one also the next parent. */
  get total(): number {
    return this.options.count + 2 * this.parents;
  }

  /** The items that add this one, each of them when it is done; none for one that is pushed. */
  parentsOf(index: number): readonly number[] {
    const { count } = this.options;
    if (index < count) return [];
    const nth = (index - count) >> 1;
    const isShared = (index - count) % 2 === 1 && nth + 1 < this.parents;
    return isShared ? [parent(nth), parent(nth + 1)] : [parent(nth)];
  }

  private get parents(): number {
    const { count, straggle } = this.options;
    return Math.max(0, Math.ceil((count - (straggle > 0 ? 1 : 0) - ADDS_AT) / EVERY));
  }

  private addedBy(index: number): Addition[] {
    const first = this.options.count + 2 * ((index - ADDS_AT) / EVERY);
    const shared = [first + 1, ...(index > EVERY ? [first - 1] : [])];
    return [
      { payload: this.payload(first) },
      ...shared.map((each) => ({ payload: this.payload(each), key: `item ${each}` })),
    ];
  }

  payload(index: number): string {
    const { count, seed, meanWork, last, lastWork, longWork, straggle } = this.options;
    if (straggle > 0 && index === count - 1) return `${index} plain ${straggle} `;
    const random = new Random(Math.imul(index + 1, 0x9e3779b1) ^ Math.imul(seed, 0x85ebca6b));
    const dice = random.next();
    const byChance = dice < 0.003 ? 'blocks' : dice < 0.01 ? 'fails' : dice < 0.1 ? 'deaf' : 'plain';
    const kind: ItemKind = (index < count ? BY_NUMBER[index % EVERY] : undefined) ?? byChance;
    let work = 0;
    if (index < count && index >= count - last) work = Math.round(lastWork * (0.5 + random.next()));
    else if (random.next() < 1 / 2_000) work = longWork;
    else if (random.next() < 0.5) work = Math.min(-Math.log(1 - random.next()), 5) * 2 * meanWork;
    if (kind === 'blocks') work = Math.min(work, 400);
    if (kind === 'adds') return `${index} ${kind} ${work.toFixed(1)} ${JSON.stringify(this.addedBy(index))}`;
    const padding = random.next() < 1 / 2_000 ? 20_000 : random.below(100);
    return `${index} ${kind} ${work.toFixed(1)} ${'.'.repeat(padding)}`;
  }
}

function parent(nth: number): number {
  return ADDS_AT + nth * EVERY;
}

/** Whether the attempt fails, as the item says of itself. */
export function failsIn({ index, kind }: Item, attempt: number): boolean {
  return (
    attempt === 1 && (kind === 'fails' || kind === 'notes' || (kind === 'adds' && index % (2 * EVERY) === ADDS_AT))
  );
}

/** Reads a payload. */
export function parseItem(payload: string): Item {
  const [index, kind, work] = payload.split(' ', 3) as [string, ItemKind, string];
  const adds = kind === 'adds' ? JSON.parse(payload.slice(payload.indexOf('['))) : [];
  return { index: Number(index), kind, work: Number(work), adds };
}
