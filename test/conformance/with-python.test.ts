import { join } from 'node:path';
import { type RedisServer, startRedisServer } from '../../local/redis';
import { findPython } from '../examples/find-python';
import { endWorkers } from '../worker-process';
import { CLIENTS } from './clients';
import { conformanceSuite } from './suite';
import { playWithPython } from './with-python';

const WORKER = join(__dirname, '../../clients/python/tests/remote_handler.py');

const python = findPython();
if (python) {
  describe('the client in Python', () => {
    let redis: RedisServer;
    beforeAll(async () => {
      redis = await startRedisServer();
    });
    afterAll(async () => {
      await endWorkers();
      await redis?.stop();
    });
    conformanceSuite(CLIENTS.python, (scenario) => playWithPython(scenario, redis.url, [python, WORKER]));
  });
} else {
  test('the client in Python was NOT TESTED: no python3 here has the module redis (apt-get install python3-redis)', () => {
    console.warn('The client in Python was NOT TESTED: no python3 here has the module redis.');
  });
}
