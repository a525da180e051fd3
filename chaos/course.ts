import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { now } from './handler-log';
import type { FaultKind } from './schedule';

/** A fault that happened. Times in ms since 1970. */
export interface FaultRecord {
  readonly kind: FaultKind;
  readonly from: number;
  /** Until it was undone; for a signal, when it was sent. */
  to: number;
  /** What Redis wrote from here on until `from` is gone. */
  since?: number;
  /** SIGTERM, then kill -9: whether Redis knew before the kill that the worker leaves; undefined: it knew no such worker. */
  said?: boolean;
  /** Whose wire it was, all of them where it is undefined. */
  readonly place?: number;
  /** The process it met. */
  readonly process?: string;
}

/** A fault, before it is known when it happened. */
export type Fault = Omit<FaultRecord, 'from' | 'to'>;

/** What is so for a while. */
export interface Lasting {
  on(): void;
  off(): void;
}

/** The faults of a run in time: what happened when, what lasts, and whose turn it is. */
export class Course {
  readonly records: FaultRecord[] = [];
  /** Faults that happen one after another, or wait until it is their turn. */
  inLine = 0;
  private readonly over = new AbortController();
  private readonly holds = new Map<unknown, number>();
  private readonly lines = new Map<string, Promise<void>>();
  /** Resolves when nothing may last any longer. */
  readonly ended = new Promise<false>((resolve) =>
    this.over.signal.addEventListener('abort', () => resolve(false), { once: true }),
  );

  constructor() {
    // Every fault that is under way waits for it.
    setMaxListeners(0, this.over.signal);
  }

  get isOver(): boolean {
    return this.over.signal.aborted;
  }

  /** From now on nothing lasts. */
  end(): void {
    this.over.abort();
  }

  record(fault: Fault): FaultRecord {
    const at = now();
    const record = { ...fault, from: at, to: at };
    this.records.push(record);
    return record;
  }

  /** Two faults that do the same to one target at the same time end with the later one. */
  async lasting(fault: Fault, target: unknown, ms: number, act: Lasting, record = this.record(fault)): Promise<void> {
    record.to = Number.POSITIVE_INFINITY;
    const release = this.hold(target, act);
    await this.pass(ms);
    release();
    record.to = now();
  }

  /** Begins it, unless it is so already; returns what ends it, unless others still need it. */
  hold(target: unknown, { on, off }: Lasting): () => void {
    const holds = this.holds.get(target) ?? 0;
    this.holds.set(target, holds + 1);
    if (holds === 0) on();
    return () => {
      const left = (this.holds.get(target) as number) - 1;
      this.holds.set(target, left);
      if (left === 0) off();
    };
  }

  /** Faults of Redis happen one after another, and those of another line as well. */
  inTurn<T>(act: () => Promise<T>, line = 'redis'): Promise<T> {
    this.inLine++;
    const turn = (this.lines.get(line) ?? Promise.resolve()).then(act);
    const left = () => {
      this.inLine--;
    };
    this.lines.set(line, turn.then(left, left));
    return turn;
  }

  /** So many ms, or until nothing may last any longer. */
  async pass(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.over.signal, ref: false }).catch(() => undefined);
  }
}
