import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker, type WorkerOptions } from 'node:worker_threads';
import type { Backoff } from '../attempt';
import { ENV } from '../contract';
import { ConfigurationError, LeaseThreadError, textOf } from '../errors';
import { authorityFlags, type NetworkDefaults, networkDefaults, type Over, type Told } from '../redis';
import type { StoreAddress } from '../settings';
import type { SharedHand } from './shared-hand';
import type { Vitals } from './vitals';

/** What an incarnation is known by. */
export interface IncarnationName {
  readonly id: string;
  readonly epoch: string;
}

/** What the lease thread is started with. Times in ms. */
export interface LeaseThreadData {
  readonly role: 'lease';
  /** Of {@link SharedHand}. */
  readonly hand: SharedArrayBuffer;
  /** Of {@link Vitals}. */
  readonly vitals: SharedArrayBuffer;
  readonly network: NetworkDefaults;
  /** The incarnation whose lease is kept from the start. */
  readonly incarnation: IncarnationName | undefined;
  readonly lanes: number;
  readonly queue: string;
  readonly name: string;
  /** Name of the worker for people. */
  readonly worker: string;
  readonly store: StoreAddress;
  readonly lease: number;
  readonly itemTimeout: number;
  readonly maxAttempts: number;
  readonly backoff: Backoff | undefined;
  readonly terminationLog: string;
  /** Whether the process is the worker's: the thread listens for its signals, and ends it where a handler hangs. */
  readonly ownsProcess: boolean;
}

/** The incarnation whose lease is kept from now on. */
export type ToLeaseThread = IncarnationName;

/** The lease of an incarnation is gone, it is to stop, the queue is so far, or the item of a lane hangs. */
export type FromLeaseThread =
  | { readonly lost: string }
  | { readonly over: Over; readonly incarnation: string }
  | { readonly told: Told }
  | { readonly hung: number; readonly id: number };

/** Who hears of the lease thread. */
export interface LeaseEvents {
  message(message: FromLeaseThread): void;
  /** It ended, and another one takes its place. */
  died(why: string): void;
  /** There is none, and there will be none. */
  failed(error: ConfigurationError | LeaseThreadError): void;
}

/** The thread, whole in one file; a bundle of the runtime has it beside it. */
const FILE = 'lease-thread.js';

/** Its text, which esbuild puts into programs that are one file alone (`withLeaseThread` in lib/entry). */
declare const LEASE_THREAD_TEXT: string;

/**
 * At 10,000 lanes, Node 24 does with 12 MB, Node 20, 22 and 26 with 8; what is not used takes no memory. A young generation
 * is used whole, whatever its size.
 */
const LIMITS = { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 64 };

/** For the signals that the thread listens for; what it uses for that, Node warns of. */
const SIGNAL_FLAGS = ['--expose-internals', '--no-warnings'];

/** It is started again at once, and then after a pause that doubles, in ms. */
const FIRST_PAUSE = 50;

/** So many deaths within {@link DEATHS_WITHIN} ms, and there is something that another thread would not survive either. */
const MAX_DEATHS = 6;
const DEATHS_WITHIN = 600_000;

/** What Node itself reads for a TLS connection, and its warnings. */
const NODE_VARIABLES = [
  'NODE_EXTRA_CA_CERTS',
  'NODE_NO_WARNINGS',
  'NODE_TLS_REJECT_UNAUTHORIZED',
  'NODE_USE_SYSTEM_CA',
  'SSL_CERT_DIR',
  'SSL_CERT_FILE',
  'TZ',
];

/** The main thread's side of the lease thread. */
export class Lease {
  private thread: Worker | undefined;
  private source = '';
  private incarnation: IncarnationName | undefined;
  private readonly deaths: number[] = [];
  private pause: NodeJS.Timeout | undefined;
  private over = false;

  constructor(
    private readonly hand: SharedHand,
    private readonly vitals: Vitals,
    private readonly data: Omit<LeaseThreadData, 'role' | 'hand' | 'vitals' | 'network' | 'incarnation'>,
    private readonly events: LeaseEvents,
  ) {}

  /** Whether the thread is there. While it is not, exchanges alone keep the lease, and nobody takes what waits. */
  get isWatched(): boolean {
    return this.vitals.watched;
  }

  /** Starts the thread. It says in {@link Vitals.watched} when it is there. */
  start(): void {
    const file = join(__dirname, FILE);
    try {
      this.source = typeof LEASE_THREAD_TEXT === 'string' ? LEASE_THREAD_TEXT : readFileSync(file, 'utf8');
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const why =
        code === 'ENOENT'
          ? 'is missing: a bundled worker needs cdk8s-redis-work-queue/worker/lease-thread bundled beside it, under this name'
          : `cannot be read: ${textOf(error)}`;
      this.events.failed(new ConfigurationError(`${file} ${why}`));
      return;
    }
    this.startThread();
  }

  /** Keeps the lease of this incarnation from now on, instead of an earlier one's. */
  keep({ id, epoch }: IncarnationName): void {
    if (this.incarnation?.id === id) return;
    this.incarnation = { id, epoch };
    this.thread?.postMessage(this.incarnation satisfies ToLeaseThread);
  }

  /** Ends the thread; the lease runs out unless the incarnation has left. */
  async end(): Promise<void> {
    this.over = true;
    clearTimeout(this.pause);
    await this.thread?.terminate();
    this.thread = undefined;
  }

  private startThread(): void {
    let why: string | undefined;
    try {
      const flags = this.data.ownsProcess ? SIGNAL_FLAGS : [];
      const thread = this.makeThread([...flags, ...authorityFlags()], flags, []);
      this.thread = thread;
      thread.unref();
      thread.on('message', this.events.message);
      thread.on('error', (error) => {
        why = textOf(error);
      });
      thread.on('exit', (code) => this.ended(why ?? `exit ${code}`));
    } catch (error) {
      this.ended(textOf(error));
    }
  }

  /** Starts it with the first of these sets of flags that this Node takes. */
  private makeThread(flags: string[], ...others: string[][]): Worker {
    const { hand, vitals, data, incarnation } = this;
    const workerData: LeaseThreadData = {
      role: 'lease',
      hand: hand.buffer,
      vitals: vitals.buffer,
      network: networkDefaults(),
      incarnation,
      ...data,
    };
    const options: WorkerOptions = {
      eval: true,
      name: 'lease',
      workerData,
      // Nothing that is loaded into this process, or traces it, is loaded a second time.
      execArgv: flags,
      env: { ...chosen([...Object.values(ENV), ...NODE_VARIABLES]), NODE_OPTIONS: '' },
      resourceLimits: LIMITS,
    };
    try {
      // From its text: the file may be in an archive that only this thread can read, and nobody's `type` applies to it.
      return new Worker(this.source, options);
    } catch (error) {
      const [next, ...rest] = others;
      // Some flags are only for a whole process.
      if (next === undefined || (error as NodeJS.ErrnoException).code !== 'ERR_WORKER_INVALID_EXEC_ARGV') throw error;
      return this.makeThread(next, ...rest);
    }
  }

  private ended(why: string): void {
    this.thread = undefined;
    this.vitals.watched = false;
    if (this.over) return;
    const now = performance.now();
    while (this.deaths[0] !== undefined && now - this.deaths[0] > DEATHS_WITHIN) this.deaths.shift();
    this.deaths.push(now);
    if (this.deaths.length >= MAX_DEATHS) {
      this.events.failed(
        new LeaseThreadError(
          `the thread that keeps the lease ended ${MAX_DEATHS} times, the last time by ${why}: everything in hand goes back`,
        ),
      );
      return;
    }
    this.events.died(why);
    const pause = this.deaths.length === 1 ? 0 : FIRST_PAUSE * 2 ** this.deaths.length;
    this.pause = setTimeout(() => this.startThread(), pause);
  }
}

function chosen(names: readonly string[]): Record<string, string> {
  const values = names.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(values);
}
