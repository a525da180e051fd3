/**
 * `cdk8s-redis-work-queue`: the constructs of a chart, and what they take.
 *
 * @packageDocumentation
 */
export type { BundlingOptions } from './entry/bundling-options';
export { DEFAULT_NODE_IMAGE, EntryBundle } from './entry/entry-bundle';
export { FillJob } from './fill/fill-job';
export type { FillJobProps } from './fill/fill-job-props';
export { FillerJob } from './fill/filler-job';
export type { QueueFiller } from './fill/queue-filler';
export { InvalidPropError } from './invalid-prop';
export { CLIENT_LABEL } from './kubernetes/labels';
export type { Toleration } from './kubernetes/placement';
export { RedisWorkQueueJob } from './redis-work-queue-job';
export type { RedisWorkQueueJobProps } from './redis-work-queue-job-props';
export { DEFAULT_REDIS_IMAGE } from './store/redis-server';
export { RedisStore } from './store/redis-store';
export {
  type ExternalRedisProps,
  type MadeRedisProps,
  type PersistentRedisProps,
  type RedisPodProps,
  ServiceDiscovery,
} from './store/redis-store-props';
