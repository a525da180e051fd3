import { ensureRedisServer } from '../local-redis';

/** Once, before the tests are spread over processes: no test is skipped for want of a server, and none installs one. */
export default function globalSetup(): void {
  process.env.REDIS_SERVER_BIN = ensureRedisServer();
}
