import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Backoff } from './backoff';
import { ConfigurationError } from './errors';
import type { StoreAddress } from './settings';
import type { SharedHand } from './shared-hand';

/** What an incarnation is known by. */
export interface IncarnationName {
  readonly id: string;
  readonly epoch: string;
}

/** What the lease thread is started with. Times in ms. */
export interface LeaseThreadData {
  readonly role: 'lease';
  readonly shared: SharedArrayBuffer;
  readonly lanes: number;
  readonly queue: string;
  readonly name: string;
  readonly store: StoreAddress;
  readonly lease: number;
  readonly itemTimeout: number;
  readonly maxAttempts: number;
  readonly backoff: Backoff | undefined;
  readonly terminationLog: string;
}

/** The incarnation whose lease is kept from now on. */
export type ToLeaseThread = IncarnationName;

/** The lease of an incarnation is gone, or the item of a lane hangs. */
export type FromLeaseThread = { readonly lost: string } | { readonly hung: number; readonly id: number };

/** The main thread's side of the lease thread. */
export class Lease {
  private thread: Worker | undefined;
  private kept = '';

  constructor(
    private readonly hand: SharedHand,
    private readonly data: Omit<LeaseThreadData, 'role' | 'shared'>,
    private readonly heard: (message: FromLeaseThread) => void,
    private readonly failed: (error: Error) => void,
  ) {}

  /** Starts the thread. It says in {@link INT.watched} when it is there. */
  start(): void {
    const file = join(__dirname, 'lease-thread.js');
    if (!existsSync(file)) {
      this.failed(
        new ConfigurationError(
          `${file} is missing: a bundled worker needs cdk8s-redis-work-queue/worker/lease-thread bundled beside it, under this name`,
        ),
      );
      return;
    }
    this.thread = new Worker(file, {
      workerData: { role: 'lease', shared: this.hand.buffer, ...this.data } satisfies LeaseThreadData,
      // It holds a connection and a few numbers; the limits keep the process small.
      resourceLimits: { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 12 },
    });
    this.thread.unref();
    this.thread.on('message', this.heard);
    this.thread.on('error', this.failed);
  }

  /** Keeps the lease of this incarnation from now on, instead of an earlier one's. */
  keep({ id, epoch }: IncarnationName): void {
    if (this.kept === id) return;
    this.kept = id;
    this.thread?.postMessage({ id, epoch } satisfies ToLeaseThread);
  }

  /** Ends the thread; the lease runs out unless the incarnation has left. */
  async end(): Promise<void> {
    await this.thread?.terminate();
    this.thread = undefined;
  }
}
