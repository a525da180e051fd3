import { AsyncLocalStorage } from 'node:async_hooks';

// As they are before a test puts fake ones in their place.
const { clearTimeout, setImmediate, setTimeout } = globalThis;
const realNow = performance.now.bind(performance);

/** What waits on the clock. */
interface Alarm {
  readonly at: number;
  readonly order: number;
  /** `performance.now()` when it would ring if the clock ran by itself. */
  readonly realAt: number;
  ring(): void;
}

/** Whoever sleeps on a clock: an attempt of an item, while its handler runs. */
export interface Sleeper {
  /** Sleeps that have not ended. */
  sleeps: number;
}

/** The attempt whose handler is running. */
export const currentSleeper = new AsyncLocalStorage<Sleeper>();

/** Turns of the event loop after which what does not wait for anything outside has come to rest. */
const TURNS_TO_REST = 4;

/**
 * A clock that stands still until it is moved: by {@link TestClock.advance}, or by `InMemoryQueue.run`, which moves
 * it over every wait at once.
 *
 * @example
 * const clock = new TestClock();
 * const handler = makeHandler({ sleep: clock.sleep }); // in production: setTimeout of node:timers/promises
 */
export class TestClock {
  private time: number;
  private order = 0;
  private changes = 0;
  private alarms: Alarm[] = [];
  private readonly watchers = new Set<() => void>();

  /** @param start what the clock shows first, in ms since 1970. @default 2000-01-01T00:00:00Z */
  constructor(start: number | Date = Date.UTC(2000, 0, 1)) {
    this.time = Number(start);
  }

  /** What the clock shows, in ms since 1970. */
  get now(): number {
    return this.time;
  }

  /**
   * Waits on this clock. It is called like `setTimeout` of `node:timers/promises`, so one can stand for the other.
   *
   * A handler that sleeps is taken to wait for nothing else.
   *
   * @throws an error named `AbortError`, once the signal is aborted
   */
  sleep = <T = void>(ms = 1, value?: T, { signal }: { readonly signal?: AbortSignal } = {}): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      const sleeper = currentSleeper.getStore();
      const awake = () => {
        if (sleeper) sleeper.sleeps--;
        signal?.removeEventListener('abort', abort);
      };
      const abort = () => {
        cancel();
        awake();
        reject(abortError(signal?.reason));
      };
      if (signal?.aborted) return reject(abortError(signal.reason));
      if (sleeper) sleeper.sleeps++;
      const cancel = this.after(ms, () => {
        awake();
        resolve(value as T);
      });
      signal?.addEventListener('abort', abort, { once: true });
      this.changed();
    });

  /** Moves the clock, and lets everything run that becomes due on the way, in order. */
  async advance(ms: number): Promise<void> {
    if (!(ms >= 0)) throw new RangeError(`a clock is advanced by ${ms} ms; allowed are numbers from 0 on`);
    const end = this.time + ms;
    await atRest();
    for (let alarm = this.next; alarm && alarm.at <= end; alarm = this.next) {
      this.ring(alarm);
      await atRest();
    }
    this.time = end;
  }

  /** @internal Calls back when the clock has moved so far; returns what cancels it. */
  after(ms: number, ring: () => void): () => void {
    const alarm = { at: this.time + Math.max(0, ms), order: this.order++, realAt: realNow() + ms, ring };
    this.alarms.push(alarm);
    return () => {
      this.alarms = this.alarms.filter((other) => other !== alarm);
    };
  }

  /** @internal Tells those that wait in {@link TestClock.moveOn} that something happened. */
  changed(): void {
    this.changes++;
    for (const wake of [...this.watchers]) wake();
  }

  /**
   * @internal Waits for the next thing to happen: at once moves the clock to what is due next where everybody waits for
   * that alone; else as much time has to pass in the world, or something happens before.
   */
  async moveOn(nothingElseRuns: () => boolean): Promise<void> {
    const { changes } = this;
    await atRest();
    if (this.changes !== changes) return;
    const alarm = this.next;
    if (!alarm || !nothingElseRuns()) {
      const patience = alarm && Math.min(alarm.realAt - realNow(), 2 ** 31 - 1);
      if (patience === undefined || patience > 0) {
        await new Promise<void>((resolve) => {
          const timer = patience === undefined ? undefined : setTimeout(() => wake(), patience);
          const wake = () => {
            clearTimeout(timer);
            this.watchers.delete(wake);
            resolve();
          };
          this.watchers.add(wake);
        });
        return;
      }
    }
    if (alarm) this.ring(alarm);
  }

  private get next(): Alarm | undefined {
    return this.alarms.reduce<Alarm | undefined>(
      (first, alarm) =>
        !first || alarm.at < first.at || (alarm.at === first.at && alarm.order < first.order) ? alarm : first,
      undefined,
    );
  }

  private ring(alarm: Alarm): void {
    this.alarms = this.alarms.filter((other) => other !== alarm);
    this.time = Math.max(this.time, alarm.at);
    alarm.ring();
  }
}

/** Resolves when everything has run that waits for nothing outside. */
async function atRest(): Promise<void> {
  for (let turn = 0; turn < TURNS_TO_REST; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}

function abortError(reason: unknown): Error {
  return Object.assign(new Error('The operation was aborted', { cause: reason }), {
    name: 'AbortError',
    code: 'ABORT_ERR',
  });
}
