import { Testing } from 'cdk8s';
import { RedisStore, RedisWorkQueueJob, type RedisWorkQueueJobProps } from '../../lib';
import type { JobManifest } from './manifest-job';

/** The Job as the construct renders it. */
export function renderJob(props: Partial<RedisWorkQueueJobProps>): JobManifest {
  const chart = Testing.chart();
  const redis = RedisStore.external(chart, 'redis', { host: 'redis.example' });
  const work = new RedisWorkQueueJob(chart, 'work', { queueName: 'job2', image: 'worker', redis, ...props });
  return work.job.toJson() as JobManifest;
}
