import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { queueKeys } from '../../worker/contract';
import { Pace } from '../../worker/drain';
import { type Answer, Connection, Incarnation } from '../../worker/redis';
import { SCRIPTS } from '../../worker/scripts';
import { readSettings } from '../../worker/settings';
import type { Bell } from './bells';
import { payloads } from './items';
import type { Store } from './store';

/** Connections that a fleet shares; calls of several workers are under way on each. */
const CONNECTIONS = 8;

type Waiting = Extract<Answer, { kind: 'wait' }>;

/** A worker of a fleet: the name and the numbered exchanges of a real one, without a process. */
export class SimulatedWorker {
  /** Items in its hands. */
  held = 0;
  asked = 0;
  /** When it was last told something, by performance.now(). */
  heardAt = 0;
  /** When it was told that the queue is drained. */
  drainedAt: number | undefined;
  private readonly pace = new Pace();

  constructor(readonly incarnation: Incarnation) {}

  /** Settles what it holds, as done, and claims up to so many items. */
  async exchange(want: number): Promise<Answer> {
    const advance = this.held;
    this.held = 0;
    this.asked++;
    const answer = await this.incarnation.exchange({ advance, outcomes: '', want, need: want, leaving: false }, false);
    this.heardAt = performance.now();
    if (answer.kind === 'stale') throw new Error('a simulated worker has lost its lease: this run counts for nothing');
    if (answer.kind === 'work') this.held = answer.payloads.length;
    if (answer.kind === 'drained') this.drainedAt = this.heardAt;
    if (answer.kind !== 'wait') this.pace.over();
    return answer;
  }

  /** How long a real worker rests after this answer, unless it is woken, in ms. */
  restAfter(answer: Waiting): number {
    return this.pace.next(answer);
  }
}

/** Many workers over few connections, each driven through the real scripts. */
export class Fleet {
  readonly workers: SimulatedWorker[] = [];
  private readonly timer: NodeJS.Timeout;
  private renewing: Promise<void> | undefined;
  private filled = 0;

  private constructor(
    private readonly store: Store,
    readonly queue: string,
    private readonly lease: number,
    private readonly connections: readonly Connection[],
  ) {
    this.timer = setInterval(() => this.renewHolders(), lease / 8);
  }

  /** So many workers that have entered a queue. Lease in ms. */
  static async enter(store: Store, queue: string, count: number, lease: number): Promise<Fleet> {
    const connections = Array.from({ length: CONNECTIONS }, () => new Connection({ url: store.url }));
    const fleet = new Fleet(store, queue, lease, connections);
    await fleet.add(count, lease);
    return fleet;
  }

  async add(count: number, lease: number): Promise<SimulatedWorker[]> {
    const { store, queue } = this;
    const settings = { ...readSettings({ REDIS_URL: store.url }), lease, run: 'bench', worker: 'simulated' };
    const added: SimulatedWorker[] = [];
    await inTurn(Array.from({ length: count }), async () => {
      const connection = this.connections[added.length % CONNECTIONS] as Connection;
      added.push(new SimulatedWorker(await Incarnation.enter(connection, queue, settings)));
    });
    this.workers.push(...added);
    return added;
  }

  get holders(): SimulatedWorker[] {
    return this.workers.filter(({ held }) => held > 0);
  }

  /** Pushes items as a filler of an open queue does, which wakes workers. */
  async fill(items: number): Promise<void> {
    const end = this.filled + items;
    while (this.filled < end) {
      const to = Math.min(this.filled + 1_000, end);
      await this.run('fill', ['bench', '', this.filled, 'raw', ...payloads(this.filled, to)]);
      this.filled = to;
    }
  }

  /** Lets the first so many workers that hold nothing claim an item each. */
  async claim(count: number): Promise<void> {
    const claiming = this.workers.filter(({ held }) => held === 0).slice(0, count);
    await this.fill(count);
    await inTurn(claiming, (worker) => this.exchangeOf(worker, 1, 'work'));
  }

  /** @throws Error the answer is another one */
  async exchangeOf(worker: SimulatedWorker, want: number, expected: Answer['kind']): Promise<void> {
    const answer = await worker.exchange(want);
    if (answer.kind !== expected) throw new Error(`an exchange was answered '${answer.kind}' instead of '${expected}'`);
  }

  /**
   * Lets a worker do what a real one of concurrency 1 does, until the queue is drained: what it claims it holds until
   * `work` is over; where there is nothing, it rests until the bell wakes it or it is time to ask.
   */
  async live(worker: SimulatedWorker, bell: Bell, work: () => Promise<unknown>, want = 1): Promise<void> {
    for (;;) {
      const answer = await worker.exchange(want);
      if (answer.kind === 'drained') return;
      if (answer.kind === 'work') await work();
      else if (answer.kind === 'wait') await bell.wait(worker.restAfter(answer));
      else throw new Error(`a simulated worker was answered '${answer.kind}'`);
    }
  }

  /**
   * All holders die in the same moment, with so many ms left of each lease. Says when, by performance.now(). Until then they
   * have longer leases, so that none is over while the last of ten thousand still claims.
   */
  async die(left: number): Promise<number> {
    clearInterval(this.timer);
    await this.renewing;
    const dead = this.holders;
    const [one] = dead as [SimulatedWorker];
    const diedAt = performance.now();
    await this.renew(one);
    const { leases, meta } = queueKeys(this.queue);
    const deadline = Number(await this.store.command('ZSCORE', leases, one.incarnation.id)) - this.lease + left;
    const scored = dead.flatMap(({ incarnation }) => [deadline, incarnation.id]);
    for (let at = 0; at < scored.length; at += 2_000) {
      await this.store.command('ZADD', leases, 'XX', ...scored.slice(at, at + 2_000));
    }
    await this.store.command('HSET', meta, 'longest', left);
    return diedAt;
  }

  close(): void {
    clearInterval(this.timer);
    for (const connection of this.connections) connection.close();
  }

  /** What the lease threads do. */
  private renewHolders(): void {
    if (this.renewing) return;
    const overdue = performance.now() - this.lease / 4;
    const due = this.holders.filter(({ heardAt }) => heardAt < overdue);
    // What fails is due again at the next look.
    this.renewing = inTurn(due, (worker) => this.renew(worker)).catch(() => undefined);
    this.renewing.finally(() => {
      this.renewing = undefined;
    });
  }

  private async renew(worker: SimulatedWorker): Promise<void> {
    const { id, epoch, number } = worker.incarnation;
    await this.run('renew', [id, epoch, '', number, '']);
    worker.heardAt = performance.now();
  }

  private run(script: 'fill' | 'renew', args: readonly (string | number)[]): Promise<unknown> {
    return (this.connections[0] as Connection).run(SCRIPTS[script], this.queue, args);
  }
}

/** Calls it for each, sixteen at a time. */
export async function inTurn<T>(all: readonly T[], act: (one: T) => Promise<unknown>): Promise<void> {
  const left = all[Symbol.iterator]();
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      for (const one of left) await act(one);
    }),
  );
}

/** Waits until something holds, or for so many ms; whether it does. */
export async function until(holds: () => boolean, ms: number): Promise<boolean> {
  const end = performance.now() + ms;
  while (!holds()) {
    if (performance.now() > end) return false;
    await sleep(2);
  }
  return true;
}
