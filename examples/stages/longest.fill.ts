import { runFiller } from 'cdk8s-redis-work-queue/worker';
import { longest } from './queues';
import { readChapters } from './read-chapters';

runFiller(longest, async () => (await readChapters()).map(({ title, words }) => ({ title, words: [...words] })));
