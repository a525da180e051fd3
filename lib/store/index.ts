export { checkNamespace } from './check-namespace';
export type { ConnectOptions, RedisConnection } from './connect';
export { cliContainer } from './redis-client';
export { connectionMounts, connectionVolumes, workerConnection } from './redis-connection';
export { DEFAULT_REDIS_IMAGE, REDIS_IDS } from './redis-server';
export { redisShell, shellKeys } from './redis-shell';
export { RedisStore } from './redis-store';
export { isRedisStore, redisStore } from './redis-store-kind';
export {
  type ExternalRedisProps,
  type MadeRedisProps,
  type PersistentRedisProps,
  type RedisPodProps,
  ServiceDiscovery,
} from './redis-store-props';
export { redisMemory } from './redis-store-table';
