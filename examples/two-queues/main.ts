import { join } from 'node:path';
import { App, Chart, Size } from 'cdk8s';
import { RedisStore, RedisWorkQueueJob } from 'cdk8s-redis-work-queue';
import type { Construct } from 'constructs';
import { invoices, reminders } from './queues';

const customers = ['ada', 'boole', 'church', 'dijkstra', 'erdos', 'floyd', 'goedel', 'hopper'];

/** Two piles of work, each with workers of its own, on one Redis that survives the loss of its node. */
export class TwoQueues extends Chart {
  constructor(scope: Construct, id: string) {
    super(scope, id);

    const redis = RedisStore.persistent(this, 'redis', {
      statefulSetName: 'redis',
      serviceName: 'redis',
      memory: Size.mebibytes(512),
      storage: Size.gibibytes(2),
    });

    new RedisWorkQueueJob(this, 'invoices', {
      jobName: 'invoices',
      queue: invoices,
      items: invoices.items(customers.map((customer, index) => ({ customer, cents: 1000 + 250 * index }))),
      entry: join(__dirname, 'invoices.worker.ts'),
      redis,
      parallelism: 2,
    });

    new RedisWorkQueueJob(this, 'reminders', {
      jobName: 'reminders',
      queue: reminders,
      items: reminders.items(customers),
      entry: join(__dirname, 'reminders.worker.ts'),
      redis,
      // Reminders wait for a mail server more than they compute: one worker, four at once.
      concurrency: 4,
    });
  }
}

if (require.main === module) {
  const app = new App();
  new TwoQueues(app, 'two-queues');
  app.synth();
}
