import { writeFileSync, writeSync } from 'node:fs';
import { now } from './clock';
import { Delivery } from './delivery';
import { type Handling, handlingOf } from './handling';
import { itemOf } from './items';

/** What a contender's process is told by its environment. */
export interface Orders {
  readonly redisUrl: string;
  readonly queue: string;
  readonly concurrency: number;
  /** Items after which a contender that does not know when the queue is drained ends. */
  readonly expected: number;
}

/** What a contender's process did; written when it ends. Times in ms. */
export interface Report {
  /** When the first handler began, or 0. */
  readonly firstAt: number;
  /** When the last handler ended. */
  readonly lastAt: number;
  /** When everything was settled with Redis. */
  readonly settledAt: number;
  /** CPU of the process from its first item on, all threads, in µs. */
  readonly cpuMicros: number;
  /** Peak resident memory, in bytes. */
  readonly peakRss: number;
  /** The agent beside it, where there is one. */
  readonly agent?: AgentUse;
  readonly handled: number;
  readonly repeated: number;
  /** Bits of the items seen, base64. */
  readonly bits: string;
}

/** An agent that hands items to a contender's process. */
export interface AgentUse {
  /** When its process was started. */
  readonly startedAt: number;
  /** CPU of the process from its first item on, all threads, in µs. */
  readonly cpuMicros: number;
}

/** The side of a contender's process that is the same for all of them: it handles items, and reports when the process ends. */
export class ContenderProcess {
  readonly orders: Orders;
  /** For contenders that take items from an agent. */
  agent: AgentUse | undefined;
  private readonly delivery: Delivery;
  private readonly handling: Handling;
  private firstAt = 0;
  private cpuBefore = process.cpuUsage();
  private settled = 0;
  private settledAt = 0;

  constructor() {
    const { env } = process;
    this.orders = {
      redisUrl: String(env.REDIS_URL),
      queue: String(env.BENCH_QUEUE),
      concurrency: Number(env.BENCH_CONCURRENCY),
      expected: Number(env.BENCH_EXPECTED),
    };
    this.delivery = new Delivery(Number(env.BENCH_ITEMS));
    this.handling = handlingOf(String(env.BENCH_HANDLER));
    process.once('exit', () => this.report(String(env.BENCH_REPORT)));
  }

  /** The handler of every contender. */
  handle = (payload: string): unknown => {
    const item = itemOf(payload);
    if (this.firstAt === 0) this.begin();
    this.delivery.see(item);
    return this.handling.work?.(item);
  };

  /** For contenders that do not know when the queue is drained: ends the process after the last settled item. */
  itemSettled(): void {
    if (++this.settled === this.orders.expected) process.exit(0);
  }

  /** For contenders that have more to do once all items are settled: the time ends here. */
  allSettled(): void {
    this.settledAt = now();
  }

  /** Time counts from here on, where a contender does more than handle items. */
  begin(): void {
    this.firstAt = now();
    this.cpuBefore = process.cpuUsage();
  }

  /** Unless there is one of these for each item in the end, the run counts for nothing. */
  mustHear(what: string, heard: () => number): void {
    process.once('exit', () => {
      const { expected } = this.orders;
      if (heard() === expected) return;
      writeSync(2, `${heard()} ${what} for ${expected} items\n`);
      // The worker has its own word on exit codes.
      process.kill(process.pid, 'SIGKILL');
    });
  }

  private report(file: string): void {
    const { user, system } = process.cpuUsage(this.cpuBefore);
    const settledAt = this.settledAt || now();
    const report: Report = {
      firstAt: this.firstAt,
      lastAt: this.handling.lastEnd || settledAt,
      settledAt,
      cpuMicros: user + system,
      peakRss: process.resourceUsage().maxRSS * 1024,
      ...(this.agent && { agent: this.agent }),
      handled: this.delivery.handled,
      repeated: this.delivery.repeated,
      bits: Buffer.from(this.delivery.bits).toString('base64'),
    };
    writeFileSync(file, JSON.stringify(report));
  }
}
