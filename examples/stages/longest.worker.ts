import { runWorker } from 'cdk8s-redis-work-queue/worker';
import { longest } from './queues';

runWorker(longest, async ({ title, words }) => `${title}: ${[...words].sort((a, b) => b.length - a.length)[0]}`, {
  results: true,
});
