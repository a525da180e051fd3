import fc from 'fast-check';
import type * as LeaseModule from '../../worker/lease';
import { RedisModel } from './redis-model';
import { WorkerUnderTest } from './worker-under-test';

/** After this position an incarnation gives way to a fresh one. */
let mockLastPosition = 0;

jest.mock('../../worker/lease', () => ({
  ...jest.requireActual<typeof LeaseModule>('../../worker/lease'),
  get LAST_POSITION() {
    return mockLastPosition;
  },
}));

/** `DRAIN_RUNS=100000 DRAIN_SEED=7 npx jest test/drain` looks longer, and elsewhere. */
const RUNS = Number(process.env.DRAIN_RUNS ?? 2_500);
const SEED = Number(process.env.DRAIN_SEED ?? 1);

type Step = (worker: WorkerUnderTest, n: number) => void;

const MAIN_THREAD = {
  enter: (worker) => worker.enter(),
  start: (worker, n) => worker.start(n),
  startQuick: (worker, n) => worker.start(n, true),
  finish: (worker, n) => worker.finish(n),
  turn: (worker) => worker.turn(),
  beat: (worker) => worker.beat(),
  wake: (worker) => worker.wake(),
  hear: (worker, n) => worker.hear(n === 0),
  timer: (worker) => worker.timer(),
  lookAhead: (worker, n) => worker.lookAheadOf(n),
  slowDown: (worker, n) => n === 0 && worker.slowDown(),
  stop: (worker, n) => n === 0 && worker.stop(),
  leave: (worker, n) => n === 0 && worker.leave(),
} satisfies Record<string, Step>;

const LEASE_THREAD = {
  tick: (worker, n) => worker.tick([20, 40, 60, 120][n % 4] as number),
  message: (worker) => worker.message(),
  hearRenewal: (worker) => worker.hearRenewal(),
  giveUpRenewal: (worker) => worker.giveUpRenewal(),
  loseThread: (worker, n) => n === 0 && worker.loseThread(),
  renewThread: (worker) => !worker.vitals.watched && worker.renewThread(),
} satisfies Record<string, Step>;

const REDIS = {
  carryExchange: (worker) => worker.carryExchange(),
  carryRenewal: (worker, n) => worker.carryRenewal(n),
  takeElsewhere: (worker) => worker.redis.takeElsewhere(),
  finishElsewhere: (worker) => worker.redis.finishElsewhere(),
  lapse: (worker, n) => n === 0 && worker.redis.lapse(),
} satisfies Record<string, Step>;

const STEPS: Record<string, Step> = { ...MAIN_THREAD, ...LEASE_THREAD, ...REDIS };

/** Steps without which little happens come more often. */
const OFTEN = ['start', 'finish', 'hear', 'hear', 'tick', 'tick', 'carryExchange', 'carryExchange', 'carryRenewal'];

function stepOf(...sides: Record<string, Step>[]) {
  const names = sides.flatMap((side) => Object.keys(side));
  return fc.record({ name: fc.constantFrom(...names, ...OFTEN.filter((name) => names.includes(name))), n: fc.nat(7) });
}

/** A step of one thread, and what the other one and Redis do between two of its accesses to what both share. */
const steps = fc.array(
  fc.oneof(
    fc.record({
      step: stepOf(MAIN_THREAD),
      at: fc.nat(9),
      between: fc.array(stepOf(LEASE_THREAD, REDIS), { maxLength: 7 }),
    }),
    fc.record({
      step: stepOf(LEASE_THREAD),
      at: fc.nat(4),
      between: fc.array(stepOf(MAIN_THREAD, REDIS), { maxLength: 7 }),
    }),
    fc.record({ step: stepOf(REDIS), at: fc.constant(0), between: fc.constant([]) }),
  ),
  { minLength: 20, maxLength: 120, size: 'max' },
);

/** Called before each access to shared memory. */
let beforeAccess: () => void = () => {};
const { load, store, compareExchange, or } = Atomics;
const ACCESSES = { load, store, compareExchange, or };

beforeAll(() => {
  // Not by spies, which would remember each of millions of calls.
  for (const [name, access] of Object.entries(ACCESSES)) {
    const watched = (...args: Parameters<typeof load>) => {
      beforeAccess();
      return (access as typeof load)(...args);
    };
    Object.assign(Atomics, { [name]: watched });
  }
});

afterAll(() => void Object.assign(Atomics, ACCESSES));

function run(worker: WorkerUnderTest, { name, n }: { name: string; n: number }): void {
  STEPS[name]?.(worker, n);
}

test(
  `whatever main thread, lease thread and Redis do in whatever order, each item is started or given back (${RUNS} runs, seed ${SEED})`,
  () => {
    fc.assert(
      fc.property(
        fc.nat(30),
        fc.constantFrom(0, 0, 5),
        fc.integer({ min: 1, max: 3 }),
        steps,
        fc.boolean(),
        fc.constantFrom(1_000, 4),
        fc.boolean(),
        (items, loners, concurrency, sequence, blocks, lastPosition, mayLeave) => {
          mockLastPosition = lastPosition;
          const worker = new WorkerUnderTest(new RedisModel(items, loners, mayLeave), concurrency);
          worker.enter();
          for (const { step, at, between } of sequence) {
            let accesses = 0;
            beforeAccess = () => {
              if (accesses++ !== at) return;
              beforeAccess = () => {};
              for (const each of between) run(worker, each);
            };
            run(worker, step);
            beforeAccess = () => {};
            worker.check();
          }
          if (blocks) worker.checkBlocked();
          worker.checkEnds();
        },
      ),
      { numRuns: RUNS, seed: SEED },
    );
  },
  // Far more than they take, also on a machine with much to do.
  300_000 + RUNS * 100,
);
