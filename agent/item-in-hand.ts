import { randomBytes } from 'node:crypto';
import type { ItemContext } from '../worker/attempt';
import { CancelledError, ItemTimeoutError, LeaseLostError, textOf } from '../worker/errors';

/** How an item can be settled. */
export type Verb = 'done' | 'fail' | 'later';

/** What has become of a take, as the program is told of it. */
export type State = Verb | 'lost' | 'timeout' | 'stopped' | 'cancelled' | 'ended';

/** A take that is none any more, and why. */
export interface Past {
  readonly state: State;
  readonly message: string;
}

/** One delivery of an item, from when the worker hands it out until it is settled or taken away. */
export class ItemInHand {
  /** Names the delivery; another one as soon as it is handed to somebody else. */
  take: string;
  /** What the worker waits for: what was settled. */
  readonly outcome: Promise<unknown>;
  private resolve!: (result: unknown) => void;
  private reject!: (error: Error) => void;

  constructor(
    readonly payload: Uint8Array,
    readonly context: ItemContext,
  ) {
    this.take = this.newName();
    this.outcome = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  /** Nobody has got it: it is handed to another take, under another name. */
  rename(): void {
    this.take = this.newName();
  }

  done(result: unknown): void {
    this.resolve(result);
  }

  fail(error: Error): void {
    this.reject(error);
  }

  /** Why the program should stop working on it, if it should; it may settle it nevertheless. */
  get toldToStop(): Past | undefined {
    const { signal } = this.context;
    return signal.aborted ? pastOf(signal.reason) : undefined;
  }

  private newName(): string {
    const { id, attempt } = this.context;
    return `${id}.${attempt}-${randomBytes(9).toString('base64url')}`;
  }
}

/** What an item's signal was aborted with, as the program is told of it. */
export function pastOf(reason: unknown): Past {
  const message = textOf(reason).replace(/^\w+Error: /, '');
  if (reason instanceof LeaseLostError) return { state: 'lost', message };
  if (reason instanceof ItemTimeoutError) return { state: 'timeout', message };
  if (reason instanceof CancelledError) return { state: 'cancelled', message };
  return { state: 'stopped', message };
}
