import { spawnSync } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

/** Names a server goes by; Redis first, because that is what the walkthrough runs. */
const NAMES = ['redis-server', 'valkey-server'];

/**
 * Path of a Redis server on this machine: `REDIS_SERVER_BIN` if that is set, else `redis-server` or `valkey-server`
 * on the PATH, else undefined.
 *
 * @throws if `REDIS_SERVER_BIN` names something that cannot be run or is no server: a setting must not be ignored silently.
 */
export function findRedisServer(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const override = env.REDIS_SERVER_BIN;
  if (override) {
    const path = override.includes('/') ? executable(resolve(override)) : onPath(override, env);
    const problem = path ? noServer(path) : 'which is not a file that can be run';
    if (!path || problem) {
      throw new Error(
        `REDIS_SERVER_BIN is "${override}", ${problem}. ` +
          'Set it to the path of a redis-server or valkey-server (6.2 or newer), or unset it to have one found.',
      );
    }
    return path;
  }
  for (const name of NAMES) {
    const path = onPath(name, env);
    if (path) return path;
  }
  return undefined;
}

/** Where `name` is on the PATH, as a shell would look it up. */
export function onPath(name: string, env: NodeJS.ProcessEnv = process.env): string | undefined {
  for (const folder of (env.PATH ?? '').split(delimiter)) {
    const path = folder && executable(join(folder, name));
    if (path) return path;
  }
  return undefined;
}

/** A server says, for example, `Redis server v=7.0.15 sha=…` and ends. Those that grew out of Redis put their own name there. */
function noServer(path: string): string | undefined {
  const { stdout, stderr, error } = spawnSync(path, ['--version'], { encoding: 'utf8', timeout: 60_000 });
  const said = (error?.message ?? (stdout || stderr)).trim().split('\n')[0] || 'nothing';
  const [, major = '', minor = ''] = /^(?:\w+ )?server v=(\d+)\.(\d+)/i.exec(said) ?? [];
  if (!major) return `which is no Redis or Valkey: --version says ${JSON.stringify(said)}`;
  return Number(major) * 100 + Number(minor) < 602 ? `which is version ${major}.${minor}` : undefined;
}

/** `path`, if it is a file that can be run. */
export function executable(path: string): string | undefined {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile() ? path : undefined;
  } catch {
    return undefined;
  }
}
