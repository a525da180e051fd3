import { defineQueue, listQueues, WorkQueue, type WorkQueueOptions } from 'cdk8s-redis-work-queue/worker';
import type { QueueRow } from '../api';
import { QueueWatch } from './queue-watch';

/** ms between two looks at a queue that somebody watches or that changes, and at any other one. */
const OFTEN = 1_000;
const SELDOM = 5_000;
/** ms between two looks at which queues there are, and how often such a look takes place at most, as a share of its time. */
const NAMES = 5_000;
const SHARE = 1 / 20;
/** ms for which a queue counts as changing. */
const CHANGING = 10_000;
/** Queues that are looked at at once, that are connected, and that are looked at at all. */
const AT_ONCE = 8;
const CONNECTED = 100;
const MOST = 1_000;
/** ms for which Redis may be silent. */
const PATIENCE = 3_000;

const SILENT = { info: () => {}, warn: () => {} };

/** Who is told after each round of looks. */
export interface Watcher {
  /** The queue that it shows. */
  readonly queue: string | undefined;
  seen(): void;
  /** Redis does not answer, or refuses. */
  away(error: Error): void;
}

export interface StoreWatchOptions {
  readonly store: WorkQueueOptions;
  /** The queues to show. @default all */
  readonly names: readonly string[] | undefined;
  /** ms for which Redis may be silent until it is called away. @default 3000 */
  readonly patience?: number;
}

/** The queues of a store, looked at again and again: often where somebody watches them, seldom elsewhere. */
export class StoreWatch {
  private readonly watches = new Map<string, QueueWatch>();
  private readonly connected = new Map<string, WorkQueue<Uint8Array>>();
  private readonly watchers = new Set<Watcher>();
  /** When it is looked again which queues there are. */
  private namesDue = Number.NEGATIVE_INFINITY;
  private isAway = false;
  private round: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private readonly over = new AbortController();

  constructor(private readonly options: StoreWatchOptions) {}

  /**
   * Begins to look, once Redis has answered.
   *
   * @throws StoreUnreachableError no answer for the patience of the store
   * @throws ConfigurationError Redis refuses
   */
  async start(): Promise<void> {
    const { store, names } = this.options;
    const [first] = names ?? [];
    if (first === undefined) await this.findNames(store);
    else await using(new WorkQueue(defineQueue({ name: first, payload: 'bytes' }), store), (queue) => queue.status());
    this.plan(0);
  }

  async close(): Promise<void> {
    this.over.abort(new Error('it was closed'));
    clearTimeout(this.timer);
    await Promise.all([...this.connected.values()].map((queue) => queue.close()));
  }

  /** @returns what ends it */
  watch(watcher: Watcher): () => void {
    this.watchers.add(watcher);
    this.plan(0);
    return () => void this.watchers.delete(watcher);
  }

  /** The queues, by their names, as of at most a second ago. */
  async rows(): Promise<readonly QueueRow[]> {
    await this.look();
    return this.shown;
  }

  /** As of the last round. */
  get shown(): readonly QueueRow[] {
    return [...this.watches.values()].flatMap(({ row }) => row ?? []).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** One queue, as of now; undefined where there is none of this name. */
  async at(name: string): Promise<QueueWatch | undefined> {
    const known = this.watches.get(name) ?? new QueueWatch(name, () => this.open(name));
    if (!(await this.open(name).exists())) return undefined;
    await known.update();
    this.watches.set(name, known);
    return known;
  }

  /** One queue, as of the last round. */
  known(name: string): QueueWatch | undefined {
    return this.watches.get(name);
  }

  /**
   * Opens a queue for a request, on a connection of its own.
   *
   * @param gone nobody waits for the answer any more: what is under way is broken off
   */
  async use<T>(name: string, act: (queue: WorkQueue<Uint8Array>) => Promise<T>, gone?: AbortSignal): Promise<T> {
    const queue = this.connect(name);
    const close = () => void queue.close();
    gone?.addEventListener('abort', close);
    try {
      return await using(queue, act);
    } finally {
      gone?.removeEventListener('abort', close);
    }
  }

  /** The other end of a queue, to look at it. It is closed when many others were looked at since. */
  private open(name: string): WorkQueue<Uint8Array> {
    const queue = this.connected.get(name) ?? this.connect(name);
    // The one that was looked at last stands last.
    this.connected.delete(name);
    this.connected.set(name, queue);
    const [oldest] = this.connected;
    if (oldest && this.connected.size > CONNECTED) {
      this.connected.delete(oldest[0]);
      void oldest[1].close();
    }
    return queue;
  }

  private connect(name: string): WorkQueue<Uint8Array> {
    this.over.signal.throwIfAborted();
    return new WorkQueue(defineQueue({ name, payload: 'bytes' }), this.hasty);
  }

  /** The way to the store, for those who look again soon. */
  private get hasty(): WorkQueueOptions {
    const { store, patience = PATIENCE } = this.options;
    // A call is tried twice.
    return { ...store, patience, deadline: patience / 2, log: SILENT };
  }

  private plan(ms: number): void {
    clearTimeout(this.timer);
    if (this.over.signal.aborted) return;
    this.timer = setTimeout(() => {
      const begun = performance.now();
      this.look()
        .then(
          () => this.answered(),
          (error) => this.failed(error),
        )
        // A store of many queues is looked at half of the time at most.
        .finally(() => this.plan(Math.max(this.watchers.size > 0 ? OFTEN : SELDOM, performance.now() - begun)));
    }, ms);
  }

  private answered(): void {
    if (this.isAway) this.options.store.log?.info('Redis answers again');
    this.isAway = false;
    this.tell((watcher) => watcher.seen());
  }

  private failed(error: Error): void {
    if (!this.isAway && !this.over.signal.aborted) this.options.store.log?.warn(`${error.message}; trying again`);
    this.isAway = true;
    this.tell((watcher) => watcher.away(error));
  }

  private tell(say: (watcher: Watcher) => void): void {
    if (this.over.signal.aborted) return;
    for (const watcher of this.watchers) say(watcher);
  }

  /** One round over the queues that are due. */
  private look(): Promise<void> {
    this.round ??= this.oneRound().finally(() => {
      this.round = undefined;
    });
    return this.round;
  }

  private async oneRound(): Promise<void> {
    if (performance.now() >= this.namesDue) await this.findNames(this.hasty);
    const now = performance.now();
    const watched = new Set([...this.watchers].map(({ queue }) => queue));
    const due = [...this.watches.values()].filter(({ name, lookedAt, changedAt }) => {
      const isLive = watched.has(name) || now - changedAt < CHANGING;
      return now - lookedAt >= (isLive ? OFTEN : SELDOM) - OFTEN / 10;
    });
    const next = due.values();
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        for (const watch of next) await watch.update();
      }),
    );
  }

  private async findNames(store: WorkQueueOptions): Promise<void> {
    const begun = performance.now();
    const names = new Set(this.options.names ?? (await namesOf(store, this.over.signal)));
    const watched = new Set([...this.watchers].map(({ queue }) => queue));
    for (const name of this.watches.keys()) if (!names.has(name) && !watched.has(name)) this.watches.delete(name);
    for (const name of names) {
      if (!this.watches.has(name)) this.watches.set(name, new QueueWatch(name, () => this.open(name)));
    }
    const now = performance.now();
    this.namesDue = now + Math.max(NAMES, (now - begun) / SHARE);
  }
}

/** The first of them by name. */
async function namesOf(store: WorkQueueOptions, signal: AbortSignal): Promise<string[]> {
  const names: string[] = [];
  for await (const name of listQueues({ ...store, signal })) names.push(name);
  return names.sort().slice(0, MOST);
}

async function using<T>(queue: WorkQueue<Uint8Array>, act: (queue: WorkQueue<Uint8Array>) => Promise<T>): Promise<T> {
  try {
    return await act(queue);
  } finally {
    void queue.close();
  }
}
