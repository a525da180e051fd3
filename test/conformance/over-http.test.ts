import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RedisServer, startRedisServer } from '../../local/redis';
import { bundleWorker } from '../bundled-worker';
import { endWorkers } from '../worker-process';
import { CLIENTS } from './clients';
import { playOverHttp } from './over-http';
import { conformanceSuite } from './suite';

const AGENT = join(__dirname, '../../build/agent.js');

let redis: RedisServer;
let folder: string;
let program: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'conformance-'));
  [redis, program] = await Promise.all([startRedisServer(), bundleWorker(join(__dirname, 'http-program.ts'), folder)]);
});

afterAll(async () => {
  await endWorkers();
  await redis?.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('the agent over HTTP', () => {
  conformanceSuite(CLIENTS.agent, (scenario) => playOverHttp(scenario, redis.url, { agent: AGENT, program }));
});
