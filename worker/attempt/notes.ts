/** Redis is told what an item leaves once in so many ms. */
const EVERY = 1_000;

/** What one item has left. */
interface Note {
  /** JSON for its next attempt, of which Redis does not know. */
  checkpoint: string | undefined;
  /** Bytes of the one that Redis has. */
  kept: number;
  /** When Redis was told of it last. */
  toldAt: number;
}

/** What is left of an item whose attempt has ended. */
export type Remains = Readonly<Pick<Note, 'checkpoint' | 'kept'>>;

/** What handlers leave while they run, for all items that one incarnation works on. */
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

  /** The item was told to stop: what it leaves goes to Redis next, however little time has passed. */
  hurry(id: number): void {
    const note = this.notes.get(id);
    if (note) note.toldAt = Number.NEGATIVE_INFINITY;
  }

  /** Whether Redis should be told of something now. */
  isDue(now: number): boolean {
    for (const note of this.notes.values()) if (isDue(note, now)) return true;
    return false;
  }

  /** Tells, one by one, what Redis should hear now, or all that it has not heard; as far as there is room. */
  tell(now: number, all: boolean, told: (id: number, checkpoint: string, bytes: number) => boolean): void {
    for (const [id, note] of this.notes) {
      const { checkpoint, kept } = note;
      if (checkpoint === undefined || !(all || isDue(note, now))) continue;
      if (!told(id, checkpoint, checkpoint.length + kept)) return;
      Object.assign(note, { checkpoint: undefined, kept: checkpoint.length, toldAt: now });
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
      note = { checkpoint: undefined, kept: 0, toldAt: Number.NEGATIVE_INFINITY };
      this.notes.set(id, note);
    }
    return note;
  }
}

function isDue({ checkpoint, toldAt }: Note, now: number): boolean {
  return checkpoint !== undefined && now - toldAt >= EVERY;
}
