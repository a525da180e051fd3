import { setTimeout as sleep } from 'node:timers/promises';
import { runWorker } from 'cdk8s-redis-work-queue/worker';
import { reminders } from './queues';

runWorker(reminders, async (customer, { signal }) => {
  console.log(`Reminder to ${customer}`);
  await sleep(300, undefined, { signal }); // Put your actual work here.
});
