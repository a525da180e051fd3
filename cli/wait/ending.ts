import type { QueueStatus } from 'cdk8s-redis-work-queue/worker';
import { EXIT } from '../../worker/contract';
import { CLI_EXIT } from '../exit-codes';
import { awaitsFinalizer, left, lost, total } from '../queue';
import { are, count, countOf, duration, items } from '../text';

/** How a queue has ended: the exit code of its Job's workers, and the same in words. */
export interface Ending {
  readonly code: number;
  readonly what: string;
}

/** Times in seconds. */
export interface EndingOptions {
  /** The batch that is waited for. */
  readonly batchId?: string;
  readonly tolerateDeadLetters?: boolean;
  readonly failFast?: boolean;
  /** How long a queue that is not sealed must stay empty. */
  readonly settle: number;
  /** How long to wait for the first item; 0: for ever. */
  readonly startTimeout: number;
}

/** A queue at a moment. */
export interface Look {
  readonly status: QueueStatus;
  /** Items of the batch that is waited for, if a newer one has replaced it. */
  readonly former?: number | undefined;
  /** Seconds, on any clock that only rises. */
  readonly at: number;
}

/** Tells by looks at a queue when it has ended, and how, as a worker would. */
export class EndingWatch {
  private first: number | undefined;
  private last: QueueStatus | undefined;
  /** Since when nothing has changed, of a queue with nothing left. */
  private quietSince: number | undefined;

  constructor(private readonly options: EndingOptions) {}

  /** The last look at what is waited for. */
  get seen(): QueueStatus | undefined {
    return this.last;
  }

  /** The batch that is waited for: the one that was named, or else the first one that was there. */
  get batchId(): string | undefined {
    return this.options.batchId ?? this.last?.batch;
  }

  /** How the queue has ended; undefined while it has not. */
  see({ status, former, at }: Look): Ending | undefined {
    this.first ??= at;
    if (former !== undefined) {
      return {
        code: EXIT.drained,
        what: `Batch ${this.batchId} is done, with ${items(former)}; a newer one has replaced it`,
      };
    }
    const { batchId } = this.options;
    const before = this.last;
    if (before && isNothing(status)) return vanished(before);
    const isAnother = batchId !== undefined && status.batch !== batchId;
    if (isAnother || isNothing(status)) return this.unfilled(at);
    this.quietSince = before && hasSame(before, status) ? (this.quietSince ?? at) : at;
    this.last = status;
    return this.ended(status, at);
  }

  /** What is said where the time is up. */
  timedOut(seconds: number): Ending {
    const { last } = this;
    const remaining = last && left(last);
    const what = remaining ? `${items(remaining)} ${are(remaining)} left` : 'it has not ended';
    return { code: CLI_EXIT.notDrained, what: `Still not drained after ${duration(seconds)}: ${what}` };
  }

  private unfilled(at: number): Ending | undefined {
    const { startTimeout, batchId } = this.options;
    if (startTimeout === 0 || at - (this.first ?? at) < startTimeout) return undefined;
    const what = batchId === undefined ? 'Nothing was filled in' : `Batch ${batchId} was not filled in`;
    return { code: EXIT.neverFilled, what: `${what} within ${duration(startTimeout)}` };
  }

  private ended(status: QueueStatus, at: number): Ending | undefined {
    const { dead, dropped, sealed, claimed, batch } = status;
    if (status.cancelled) return { code: EXIT.deadLetters, what: `Cancelled: ${items(dropped)} dropped` };
    if (this.options.failFast && dead > 0) {
      return { code: EXIT.deadLetters, what: `Failed fast: ${countOf(dead, 'dead letter')}, and items may be left` };
    }
    // Workers of a batch get nothing before it is sealed.
    if (!sealed && claimed === 0 && (batch !== undefined || left(status) === 0)) return this.unfilled(at);
    if (left(status) > 0) return undefined;
    const missing = lost(status);
    if (missing > 0) {
      return {
        code: EXIT.dataLost,
        what: `Data lost: ${items(missing)} of the ${count(status.total ?? 0)} that were sealed ${are(missing)} missing`,
      };
    }
    if (awaitsFinalizer(status)) return undefined;
    if (!sealed && at - (this.quietSince ?? at) < this.options.settle) return undefined;
    if (dead > 0 && !this.options.tolerateDeadLetters) {
      const letters = `${items(dead)} ${dead === 1 ? 'is a dead letter' : 'are dead letters'}`;
      return { code: EXIT.deadLetters, what: `Queue empty, but ${letters}` };
    }
    if (status.finalizer === 'dead') {
      return { code: EXIT.deadLetters, what: 'Queue empty, but the finalizer is a dead letter' };
    }
    return { code: EXIT.drained, what: 'Queue empty, all done' };
  }
}

/** Whether a queue is not there: nothing was ever in it, or all of it is gone. */
function isNothing(status: QueueStatus): boolean {
  const { sealed, batch, cancelled, clock } = status;
  return total(status) === 0 && !sealed && batch === undefined && !cancelled && clock === 0;
}

/** How a queue has ended that was there, and is not any more. */
function vanished(before: QueueStatus): Ending {
  if (left(before) === 0 && before.claimed > 0 && before.dead === 0) {
    return { code: EXIT.drained, what: 'Queue empty, all done; its keys are gone' };
  }
  return {
    code: EXIT.dataLost,
    what: `Data lost: the queue is gone, with ${items(left(before))} left. Redis came back empty, or somebody has purged it`,
  };
}

function hasSame(before: QueueStatus, now: QueueStatus): boolean {
  return before.claimed === now.claimed && before.waiting === now.waiting && left(now) === 0;
}
