import { writeFileSync } from 'node:fs';
import { defineQueue, WorkQueue } from '../../worker';
import { payloads } from '../harness/items';
import { requirePeer } from '../harness/paths';

/** What a filling process reports. */
export interface FillReport {
  /** From the first item to the answer to the last push, in s. */
  readonly seconds: number;
  /** Until it is on the disk, sealed and that as well, in s. */
  readonly durableSeconds: number;
  /** CPU, in µs. */
  readonly cpuMicros: number;
  /** Peak resident memory, in bytes. */
  readonly peakRss: number;
}

async function* oneByOne(items: number): AsyncGenerator<string> {
  yield* payloads(0, items);
}

/** Fills a queue; says when the last push was answered. */
const FILLERS: Record<string, (url: string, queue: string, items: number, pushed: () => void) => Promise<void>> = {
  ours: (url, queue, items, pushed) => fillOurs(url, queue, payloads(0, items), items, pushed),
  'ours-async': (url, queue, items, pushed) => fillOurs(url, queue, oneByOne(items), items, pushed),
  async bullmq(url, name, items, pushed) {
    const { Queue } = requirePeer('bullmq') as {
      Queue: new (
        name: string,
        options: object,
      ) => { addBulk(jobs: object[]): Promise<unknown>; close(): Promise<void> };
    };
    const queue = new Queue(name, { connection: { url, maxRetriesPerRequest: null } });
    for (let at = 0; at < items; at += 1_000) {
      const end = Math.min(at + 1_000, items);
      await queue.addBulk(Array.from(payloads(at, end), (data) => ({ name: 'item', data })));
    }
    pushed();
    await queue.close();
  },
  async 'bee-queue'(url, name, items, pushed) {
    const Queue = requirePeer('bee-queue') as new (
      name: string,
      settings: object,
    ) => { createJob(data: string): object; saveAll(jobs: object[]): Promise<unknown>; close(): Promise<void> };
    const queue = new Queue(name, { redis: { url }, isWorker: false, getEvents: false, storeJobs: false });
    for (let at = 0; at < items; at += 1_000) {
      const end = Math.min(at + 1_000, items);
      await queue.saveAll(Array.from(payloads(at, end), (data) => queue.createJob(data)));
    }
    pushed();
    await queue.close();
  },
};

async function fillOurs(
  url: string,
  name: string,
  items: Iterable<string> | AsyncIterable<string>,
  total: number,
  pushed: () => void,
): Promise<void> {
  const queue = new WorkQueue(defineQueue({ name }), { url });
  await queue.fill(items, { batchId: 'bench', onProgress: (filled) => filled === total && pushed() });
  await queue.seal({ batchId: 'bench', total });
  await queue.close();
}

async function main(): Promise<void> {
  const { REDIS_URL, BENCH_QUEUE, BENCH_ITEMS, BENCH_FILLER, BENCH_REPORT } = process.env as Record<string, string>;
  const fill = FILLERS[BENCH_FILLER as string];
  if (!fill) throw new Error(`no such filler: ${BENCH_FILLER}`);
  const before = performance.now();
  const cpuBefore = process.cpuUsage();
  let pushedAt = 0;
  await fill(REDIS_URL as string, BENCH_QUEUE as string, Number(BENCH_ITEMS), () => {
    pushedAt = performance.now();
  });
  const { user, system } = process.cpuUsage(cpuBefore);
  const report: FillReport = {
    seconds: (pushedAt - before) / 1_000,
    durableSeconds: (performance.now() - before) / 1_000,
    cpuMicros: user + system,
    peakRss: process.resourceUsage().maxRSS * 1024,
  };
  writeFileSync(BENCH_REPORT as string, JSON.stringify(report));
  process.exit(0);
}

void main();
