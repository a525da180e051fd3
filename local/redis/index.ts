export { appendOnlyFile, cutPower, cutTornTransaction, written } from './append-only-file';
export { findRedisServer } from './find-redis-server';
export { ensureRedisServer } from './install-redis-server';
export { MovableClock, NO_MOVABLE_CLOCK } from './movable-clock';
export { pathWithRedisCli } from './redis-cli';
export { RedisServer, type RedisServerOptions, startRedisServer } from './start-redis-server';
