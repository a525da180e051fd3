/** Redis is told what a handler notes of an item once in so many ms. */
const EVERY = 1_000;

/** What a handler noted, and Redis does not know. */
export interface Noted {
  /** JSON for the next attempt. */
  readonly checkpoint: string | undefined;
  /** How far it is. */
  readonly progress: string | undefined;
}

/** What is left of an attempt that has ended. */
export interface Remains extends Noted {
  /** Bytes of the checkpoint that Redis has. */
  readonly kept: number;
  /** Whether Redis shows how far it is. */
  readonly shown: boolean;
}

type Note = { -readonly [Key in keyof Remains]: Remains[Key] } & {
  /** When Redis was told of it last. */
  toldAt: number;
};

/** What handlers note while they run, for all items that one incarnation works on. */
export class Notes {
  private readonly notes = new Map<number, Note>();

  /** What an item of this attempt has left earlier. */
  resume(id: number, checkpoint: string): void {
    this.of(id).kept = checkpoint.length;
  }

  /** A running item leaves this for its next attempt. */
  leave(id: number, checkpoint: string): void {
    this.of(id).checkpoint = checkpoint;
  }

  /** A running item has come so far. */
  show(id: number, progress: string): void {
    this.of(id).progress = progress;
  }

  /** The item was told to stop: what is noted of it goes to Redis next, however little time has passed. */
  hurry(id: number): void {
    const note = this.notes.get(id);
    if (note) note.toldAt = Number.NEGATIVE_INFINITY;
  }

  /** Whether Redis should be told of something now. */
  isDue(now: number): boolean {
    for (const note of this.notes.values()) if (isNew(note) && isDue(note, now)) return true;
    return false;
  }

  /** Tells, one by one, what Redis should hear now, or all that it has not heard; as far as there is room. */
  tell(now: number, all: boolean, told: (id: number, noted: Noted, bytes: number) => boolean): void {
    for (const [id, note] of this.notes) {
      const { checkpoint, progress, kept } = note;
      if (!isNew(note) || !(all || isDue(note, now))) continue;
      if (!told(id, note, (checkpoint === undefined ? 0 : checkpoint.length + kept) + (progress?.length ?? 0))) return;
      Object.assign(note, {
        ...(checkpoint !== undefined && { checkpoint: undefined, kept: checkpoint.length }),
        ...(progress !== undefined && { progress: undefined, shown: true }),
        toldAt: now,
      });
    }
  }

  /** The attempt has ended. */
  end(id: number): Remains | undefined {
    if (this.notes.size === 0) return undefined;
    const note = this.notes.get(id);
    this.notes.delete(id);
    return note;
  }

  private of(id: number): Note {
    let note = this.notes.get(id);
    if (!note) {
      note = { checkpoint: undefined, progress: undefined, kept: 0, shown: false, toldAt: Number.NEGATIVE_INFINITY };
      this.notes.set(id, note);
    }
    return note;
  }
}

function isNew({ checkpoint, progress }: Noted): boolean {
  return checkpoint !== undefined || progress !== undefined;
}

function isDue({ toldAt }: Note, now: number): boolean {
  return now - toldAt >= EVERY;
}
