import { type TracingChannel, tracingChannel } from 'node:diagnostics_channel';

/** What a message on a channel can hold beside what the call is about. */
export interface TracedCall {
  /**
   * Runs the call, where a subscriber of `start` sets it: a tracer that has to make its own context the active one, and
   * cannot do so by `bindStore`. It must call what it is given, once, and return what that returns.
   */
  within?: <Returned>(call: () => Returned) => Returned;
  /** What was returned, or what its promise was resolved with. */
  result?: unknown;
  /** What was thrown, or what its promise was rejected with. */
  error?: unknown;
}

/** A tracing channel of `node:diagnostics_channel`; without a subscriber nothing is made for it. */
export class TraceChannel<Message extends TracedCall> {
  private readonly channel: TracingChannel<unknown, Message>;

  constructor(name: string) {
    this.channel = tracingChannel<unknown, Message>(name);
  }

  /** Whether anybody listens. Ask before the message is made. */
  get isHeard(): boolean {
    // Node.js has this as one property from 20.13 on.
    const { start, end, asyncStart, asyncEnd, error } = this.channel;
    return (
      start.hasSubscribers ||
      end.hasSubscribers ||
      asyncStart.hasSubscribers ||
      asyncEnd.hasSubscribers ||
      error.hasSubscribers
    );
  }

  /** Makes the call, and tells how it begins and ends; with a promise, `asyncStart` and `asyncEnd` tell its end. */
  trace<Returned>(message: Message, call: () => Returned): Returned {
    const { start, end, error } = this.channel;
    return start.runStores(message, () => {
      try {
        const returned = message.within ? message.within(call) : call();
        if (isThenable(returned)) return this.follow(message, returned) as Returned;
        message.result = returned;
        return returned;
      } catch (thrown) {
        message.error = thrown;
        error.publish(message);
        throw thrown;
      } finally {
        end.publish(message);
      }
    });
  }

  private follow<Value>(message: Message, returned: PromiseLike<Value>): Promise<Value> {
    const { asyncStart, asyncEnd, error } = this.channel;
    // What only looks like a promise may answer twice.
    return Promise.resolve(returned).then(
      (value) => {
        message.result = value;
        asyncStart.publish(message);
        asyncEnd.publish(message);
        return value;
      },
      (reason) => {
        message.error = reason;
        error.publish(message);
        asyncStart.publish(message);
        asyncEnd.publish(message);
        throw reason;
      },
    );
  }
}

function isThenable(returned: unknown): returned is PromiseLike<unknown> {
  return typeof (returned as PromiseLike<unknown> | undefined)?.then === 'function';
}
