import { runWorker } from 'cdk8s-redis-work-queue/worker';
import { type Chapter, chapters } from './queues';

runWorker(
  chapters,
  async ({ title, text }, { log }): Promise<Chapter> => {
    const words = [...new Set(text.toLowerCase().match(/[a-z]+/g))].sort();
    log(`${title}: ${words.length} words`);
    return { title, words };
  },
  { results: true },
);
