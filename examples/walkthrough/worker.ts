import { setTimeout as sleep } from 'node:timers/promises';
import { defineQueue, runWorker } from 'cdk8s-redis-work-queue/worker';

const fruit = defineQueue({ name: 'job2' });

runWorker(fruit, async (item, { signal }) => {
  console.log(`Working on ${item}`);
  await sleep(500, undefined, { signal }); // Put your actual work here.
});
