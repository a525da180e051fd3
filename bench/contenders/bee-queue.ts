import { ContenderProcess } from '../harness/contender-process';
import { requirePeer } from '../harness/paths';

type BeeQueue = new (
  name: string,
  settings: object,
) => {
  process(concurrency: number, handler: (job: { data: string }) => Promise<unknown>): void;
  on(event: string, listener: (...args: never[]) => void): void;
};

/** bee-queue, with what its README says makes it quick: no events, no stored jobs, succeeded jobs removed. */
const contender = new ContenderProcess();
const { queue, concurrency, redisUrl } = contender.orders;
const Queue = requirePeer('bee-queue') as BeeQueue;
const worker = new Queue(queue, {
  redis: { url: redisUrl },
  getEvents: false,
  sendEvents: false,
  storeJobs: false,
  removeOnSuccess: true,
});
worker.process(concurrency, async (job) => contender.handle(job.data));
worker.on('succeeded', () => contender.itemSettled());
worker.on('failed', (...args: never[]) => console.error(...args));
worker.on('error', (...args: never[]) => console.error(...args));
