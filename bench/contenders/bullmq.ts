import { ContenderProcess } from '../harness/contender-process';
import { requirePeer } from '../harness/paths';

interface BullMQ {
  Worker: new (
    queue: string,
    processor: (job: { data: string }) => Promise<unknown>,
    options: object,
  ) => { on(event: string, listener: (...args: never[]) => void): void };
}

/** BullMQ, with completed jobs removed, which is the quicker way. */
const contender = new ContenderProcess();
const { queue, concurrency, redisUrl } = contender.orders;
const { Worker } = requirePeer('bullmq') as BullMQ;
const worker = new Worker(queue, async (job) => contender.handle(job.data), {
  connection: { url: redisUrl, maxRetriesPerRequest: null },
  concurrency,
  removeOnComplete: { count: 0 },
});
worker.on('completed', () => contender.itemSettled());
worker.on('failed', (...args: never[]) => console.error(...args));
worker.on('error', (...args: never[]) => console.error(...args));
