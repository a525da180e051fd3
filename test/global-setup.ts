import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureRedisServer, pathWithRedisCli } from '../local/redis';

/**
 * Once, before the tests are spread over processes: no test is skipped for want of a server, and none installs one.
 * `redis-cli` is the one of that server.
 *
 * cdk8s leaves a folder behind for each app of a test. They are in one temporary folder, which is removed at the end.
 */
export default function globalSetup(): void {
  process.env.REDIS_SERVER_BIN = ensureRedisServer();
  const folder = mkdtempSync(join(tmpdir(), 'work-queue-tests-'));
  // Containers that run under another user pass through it.
  chmodSync(folder, 0o711);
  process.env.TMPDIR = folder;
  // Lines of workers are read as they are for people.
  process.env.WORK_QUEUE_LOG ??= 'text';
  process.env.PATH = pathWithRedisCli(join(folder, 'redis'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
}
