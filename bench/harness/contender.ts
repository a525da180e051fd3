import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { constants, setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Report } from './contender-process';
import { BUILT } from './paths';

export type ContenderName =
  | 'ours'
  | 'words'
  | 'seen'
  | 'spans'
  | 'agent'
  | 'bullmq'
  | 'bee-queue'
  | 'walkthrough'
  | 'unsafe'
  | 'plain-loop';

/** How a contender is called in tables. */
export const TITLES: Record<ContenderName, string> = {
  ours: 'ours',
  words: 'ours, with a word',
  seen: 'ours, with hooks',
  spans: 'ours, with spans',
  agent: 'ours, through the agent',
  bullmq: 'BullMQ',
  'bee-queue': 'bee-queue',
  walkthrough: "walkthrough's algorithm",
  unsafe: 'unsafe LPOP 512',
  'plain-loop': 'plain loop',
};

const NICE = { more: constants.priority.PRIORITY_BELOW_NORMAL, most: constants.priority.PRIORITY_LOW };

/** What a contender's process is to do. */
export interface Assignment {
  readonly redisUrl: string;
  readonly queue: string;
  /** Items of the queue in all. */
  readonly items: number;
  /** Those that this process is to do, where it does not find out by itself. @default items */
  readonly expected?: number;
  /** @default 1 */
  readonly concurrency?: number;
  /** What the handler does, see handling.ts. @default 'noop' */
  readonly handler?: string;
  /** Gives way to other processes, `more` or `most`: on a cluster, workers do not share a processor with Redis. @default not at all */
  readonly givesWay?: keyof typeof NICE;
  readonly env?: Readonly<Record<string, string>>;
}

/** A running process of a contender. */
export class Contender {
  /** Standard output and error so far. */
  output = '';
  private readonly folder = mkdtempSync(join(tmpdir(), 'bench-'));
  private readonly ended: Promise<number | null>;
  readonly process: ChildProcess;

  constructor(
    readonly name: ContenderName,
    assignment: Assignment,
  ) {
    const { redisUrl, queue, items, expected = items, concurrency = 1, handler = 'noop', givesWay, env } = assignment;
    this.process = spawn(process.execPath, [join(BUILT, `contenders/${name}.js`)], {
      env: {
        PATH: process.env.PATH,
        REDIS_URL: redisUrl,
        WORK_QUEUE_CONCURRENCY: String(concurrency),
        WORK_QUEUE_TERMINATION_LOG: join(this.folder, 'termination-log'),
        WORK_QUEUE_LOG: 'text',
        BENCH_QUEUE: queue,
        BENCH_ITEMS: String(items),
        BENCH_EXPECTED: String(expected),
        BENCH_CONCURRENCY: String(concurrency),
        BENCH_HANDLER: handler,
        BENCH_REPORT: this.reportFile,
        BENCH_FOLDER: this.folder,
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    RUNNING.add(this.process);
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output = (this.output + text).slice(-65_536);
      });
    }
    this.ended = once(this.process, 'close').then(([code]) => code as number | null);
    this.ended.then(() => RUNNING.delete(this.process));
    if (givesWay && this.process.pid !== undefined) setPriority(this.process.pid, NICE[givesWay]);
  }

  /** What it did, when it has ended by itself. */
  async report(): Promise<Report> {
    const code = await this.ended;
    try {
      if (code !== 0) throw new Error(`${TITLES[this.name]} ended with ${code}:\n${this.output}`);
      return JSON.parse(readFileSync(this.reportFile, 'utf8')) as Report;
    } finally {
      rmSync(this.folder, { recursive: true, force: true });
    }
  }

  /** Waits until it has written this; returns the match. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.output);
      if (match) return match;
      if (this.process.exitCode !== null || this.process.signalCode !== null) {
        throw new Error(`${TITLES[this.name]} ended without saying ${pattern}:\n${this.output}`);
      }
      await Promise.race([once(this.process.stdout as NodeJS.ReadableStream, 'data'), this.ended]);
    }
  }

  /** Ends it at once. */
  async kill(): Promise<void> {
    this.process.kill('SIGKILL');
    await this.ended;
    rmSync(this.folder, { recursive: true, force: true });
  }

  private get reportFile(): string {
    return join(this.folder, 'report.json');
  }
}

const RUNNING = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of RUNNING) child.kill('SIGKILL');
});
