/** How a worker has ended, for whoever takes its items from outside. */
export interface WorkerEnd {
  /** The exit code of the process. */
  readonly code: number;
  /** How it ended, in words. */
  readonly what: string;
  /** What became of the queue, where that is why; undefined: something went wrong, or it was told to stop. */
  readonly kind: 'drained' | 'spare' | 'cancelled' | 'failed' | undefined;
}

/** Whoever asks for items from outside of the process, one at a time: a worker claims and starts only what is asked for. */
export interface Takers {
  /** How many wait for an item now. */
  readonly waiting: number;
  /** Called back whenever another one waits. */
  onWaiting(call: () => void): void;
  /** Resolves when they are gone while there is work left, with what was seen: this is a crash of the worker. */
  readonly lost: Promise<Error>;
  /** The worker has ended, and its process is about to: resolves when they have been told. */
  ended(end: WorkerEnd): Promise<void>;
}
