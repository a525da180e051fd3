import { ConfigurationError } from '../errors';
import type { Log } from '../log';
import { type Connection, failureOf } from './connection';

const FLOOR = [6, 2];

/**
 * Looks whether this Redis can keep a queue: its version, and that it evicts nothing.
 *
 * @throws ConfigurationError it cannot; the message says what to set
 */
export async function checkStore(connection: Connection, log: Log): Promise<void> {
  let info: string;
  try {
    info = String(await connection.command('INFO'));
  } catch (error) {
    if (failureOf(error) !== 'denied' || !/NOPERM/.test(String(error))) throw error;
    log.warn(
      'this Redis user may not read INFO, so the worker cannot check that maxmemory-policy is noeviction; allow +info',
    );
    return;
  }
  const version = /^redis_version:(\S+)/m.exec(info)?.[1];
  if (version) {
    const [major = 0, minor = 0] = version.split('.').map(Number);
    if (major < (FLOOR[0] as number) || (major === FLOOR[0] && minor < (FLOOR[1] as number))) {
      throw new ConfigurationError(`this is Redis ${version}; 6.2 or later is needed, or Valkey`);
    }
  }
  const policy = /^maxmemory_policy:(\S+)/m.exec(info)?.[1];
  if (policy?.startsWith('allkeys-')) {
    throw new ConfigurationError(
      `this Redis evicts keys when its memory is full (maxmemory-policy ${policy}), which would lose items; set maxmemory-policy noeviction`,
    );
  }
}
