import { App, Chart } from 'cdk8s';
import { RedisWorkQueueJob } from 'cdk8s-redis-work-queue';
import type { Construct } from 'constructs';

/** A command for each item, and no worker to write. */
export class Commands extends Chart {
  constructor(scope: Construct, id: string) {
    super(scope, id);

    new RedisWorkQueueJob(this, 'factors', {
      jobName: 'factors',
      queueName: 'factors',
      image: 'node:24-alpine',
      run: ['factor', '{}'],
      runResults: true,
      parallelism: 2,
      items: ['42', '1001', '65537', '123456789', '2147483647', '9007199254740991'],
    });
  }
}

if (require.main === module) {
  const app = new App();
  new Commands(app, 'factors');
  app.synth();
}
