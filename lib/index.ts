export type { BundlingOptions } from './bundling-options';
export { DEFAULT_NODE_IMAGE, EntryBundle } from './entry-bundle';
export { FillJob, type FillJobProps } from './fill-job';
export { FillerJob } from './filler-job';
export { InvalidPropError } from './invalid-prop';
export { CLIENT_LABEL } from './labels';
export type { Toleration } from './placement';
export type { QueueFiller } from './queue-filler';
export { DEFAULT_REDIS_IMAGE, RedisStore } from './redis-store';
export {
  type ExternalRedisProps,
  type MadeRedisProps,
  type PersistentRedisProps,
  type RedisPodProps,
  ServiceDiscovery,
} from './redis-store-props';
export { RedisWorkQueueJob } from './redis-work-queue-job';
export type { RedisWorkQueueJobProps } from './redis-work-queue-job-props';
