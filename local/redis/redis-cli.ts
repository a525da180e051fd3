import { mkdirSync, realpathSync, symlinkSync } from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';
import { executable, findRedisServer, onPath } from './find-redis-server';

/**
 * A PATH on which `redis-cli` is the one that came with the server, as in its image: `valkey-cli` beside `valkey-server`.
 * What has none beside it leaves the PATH as it is.
 *
 * @param folder where a link is put, if the PATH does not lead there anyway
 */
export function pathWithRedisCli(folder: string, env: NodeJS.ProcessEnv = process.env): string {
  const { PATH = '' } = env;
  const cli = cliOf(findRedisServer(env));
  const found = onPath('redis-cli', env);
  if (!cli || (found && realpathSync(found) === realpathSync(cli))) return PATH;
  mkdirSync(folder, { recursive: true });
  symlinkSync(cli, join(folder, 'redis-cli'));
  return [folder, PATH].join(delimiter);
}

function cliOf(server: string | undefined): string | undefined {
  if (!server) return undefined;
  // A server may be a link, as /usr/local/bin has them.
  for (const path of [server, realpathSync(server)]) {
    const cli = executable(join(dirname(path), basename(path).replace(/server$/, 'cli')));
    if (cli && cli !== path) return cli;
  }
  return undefined;
}
