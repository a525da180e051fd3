import { App, Chart } from 'cdk8s';
import { RedisWorkQueueJob } from 'cdk8s-redis-work-queue';
import type { Construct } from 'constructs';

/** Workers in bash, with the whole promise: the work agent beside each of them keeps it. */
export class BashWorkers extends Chart {
  constructor(scope: Construct, id: string) {
    super(scope, id);

    new RedisWorkQueueJob(this, 'fruit', {
      jobName: 'fruit-bash',
      queueName: 'fruit-bash',
      image: 'registry.example/fruit-bash:1',
      agent: true,
      parallelism: 2,
      items: ['apple', 'banana', 'cherry', 'date', 'fig', 'grape', 'lemon', 'melon', 'orange'],
    });
  }
}

if (require.main === module) {
  const app = new App();
  new BashWorkers(app, 'fruit-bash');
  app.synth();
}
