import {
  type Backoff,
  type BatchContext,
  type BatchOptions,
  defineQueue,
  type FinalizerContext,
  type ItemContext,
  type Queue,
} from 'cdk8s-redis-work-queue/worker';
import type { Need } from './needs';

export const LETTERS = ['a', 'b', 'c', 'd', 'e'];

export const QUICK: Backoff = { base: 40, max: 400 };

/** What a handler of a scenario may do beside its work, wherever it runs. */
export interface Stage {
  /** Which run of the queue this is, from 1; after SIGTERM comes another one. */
  readonly run: number;
  /**
   * Where handlers hear of their items later than these were started: a time before all starts.
   *
   * @default - they hear at once
   */
  readonly since?: number;
  /** In ms. */
  now(): number;
  sleep(ms: number, value?: unknown, options?: { signal?: AbortSignal }): Promise<unknown>;
  /** The process dies. */
  crash(): Promise<never>;
  /** SIGTERM for the process; resolves when it has been heard. */
  terminate(): Promise<void>;
  /** The queue is cancelled. */
  cancel(): Promise<void>;
  /** Writes down something for {@link Scenario.check}. */
  note(what: string): void;
}

/** One handler over one queue, and what comes of it, whichever client plays it. */
export interface Scenario<Input = never, Output = unknown> {
  readonly name: string;
  readonly queue: Queue<Input, Output>;
  /** What a client has to have for it. @default - nothing but the promise itself */
  readonly needs?: readonly Need[];
  readonly items?: readonly Input[];
  /** Payloads as they are, after the items. */
  readonly payloads?: readonly (string | Uint8Array)[];
  readonly concurrency?: number;
  readonly maxAttempts?: number;
  /** In ms. */
  readonly itemTimeout?: number;
  /** In ms. */
  readonly grace?: number;
  /** In ms. */
  readonly rate?: { readonly items: number; readonly per: number };
  readonly backoff?: Backoff;
  readonly results?: boolean;
  readonly tolerateDeadLetters?: boolean;
  readonly failFast?: boolean;
  /** For the first process, the work never ends. */
  readonly endless?: boolean;
  /** The handler takes several items at once. */
  readonly batch?: BatchOptions;
  readonly handler: (stage: Stage) => (item: Output, context: ItemContext) => unknown;
  /** What runs once all items have ended. */
  readonly finally?: (stage: Stage) => (context: FinalizerContext<Output>) => unknown;
  /** @default 'success' */
  readonly when?: 'success' | 'always';
  readonly check: (seen: Seen) => void;
}

/** Fixes the types of a scenario for its handler, and lets go of them for a list. */
export function scenario<Input, Output>(definition: Scenario<Input, Output>): Scenario {
  return definition as unknown as Scenario;
}

/** A scenario whose handler takes several items at once. */
export function batchScenario<Input, Output>(
  definition: Omit<Scenario<Input, Output>, 'handler'> & {
    readonly batch: BatchOptions;
    readonly handler: (stage: Stage) => (items: Output[], context: BatchContext) => unknown;
  },
): Scenario {
  return { ...(definition as unknown as Scenario), needs: ['batch'] };
}

/** A queue of strings. */
export function text(name: string): Queue<string, string> {
  return defineQueue({ name });
}

/** What happened, in order. */
export type Event =
  | {
      readonly kind: 'start';
      readonly id: number;
      readonly attempt: number;
      readonly token: string;
      readonly item: unknown;
    }
  | { readonly kind: 'note'; readonly what: string };

/** What came of a scenario. */
export interface Seen {
  readonly starts: readonly Extract<Event, { kind: 'start' }>[];
  readonly notes: readonly string[];
  readonly done: number;
  readonly left: number;
  readonly dropped: number;
  readonly dead: readonly {
    readonly id: number;
    readonly reason: string;
    readonly attempts: number;
    readonly error: string;
    readonly duration: number | undefined;
    readonly history: readonly { readonly attempt: number; readonly error: string }[];
    /** In hexadecimal. */
    readonly payload: string;
    readonly item: unknown;
  }[];
  readonly results: readonly { readonly id: number; readonly result: unknown }[];
  /** One of each process. */
  readonly exitCodes: readonly number[];
}

/** The items that were handed out, in order. */
export function itemsOf({ starts }: Seen): unknown[] {
  return starts.map(({ item }) => item);
}

/** The attempts at an item, in order. */
export function attemptsOf({ starts }: Seen, item: unknown): number[] {
  return starts.filter((start) => start.item === item).map(({ attempt }) => attempt);
}

/** The handler of a scenario, which tells what it is given. */
export function observed(
  { handler, batch }: Scenario,
  stage: Stage,
  tell: (event: Event) => void,
): (item: unknown, context: ItemContext) => unknown {
  const work = handler(stage);
  const tellStart = (item: unknown, { id, attempt, token }: ItemContext) =>
    tell({ kind: 'start', id, attempt, token, item: item instanceof Uint8Array ? hex(item) : item });
  return (given, context) => {
    if (batch) {
      const { items } = context as unknown as BatchContext;
      for (const [index, item] of items.entries()) tellStart((given as unknown[])[index], item);
    } else tellStart(given, context);
    return work(given, context);
  };
}

/** Sorts events by their kind. */
export function sorted(events: readonly Event[]): Pick<Seen, 'starts' | 'notes'> {
  const starts = events.filter((event) => event.kind === 'start');
  return { starts, notes: events.flatMap((event) => (event.kind === 'note' ? [event.what] : [])) };
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
