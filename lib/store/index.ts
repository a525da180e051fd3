export { checkNamespace } from './check-namespace';
export type { ConnectOptions, RedisConnection } from './connect';
export type {
  CertificateAuthorities,
  ClientCertificate,
  ClusterRedisProps,
  ExistingRedisProps,
  ExternalRedisProps,
  SentinelRedisProps,
} from './existing-redis-props';
export { addressText, parseAddress, type RedisAddress } from './redis-address';
export { cliContainer } from './redis-client';
export { connectionMounts, connectionVolumes, workerConnection } from './redis-connection';
export { reachOf } from './redis-reach';
export { DEFAULT_REDIS_IMAGE, REDIS_IDS } from './redis-server';
export { redisShell, shellKeys } from './redis-shell';
export { RedisStore } from './redis-store';
export { isRedisStore, redisStore } from './redis-store-kind';
export {
  type MadeRedisProps,
  type PersistentRedisProps,
  type RedisPodProps,
  ServiceDiscovery,
  type StoreCertificate,
} from './redis-store-props';
export { redisMemory } from './redis-store-table';
export type { ReplicatedRedisProps } from './replicated-redis-props';
export { storeEgress } from './store-egress';
export type { StoreMetricsProps } from './store-metrics-props';
export { takeRoom } from './store-room';
