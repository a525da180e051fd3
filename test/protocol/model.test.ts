import fc from 'fast-check';
import { type RedisServer, startRedisServer } from '../../local/redis';
import { finish, sequences } from './operations';
import { QueueDriver } from './queue-driver';
import { QueueModel } from './queue-model';

/** `PROTOCOL_RUNS=5000 PROTOCOL_SEED=7 npx jest --testPathPatterns protocol/model` looks longer, and elsewhere. */
const RUNS = Number(process.env.PROTOCOL_RUNS ?? 120);
const SEED = Number(process.env.PROTOCOL_SEED ?? 1);

let server: RedisServer;
let driver: QueueDriver;

beforeAll(async () => {
  server = await startRedisServer();
  driver = new QueueDriver(server.url);
});

afterAll(async () => {
  driver.close();
  await server.stop();
});

test(
  `whatever happens in whatever order, the queue is what the model says (${RUNS} runs, seed ${SEED})`,
  async () => {
    await fc.assert(
      fc.asyncProperty(sequences(80), async (steps) => {
        await driver.reset();
        const model = new QueueModel();
        model.now = driver.now;
        await fc.asyncModelRun(() => ({ model, real: driver }), steps);
        await finish(model, driver);
      }),
      { numRuns: RUNS, seed: SEED },
    );
  },
  20_000 + RUNS * 1_000,
);
