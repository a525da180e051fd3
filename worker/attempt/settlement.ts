import type { FollowUps } from './follow-ups';
import type { Noted, Remains } from './notes';
import type { Outcome } from './outcome';

/** Bytes of payloads and outcomes that one exchange settles beyond its first item: Redis copies them. */
const BYTES = 1_048_576;
/** Items of which one exchange tells more than that they are done. */
const ITEMS = 1_000;

/** What becomes of an item when its handler has ended, or while it still runs. */
export interface End {
  readonly id: number;
  /** Undefined: done. */
  readonly outcome: Outcome | undefined;
  /** Done after it was charged. */
  readonly forget: boolean;
  /** What it left for its next attempt. */
  readonly remains?: Remains | undefined;
  /** What it adds to the queue. */
  readonly added?: FollowUps | undefined;
  /** Of its payload and of what there is to tell. */
  readonly bytes: number;
}

/** How much an outcome and what is left of the attempt add to an exchange, in bytes; what Redis is to keep counts twice. */
export function bytesOf({ outcome, remains, added }: Pick<End, 'outcome' | 'remains' | 'added'>): number {
  const left = (remains ? (remains.checkpoint?.length ?? 0) + remains.kept : 0) + (added ? 2 * added.bytes : 0);
  if (outcome?.kind === 'results') return left + outcome.json.length;
  if (outcome?.kind === 'dead') return left + outcome.header.error.length + (outcome.header.stack?.length ?? 0);
  return left;
}

/** What one exchange tells Redis of items that did not simply end well (scripts/outcomes.ts), within its budget. */
export class Settlement {
  private readonly told: Record<string, unknown[]> = {};
  private readonly results: string[] = [];
  private readonly checkpoints: string[] = [];
  private readonly added: FollowUps[] = [];
  private bytes = 0;
  private items = 0;
  private empty = true;
  private slow: number | undefined;

  /** Whether an item of so many bytes still fits, with what it adds; the first one always does. */
  hasRoom(bytes: number, added?: FollowUps): boolean {
    const items = 1 + (added?.items.length ?? 0);
    return this.empty || (this.bytes + bytes <= BYTES && this.items + items <= ITEMS);
  }

  /** One more item that leaves the front of the held list. */
  advance(bytes: number): void {
    if (this.empty) this.empty = false;
    else this.bytes += bytes;
  }

  /** The item at the front still runs: it is moved aside. */
  keep(id: number, position: number): void {
    this.items++;
    this.tell('keep', [id, position]);
  }

  /** What became of an item at a position, or -1 where it was moved aside before. */
  end({ id, outcome, forget, remains, added }: End, position: number): void {
    this.items++;
    if (forget) this.tell('forget', id);
    if (remains) this.leaves(id, outcome, remains);
    if (added) this.adds(id, added, position);
    if (outcome?.kind === 'back') this.tell('back', [id, position]);
    else if (outcome?.kind === 'retry') {
      // How its attempts have failed is written again, which takes Redis as long as a second item.
      this.items++;
      this.tell('retry', [id, position, outcome.delay, JSON.stringify(outcome.failed)]);
    } else if (outcome?.kind === 'later') this.tell('later', [id, position, outcome.delay]);
    else if (outcome?.kind === 'dead') this.tell('dead', [id, position, JSON.stringify(outcome.header)]);
    else if (outcome?.kind === 'results') {
      this.tell('results', [id, position, Buffer.byteLength(outcome.json)]);
      this.results.push(outcome.json);
    } else if (position < 0 && !added) this.tell('done', id);
  }

  /** What the handler of an item that runs has noted. */
  note(id: number, { checkpoint, progress }: Noted): void {
    this.items++;
    if (checkpoint !== undefined) this.leave(id, checkpoint);
    if (progress !== undefined) this.tell('progress', [id, progress]);
  }

  /** A handler asks that nobody is handed anything for so many ms. */
  slowDown(ms: number): void {
    this.slow = ms;
  }

  /** How long attempts took: class by class, how many. */
  count(durations: object): void {
    this.items++;
    Object.assign(this.told, durations);
  }

  /** As the script reads it; empty where there is nothing to tell. */
  get outcomes(): string | Uint8Array {
    if (this.items === 0 && this.slow === undefined) return '';
    const json = JSON.stringify(this.slow === undefined ? this.told : { ...this.told, slow: this.slow });
    const { results, added, checkpoints } = this;
    if (results.length + added.length + checkpoints.length === 0) return json;
    const before = `${json}\n${results.join('')}`;
    const after = checkpoints.join('');
    return added.length === 0 ? before + after : around(before, added, after);
  }

  private adds(id: number, added: FollowUps, position: number): void {
    this.items += added.items.length;
    this.added.push(added);
    const entries = added.items.map(({ front, bytes, hash }) => [front ? 1 : 0, bytes, hash ? 1 : 0]);
    this.tell('add', [id, position, entries]);
  }

  /** What an item leaves whose attempt has ended: nothing, if there is no other to come. */
  private leaves(id: number, outcome: Outcome | undefined, { checkpoint, kept, shown }: Remains): void {
    if (shown) this.tell('progress', [id]);
    const isDone = outcome === undefined || outcome.kind === 'results';
    if (isDone && kept > 0) this.tell('checkpoint', [id]);
    else if (!isDone && outcome.kind !== 'dead' && checkpoint !== undefined) this.leave(id, checkpoint);
  }

  private leave(id: number, checkpoint: string): void {
    this.tell('checkpoint', [id, Buffer.byteLength(checkpoint)]);
    this.checkpoints.push(checkpoint);
  }

  private tell(kind: string, entry: unknown): void {
    const entries = this.told[kind];
    if (entries) entries.push(entry);
    else this.told[kind] = [entry];
  }
}

/** Follow-up items between two texts: text as well where nothing else is among them. */
function around(before: string, added: readonly FollowUps[], after: string): string | Uint8Array {
  const items = added.flatMap((each) => each.items);
  if (items.every(({ payload, hash }) => typeof payload === 'string' && hash === undefined)) {
    return `${before}${items.map(({ payload }) => payload).join('')}${after}`;
  }
  const parts: Uint8Array[] = [Buffer.from(before)];
  for (const { payload, hash } of items) {
    if (hash) parts.push(hash);
    parts.push(typeof payload === 'string' ? Buffer.from(payload) : payload);
  }
  parts.push(Buffer.from(after));
  return Buffer.concat(parts);
}
