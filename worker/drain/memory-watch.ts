import type { Log } from '../log';
import { type Connection, fullness, memoryText, NEARLY_FULL, StoreInfo, type StoreMemory } from '../redis';

/** Redis is asked how full it is once in so many ms, at most. */
const EVERY = 30_000;

/** Only when so much has become free again, a Redis that fills up is worth another warning. */
const ROOM_AGAIN = 0.8;

/** Sees a Redis that nears its `maxmemory` before it is full, and warns of it once. */
export class MemoryWatch {
  private due = Number.POSITIVE_INFINITY;
  private hasWarned = false;

  constructor(
    private readonly connection: Connection,
    private readonly log: Log,
  ) {}

  /** What Redis said when the worker came; a user who may not ask is not told later either. */
  begin(memory: StoreMemory | undefined, now: number): void {
    if (!memory) return;
    this.see(memory);
    this.due = now + EVERY;
  }

  /** Asks again, where it is time to. */
  look(now: number): void {
    if (now < this.due) return;
    this.due = now + EVERY;
    this.connection
      .command('INFO', 'memory')
      .then((text) => this.see(new StoreInfo(String(text)).memory))
      // The next look may be answered.
      .catch(() => undefined);
  }

  private see(memory: StoreMemory | undefined): void {
    if (memory?.max === undefined) return;
    const full = fullness(memory);
    if (full < ROOM_AGAIN) this.hasWarned = false;
    if (full < NEARLY_FULL || this.hasWarned) return;
    this.hasWarned = true;
    this.log.warn(
      `Redis has filled ${Math.floor(full * 100)} % of its memory: ${memoryText(memory)} (maxmemory). When it is full, fills and items that handlers add have to wait; give it more memory`,
    );
  }
}
