import { App, Chart } from 'cdk8s';
import { RedisWorkQueueJob } from 'cdk8s-redis-work-queue';
import type { Construct } from 'constructs';

/** Workers in Python: the construct, the fill and the gate are the same for every language. */
export class PythonWorkers extends Chart {
  constructor(scope: Construct, id: string) {
    super(scope, id);

    new RedisWorkQueueJob(this, 'fruit', {
      jobName: 'fruit-python',
      queueName: 'fruit-python',
      image: 'registry.example/fruit-python:1',
      parallelism: 2,
      items: ['apple', 'banana', 'cherry', 'date', 'fig', 'grape', 'lemon', 'melon', 'orange'],
    });
  }
}

if (require.main === module) {
  const app = new App();
  new PythonWorkers(app, 'fruit-python');
  app.synth();
}
