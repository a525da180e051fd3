import { join } from 'node:path';
import { App, Chart, Duration } from 'cdk8s';
import { RedisStore, RedisWorkQueueJob } from 'cdk8s-redis-work-queue';
import type { Construct } from 'constructs';
import { pages } from './queue';

/** Visits each page of a site once, and finds them as it goes. */
export class Crawler extends Chart {
  constructor(scope: Construct, id: string) {
    super(scope, id);

    new RedisWorkQueueJob(this, 'pages', {
      jobName: 'crawl',
      queue: pages,
      // With `items: ['/']` the first page would have no key.
      filler: { entry: join(__dirname, 'first.fill.ts'), batch: 'first' },
      entry: join(__dirname, 'worker.ts'),
      redis: RedisStore.pod(this, 'redis', { serviceName: 'crawl-redis' }),
      // Your site.
      env: { SITE_URL: 'https://www.example.com' },
      // At most eight requests at once, all workers together.
      parallelism: 2,
      concurrency: 4,
      followUps: true,
      itemTimeout: Duration.seconds(30),
    });
  }
}

if (require.main === module) {
  const app = new App();
  new Crawler(app, 'crawler');
  app.synth();
}
