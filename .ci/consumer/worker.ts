import { defineQueue } from 'cdk8s-redis-work-queue/queue';
import { runWorker } from 'cdk8s-redis-work-queue/worker';

await runWorker(defineQueue({ name: 'job2' }), async (item: string) => console.log(item));
