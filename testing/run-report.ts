import type { AsJson, DeadLetter, Progress } from '../worker/attempt';
import type { ItemResult } from '../worker/work-queue';

/** An item that is done. */
export interface DoneItem<Output, Returned> {
  /** Number of the item in its queue. */
  readonly id: number;
  /** The item, as the handler got it. */
  readonly item: Output;
  /** How many attempts it took. */
  readonly attempts: number;
  /** What the handler returned. */
  readonly returned: Returned;
}

/**
 * How an attempt ended, and `running` as long as it has not. `later`: put off by `RetryLater`, without a charge. `back`: given
 * back without a charge.
 */
export type AttemptEnd = 'running' | 'done' | 'retry' | 'later' | 'dead' | 'back' | 'crash' | 'hung';

/** One delivery of an item to the handler. */
export interface AttemptRecord {
  /** Number of the item in its queue. */
  readonly id: number;
  /** Which attempt, from 1. */
  readonly attempt: number;
  /** The fencing token that the handler was given. */
  readonly token: string;
  /** In ms from the start of the run on. */
  readonly startedAt: number;
  /** In ms from the start of the run on. */
  readonly endedAt: number | undefined;
  /** How it ended. */
  readonly end: AttemptEnd;
  /** Why it did not end well. */
  readonly error: string | undefined;
  /** How far the handler came, as it said itself last. */
  readonly progress: Progress | undefined;
}

/** What a run came to. */
export interface InMemoryRun<Output, Returned> {
  /** Items that this run did, in the order in which they were done. */
  readonly done: readonly DoneItem<Output, Returned>[];
  /** The dead letters of the queue. */
  readonly dead: readonly DeadLetter<Output>[];
  /** The kept results of the queue, where `results` is on: what went through JSON. */
  readonly results: readonly ItemResult<Output, AsJson<Returned>>[];
  /** Items of the queue that are neither done nor dead nor dropped. */
  readonly left: number;
  /** Items that were dropped when the queue was cancelled. */
  readonly dropped: number;
  /** Where that stands which runs at the end (`finally`); undefined where it was not begun. */
  readonly finalizer: 'running' | 'retrying' | 'done' | 'dead' | undefined;
  /** Every delivery of an item, in order. */
  readonly attempts: readonly AttemptRecord[];
  /** Lines of the worker's log. */
  readonly log: readonly string[];
  /** Time that passed on the clock, in ms. */
  readonly elapsed: number;
  /** Exit codes of the processes that it took, in order: after a crash or a hung handler another one goes on. */
  readonly exitCodes: readonly number[];
  /** The last of them, as `runWorker` would end. */
  readonly exitCode: number;
}
