/** What the server of the page answers, and the page reads: one contract, no imports. Times are ms since 1970, unless a name says otherwise. */

/** `failed`: it has ended with dead letters. `idle`: items are left, and no worker is there. */
export type QueueState = 'empty' | 'filling' | 'running' | 'idle' | 'paused' | 'cancelled' | 'drained' | 'failed';

/** `GET /api/queues`, and the event `queues`. */
export interface QueueList {
  /** `host:port` of the Redis. */
  readonly store: string;
  /** Whether this page may change queues (`--write`). */
  readonly writable: boolean;
  readonly queues: readonly QueueRow[];
}

export interface QueueRow {
  readonly name: string;
  readonly state: QueueState;
  readonly waiting: number;
  readonly running: number;
  readonly retrying: number;
  readonly done: number;
  readonly dead: number;
  readonly dropped: number;
  /** Items in all, once sealed. */
  readonly total: number | null;
  readonly sealed: boolean;
  readonly workers: number;
}

/** `GET /api/queues/:name`, and the event `queue`. */
export interface QueueView extends QueueRow {
  /** Of all items, those that handlers have added. */
  readonly added: number;
  readonly batch: string | null;
  readonly paused: boolean;
  readonly cancelled: boolean;
  /** ms for which nothing is handed out, as a handler has asked for. */
  readonly slowedFor: number;
  readonly finalizer: string | null;
  /** Items that end per second. */
  readonly rate: number;
  /** Seconds; null where nothing says how long it takes. */
  readonly timeLeft: number | null;
  /** Bytes, where Redis has a `maxmemory`. */
  readonly memory: { readonly used: number; readonly max: number } | null;
  readonly crew: readonly Worker[];
  readonly durations: { readonly done: Durations; readonly failed: Durations };
  /** What the server has sampled since it started, oldest first, thinned. */
  readonly history: readonly Sample[];
}

export interface Worker {
  readonly name: string;
  /** Items in its hands. */
  readonly holds: number;
  /** ms left of its lease. */
  readonly leaseLeft: number;
  /** Some of those items. */
  readonly items: readonly { readonly text: string; readonly bytes: number }[];
  readonly progress: readonly { readonly id: number; readonly fraction: number; readonly text?: string }[];
}

/** How long attempts took. */
export interface Durations {
  readonly count: number;
  /** Seconds. */
  readonly sum: number;
  /** Attempts that took at most so many seconds; null: any. Each counts those of the bucket before, too. */
  readonly buckets: readonly { readonly le: number | null; readonly count: number }[];
}

export type Sample = readonly [
  at: number,
  ended: number,
  /** Per second. */
  rate: number,
  /** Seconds; null where nothing ended. */
  p50: number | null,
  p95: number | null,
  p99: number | null,
];

/** `GET /api/queues/:name/items`. */
export interface ItemList {
  readonly items: readonly Item[];
  /** Whether there are more than are shown. */
  readonly more: boolean;
}

export type ItemState = 'waiting' | 'running' | 'retrying';

export interface Item {
  readonly id: number | null;
  readonly state: ItemState;
  /** The payload, cut in the middle. */
  readonly text: string;
  /** Of the whole payload. */
  readonly bytes: number;
  /** The payload is not UTF-8; `text` is hexadecimal. */
  readonly binary?: boolean;
  readonly worker: string | null;
  readonly attempts: number;
  /** ms until its next attempt. */
  readonly dueIn: number | null;
}

/** `GET /api/queues/:name/dead`. */
export interface DeadGroups {
  readonly total: number;
  readonly groups: readonly DeadGroup[];
}

export interface DeadGroup {
  /** What equal failures have in common. */
  readonly kind: string;
  readonly reason: string;
  readonly count: number;
  /** The first of them. */
  readonly ids: readonly number[];
}

/** `GET /api/queues/:name/dead?kind=`. */
export interface DeadList {
  readonly letters: readonly DeadLetterRow[];
  readonly more: boolean;
}

export interface DeadLetterRow {
  readonly id: number;
  readonly reason: string;
  readonly attempts: number;
  readonly at: number | string;
  readonly error: string;
  readonly worker: string | null;
  readonly text: string;
  readonly bytes: number;
  readonly binary?: boolean;
}

/** `GET /api/queues/:name/dead/:id`. */
export interface DeadLetterView extends DeadLetterRow {
  readonly stack?: string | null;
  /** ms of the last attempt. */
  readonly duration?: number | null;
  /** The attempts before the last one, oldest first. */
  readonly history: readonly Failure[];
}

export interface Failure {
  readonly attempt: number;
  readonly at: number | string;
  readonly error: string;
  readonly worker?: string | null;
  readonly duration?: number | null;
}

/** What a POST may change, below `/api/queues/:name/`. */
export type Action = 'pause' | 'resume' | 'cancel' | 'dead/retry' | 'dead/drop';

/** The body of a POST. */
export interface Selection {
  readonly ids?: readonly number[];
  readonly kind?: string;
  readonly all?: true;
}

/** The answer to a POST. */
export interface Changed {
  readonly changed: number;
}

/** The answer of anything that does not work, and the event `away`: what was given, what is allowed, how to fix it. */
export interface Refusal {
  readonly error: string;
}
