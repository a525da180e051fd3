import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BUILT } from './paths';

/** ms between two scrapes: more often than any Prometheus, so that a short run meets several. */
const BETWEEN_SCRAPES = 1_000;

/** What looked at the store, and what that took. */
export interface Observed {
  readonly scrapes: number;
  /** States of the queue that the page was sent. */
  readonly events: number;
  /** CPU of both processes for each second, in ms; Linux alone tells. */
  readonly cpuMs: number | undefined;
}

/** A metrics exporter that is scraped, and a page of which one is open, as processes of the command line beside a store. */
export class Observers {
  private readonly over = new AbortController();
  private readonly begun = performance.now();
  private readonly cpuBefore: number | undefined;
  private readonly reading: Promise<unknown>[];
  private scrapes = 0;
  private events = 0;

  private constructor(
    private readonly exporter: Served,
    private readonly page: Served,
    queue: string,
  ) {
    this.cpuBefore = this.cpu();
    this.reading = [this.scrape(`${exporter.url}metrics`), this.read(`${page.url}api/events?queue=${queue}`)];
  }

  /** Returns once both are served. */
  static async start(redisUrl: string, queue: string): Promise<Observers> {
    const [exporter, page] = await Promise.all([
      serve('metrics', '--url', redisUrl, '--listen', '127.0.0.1:0'),
      serve('ui', '--url', redisUrl),
    ]);
    return new Observers(exporter, page, queue);
  }

  /** Ends both. @throws Error one of them did not answer */
  async stop(): Promise<Observed> {
    const [cpuAfter, seconds] = [this.cpu(), (performance.now() - this.begun) / 1_000];
    this.over.abort();
    try {
      await Promise.all(this.reading);
    } finally {
      await Promise.all([this.exporter, this.page].map(end));
    }
    const { scrapes, events, cpuBefore } = this;
    const isKnown = cpuBefore !== undefined && cpuAfter !== undefined;
    return { scrapes, events, cpuMs: isKnown ? (cpuAfter - cpuBefore) / seconds : undefined };
  }

  private async scrape(url: string): Promise<void> {
    const { signal } = this.over;
    await unlessOver(signal, async () => {
      for (;;) {
        const response = await fetch(url, { signal });
        const text = await response.text();
        if (!/^redis_work_queue_store_up 1$/m.test(text))
          throw new Error(`${url} answered ${response.status}:\n${text}`);
        this.scrapes++;
        await sleep(BETWEEN_SCRAPES, undefined, { signal });
      }
    });
  }

  private async read(url: string): Promise<void> {
    const { signal } = this.over;
    await unlessOver(signal, async () => {
      const response = await fetch(url, { signal });
      if (!response.ok || !response.body)
        throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
      const decoder = new TextDecoder();
      for await (const bytes of response.body) {
        this.events += decoder.decode(bytes, { stream: true }).split('event: queue\n').length - 1;
      }
      throw new Error(`${url} ended`);
    });
  }

  /** CPU of both so far, in ms. */
  private cpu(): number | undefined {
    try {
      return [this.exporter, this.page].reduce((sum, { process }) => sum + cpuOf(process.pid), 0);
    } catch {
      return undefined;
    }
  }
}

/** A server of the command line. */
interface Served {
  readonly process: ChildProcess;
  /** With a slash at its end. */
  readonly url: string;
}

async function serve(...args: string[]): Promise<Served> {
  const child = spawn(process.execPath, [join(BUILT, '../cli/rwq.js'), ...args], {
    env: { PATH: process.env.PATH },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  RUNNING.add(child);
  child.once('close', () => RUNNING.delete(child));
  let output = '';
  const said = new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        const [url] = /http:\/\/[^/\s]+\//.exec(output) ?? [];
        if (url) resolve(url);
      });
    }
    child.once('close', (code) => reject(new Error(`rwq ${args.join(' ')} ended with ${code}:\n${output}`)));
  });
  return { process: child, url: await said };
}

async function end({ process: child }: Served): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  child.kill('SIGTERM');
  await closed;
}

/** Does this until the signal is aborted. */
async function unlessOver(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** CPU of a process so far, in ms. @throws Error where it cannot be told */
function cpuOf(pid: number | undefined): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const [user, system] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13);
  return (Number(user) + Number(system)) * MS_A_TICK;
}

/** Of all Linux that Node.js runs on. */
const MS_A_TICK = 10;

const RUNNING = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of RUNNING) child.kill('SIGKILL');
});
