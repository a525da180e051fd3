import fc from 'fast-check';
import { finish, sequences } from './operations';
import { QueueModel } from './queue-model';
import { queueUnderTest } from './queue-under-test';

/** `PROTOCOL_RUNS=5000 PROTOCOL_SEED=7 npx jest --testPathPatterns protocol/model` looks longer, and elsewhere. */
const RUNS = Number(process.env.PROTOCOL_RUNS ?? 120);
const SEED = Number(process.env.PROTOCOL_SEED ?? 1);

const under = queueUnderTest();

test(
  `whatever happens in whatever order, the queue is what the model says (${RUNS} runs, seed ${SEED})`,
  async () => {
    await fc.assert(
      fc.asyncProperty(sequences(80), async (steps) => {
        await under.q.reset();
        const model = new QueueModel();
        model.now = under.q.now;
        await fc.asyncModelRun(() => ({ model, real: under.q }), steps);
        await finish(model, under.q);
      }),
      { numRuns: RUNS, seed: SEED },
    );
  },
  // Far more than they take, also on a machine with much to do.
  300_000 + RUNS * 3_000,
);
