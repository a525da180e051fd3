import { defineQueue, runWorker } from 'cdk8s-redis-work-queue/worker';

runWorker(defineQueue({ name: 'items' }), (item) => console.log(item));
