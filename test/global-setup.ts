import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureRedisServer, pathWithRedisCli } from '../local/redis';
import { bundleWorker } from './bundled-worker';

/**
 * Once, before the tests are spread over processes: no test is skipped for want of a server, and none installs one.
 * `redis-cli` is the one of that server.
 *
 * cdk8s leaves a folder behind for each app of a test. They are in one temporary folder, which is removed at the end.
 */
export default async function globalSetup(): Promise<void> {
  process.env.REDIS_SERVER_BIN = ensureRedisServer();
  // Those of this machine's proxy: each Node that is started would read them all first, which takes longer than its start.
  delete process.env.NODE_EXTRA_CA_CERTS;
  const folder = mkdtempSync(join(tmpdir(), 'work-queue-tests-'));
  // Containers that run under another user pass through it.
  chmodSync(folder, 0o711);
  process.env.TMPDIR = folder;
  // Lines of workers are read as they are for people.
  process.env.WORK_QUEUE_LOG ??= 'text';
  process.env.PATH = pathWithRedisCli(join(folder, 'redis'));
  process.env.WORKER_BY_PAYLOAD = await bundleWorker(join(__dirname, 'workers/by-payload.js'), folder);
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
}
