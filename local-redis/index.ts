export { findRedisServer } from './find-redis-server';
export { ensureRedisServer } from './install-redis-server';
export { RedisServer, type RedisServerOptions, startRedisServer } from './start-redis-server';
