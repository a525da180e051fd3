export { FillJob, type FillJobProps } from './fill-job';
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
export { RedisWorkQueueJob, type RedisWorkQueueJobProps, type WorkerToleration } from './redis-work-queue-job';
