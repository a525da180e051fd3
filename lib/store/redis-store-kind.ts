import { isRecord, type Kind, kind } from '../props';
import type { RedisStore } from './redis-store';

/** A store, made by RedisStore. */
export const redisStore: Kind<RedisStore> = kind(
  isRedisStore,
  'It must be a RedisStore: RedisStore.external(chart, "redis", { host: "redis.example.com" }), or .sentinel, .cluster, .pod, .persistent.',
);

/** Whether it is a store, of any copy of this package. */
export function isRedisStore(given: unknown): given is RedisStore {
  if (!isRecord(given)) return false;
  const { host, port, url, image, tls, serviceLinks, clientLabels } = given as unknown as RedisStore;
  return (
    [host, url, image].every((text) => typeof text === 'string') &&
    [tls, serviceLinks].every((flag) => typeof flag === 'boolean') &&
    typeof port === 'number' &&
    isRecord(clientLabels)
  );
}
