export { DEFAULT_NODE_IMAGE, EntryBundle } from './entry-bundle';
export { FillJob, type FillJobProps } from './fill-job';
export { FillerJob } from './filler-job';
export { InvalidPropError } from './invalid-prop';
export {
  CLIENT_LABEL,
  DEFAULT_REDIS_IMAGE,
  type ExternalRedisProps,
  type MadeRedisProps,
  type PersistentRedisProps,
  type RedisPodProps,
  RedisStore,
  ServiceDiscovery,
} from './redis-store';
export { RedisWorkQueueJob } from './redis-work-queue-job';
export type { QueueFiller, RedisWorkQueueJobProps, WorkerToleration } from './redis-work-queue-job-props';
