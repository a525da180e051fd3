import { setTimeout as sleep } from 'node:timers/promises';
import { defineQueue, runWorker } from 'cdk8s-redis-work-queue/worker';

// A worker of a stream, which says which version of the chart runs it.

runWorker(defineQueue({ name: 'stream' }), async (item, { attempt, log }) => {
  log(`version ${process.env.VERSION} has ${item}, attempt ${attempt}`);
  await sleep(30);
});
