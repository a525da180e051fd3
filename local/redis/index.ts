export { appendOnlyFile, cutPower, cutTornTransaction, written } from './append-only-file';
export { Authority, CAN_ISSUE, type CertificateOptions } from './authority';
export { findRedisServer } from './find-redis-server';
export { ensureRedisServer } from './install-redis-server';
export { MovableClock, NO_MOVABLE_CLOCK } from './movable-clock';
export { pathWithRedisCli } from './redis-cli';
export { RedisServer, type RedisServerOptions, type ServerCertificate, startRedisServer } from './start-redis-server';
