import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RedisServer, startRedisServer } from '../../local/redis';
import { bundleWorker } from '../bundled-worker';
import { endWorkers } from '../worker-process';
import { CLIENTS } from './clients';
import { conformanceSuite } from './suite';
import { playWithRedis } from './with-redis';

let redis: RedisServer;
let folder: string;
let worker: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'conformance-'));
  [redis, worker] = await Promise.all([startRedisServer(), bundleWorker(join(__dirname, 'redis-worker.ts'), folder)]);
});

afterAll(async () => {
  await endWorkers();
  await redis?.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('the runtime with Redis', () => {
  conformanceSuite(CLIENTS.redis, (scenario) => playWithRedis(scenario, redis.url, worker));
});
