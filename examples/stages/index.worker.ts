import { runWorker } from 'cdk8s-redis-work-queue/worker';
import { index } from './queues';

runWorker(index, async ({ word, titles }) => `${word}: ${titles.join(', ')}`, { results: true });
