import { join } from 'node:path';
import { App, Chart } from 'cdk8s';
import { RedisStore, RedisWorkQueueJob } from 'cdk8s-redis-work-queue';
import type { Construct } from 'constructs';
import { book, chapters, index, longest } from './queues';

const texts = [
  { title: 'One', text: 'A whale, a ship and a storm.' },
  { title: 'Two', text: 'The storm and the harpooner.' },
  { title: 'Three', text: 'A ship, and the sea.' },
];

/** Another edition is another batch of the stages that are made from the chapters. */
const EDITION = 'first';

const file = (name: string) => join(__dirname, name);

/** Stages of work on one Redis: chapters, then an index and the longest words side by side, then the book. */
export class Stages extends Chart {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    const redis = RedisStore.persistent(this, 'redis', { statefulSetName: 'redis', serviceName: 'redis' });

    const chapterJob = new RedisWorkQueueJob(this, 'chapters', {
      jobName: 'chapters',
      queue: chapters,
      items: chapters.items(texts),
      entry: file('chapters.worker.ts'),
      redis,
      parallelism: 2,
    });

    // Fillers wait, too: they are made of what the chapters came to.
    const indexJob = new RedisWorkQueueJob(this, 'index', {
      jobName: 'index',
      queue: index,
      filler: { entry: file('index.fill.ts'), batch: EDITION },
      entry: file('index.worker.ts'),
      concurrency: 10,
      redis,
      after: [chapterJob],
    });

    const longestJob = new RedisWorkQueueJob(this, 'longest', {
      jobName: 'longest',
      queue: longest,
      filler: { entry: file('longest.fill.ts'), batch: EDITION },
      entry: file('longest.worker.ts'),
      redis,
      after: [chapterJob],
    });

    new RedisWorkQueueJob(this, 'book', {
      jobName: 'book',
      queue: book,
      items: ['The book'],
      entry: file('book.worker.ts'),
      redis,
      after: [indexJob, longestJob],
    });
  }
}

if (require.main === module) {
  const app = new App();
  new Stages(app, 'stages');
  app.synth();
}
