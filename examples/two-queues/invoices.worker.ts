import { setTimeout as sleep } from 'node:timers/promises';
import { runWorker } from 'cdk8s-redis-work-queue/worker';
import { invoices } from './queues';

runWorker(invoices, async ({ customer, cents }, { signal }) => {
  console.log(`Invoice for ${customer}: ${(cents / 100).toFixed(2)}`);
  await sleep(300, undefined, { signal }); // Put your actual work here.
});
