import { WorkQueue } from 'cdk8s-redis-work-queue/worker';
import { keyOf, pages } from './queue';

const queue = new WorkQueue(pages);

queue.fill(['/'], { batchId: process.env.WORK_QUEUE_BATCH, seal: true, key: keyOf }).finally(() => queue.close());
