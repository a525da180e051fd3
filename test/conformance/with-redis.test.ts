import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RedisServer, startRedisServer } from '../../local/redis';
import { endWorkers } from '../worker-process';
import { conformanceSuite } from './suite';
import { bundleWorker, playWithRedis } from './with-redis';

let redis: RedisServer;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'conformance-'));
  [redis] = await Promise.all([startRedisServer(), bundleWorker(join(folder, 'worker.js'))]);
});

afterAll(async () => {
  await endWorkers();
  await redis?.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('the runtime with Redis', () =>
  conformanceSuite((scenario) => playWithRedis(scenario, redis.url, join(folder, 'worker.js'))));
