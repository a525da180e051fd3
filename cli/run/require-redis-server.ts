import { findRedisServer } from '../../local/redis';
import { CommandError } from '../failures';

/** @throws CommandError there is none that this command could start */
export function requireRedisServer(command: string): void {
  if (findRedisServer()) return;
  throw new CommandError(
    `\`${command}\` starts a Redis of its own, and there is no redis-server or valkey-server on the PATH. Install one ` +
      '(apt-get install redis-server, brew install redis), or set REDIS_SERVER_BIN to its path.',
  );
}
