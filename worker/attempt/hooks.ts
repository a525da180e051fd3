import { ConfigurationError, textOf } from '../errors';
import { oneLine, type WorkerLog } from '../log';

/** An attempt whose handler is about to be called. */
export interface ItemStarted<T = unknown> {
  /** Number of the item in its queue. */
  readonly id: number;
  /** Which attempt it is, from 1. */
  readonly attempt: number;
  readonly item: T;
}

/** An attempt whose handler has done the item. */
export interface ItemDone<T = unknown> extends ItemStarted<T> {
  /** How long it took, in ms. */
  readonly duration: number;
}

/** An attempt that failed. */
export interface ItemFailed<T = unknown> {
  /** Number of the item in its queue. */
  readonly id: number;
  /** Which attempt it was, from 1. */
  readonly attempt: number;
  /** The item; undefined where its payload does not fit the definition of the queue. */
  readonly item: T | undefined;
  /** What was thrown. */
  readonly error: unknown;
  /** How long it took, in ms. */
  readonly duration: number;
  /** Whether the item is tried again; else it is a dead letter. */
  readonly willRetry: boolean;
}

/**
 * What is called beside a handler, for error trackers and measurements. Nothing waits for them, and nothing that they throw
 * reaches the item; a promise that they return may take its time.
 *
 * @typeParam T the item, as the schema made it
 */
export interface Hooks<T = unknown> {
  /**
   * Called before each call of the handler, with each item of a batch.
   *
   * @default - none
   * @example onStart: ({ id, item }) => active.set(id, item)
   */
  readonly onStart?: (attempt: ItemStarted<T>) => unknown;
  /**
   * Called when the handler has done an item.
   *
   * @default - none
   * @example onDone: ({ duration }) => timings.record(duration)
   */
  readonly onDone?: (attempt: ItemDone<T>) => unknown;
  /**
   * Called when an attempt has failed, whether the item is tried again or given up. An item that is put off (`RetryLater`), or
   * that goes back because the worker has to stop, has not failed. A crash of the process calls nothing.
   *
   * @default - none
   * @example onError: ({ error, id, willRetry }) => willRetry || Sentry.captureException(error, { extra: { id } })
   */
  readonly onError?: (attempt: ItemFailed<T>) => unknown;
}

const NAMES = ['onStart', 'onDone', 'onError'] as const;

/**
 * The hooks among the options of a worker, or nothing where there are none.
 *
 * @param of what takes the options, for the message
 * @throws ConfigurationError one of them is no function
 */
export function readHooks(of: string, options: Hooks<never>, log: WorkerLog): HookCalls | undefined {
  for (const name of NAMES) {
    const hook: unknown = options[name];
    if (hook === undefined || typeof hook === 'function') continue;
    const given = hook === null ? 'null' : Array.isArray(hook) ? 'an array' : `a ${typeof hook}`;
    throw new ConfigurationError(`${of} was given ${given} as ${name}; allowed is a function, or leave it out`);
  }
  return NAMES.some((name) => options[name]) ? new HookCalls(options as Hooks, log) : undefined;
}

/** Calls hooks. The first time that one of them throws is worth a warning. */
export class HookCalls {
  private readonly failed = new Set<string>();

  constructor(
    private readonly hooks: Hooks,
    private readonly log: WorkerLog,
  ) {}

  started(attempt: ItemStarted): void {
    this.call('onStart', attempt);
  }

  done(attempt: ItemDone): void {
    this.call('onDone', attempt);
  }

  error(attempt: ItemFailed): void {
    this.call('onError', attempt);
  }

  private call<Name extends (typeof NAMES)[number]>(
    name: Name,
    attempt: Parameters<NonNullable<Hooks[Name]>>[0],
  ): void {
    const hook = this.hooks[name] as ((given: typeof attempt) => unknown) | undefined;
    if (!hook) return;
    try {
      const returned = hook(attempt);
      // What only looks like a promise may answer twice, or throw at once.
      if (typeof (returned as PromiseLike<unknown> | undefined)?.then === 'function') {
        Promise.resolve(returned).catch((error) => this.warn(name, error));
      }
    } catch (error) {
      this.warn(name, error);
    }
  }

  private warn(name: string, error: unknown): void {
    if (this.failed.has(name)) return;
    this.failed.add(name);
    this.log.warn(`the hook ${name} threw, and items go on as if it had not: ${oneLine(textOf(error))}`, {
      err: error,
    });
  }
}
