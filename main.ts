import { App, Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import { CompletionMode, RedisStore, RedisWorkQueueJob } from './lib';

/** https://kubernetes.io/docs/tasks/job/fine-parallel-processing-work-queue/ as a chart. */
export class FineParallelProcessing extends Chart {
  constructor(scope: Construct, id: string) {
    super(scope, id);

    const redis = RedisStore.pod(this, 'redis', { podName: 'redis-master', serviceName: 'redis' });

    new RedisWorkQueueJob(this, 'fruit', {
      jobName: 'job-wq-2',
      queueName: 'job2',
      entry: 'examples/walkthrough/worker.ts',
      parallelism: 2,
      // As the page has it: `completions` is unset. By default, workers of an `entry` have indexes, see docs/fleets.md.
      completionMode: CompletionMode.NON_INDEXED,
      items: ['apple', 'banana', 'cherry', 'date', 'fig', 'grape', 'lemon', 'melon', 'orange'],
      redis,
    });
  }
}

if (require.main === module) {
  const app = new App();
  new FineParallelProcessing(app, 'job-wq-2');
  app.synth();
}
