import fc from 'fast-check';
import type { JobSpec } from '../../local/job-controller';
import { FleetModel, type FleetOptions } from './fleet-model';

/** `FLEET_RUNS=100000 FLEET_SEED=7 npx jest test/fleets/model` looks longer, and elsewhere. */
const RUNS = Number(process.env.FLEET_RUNS ?? 1_500);
const SEED = Number(process.env.FLEET_SEED ?? 1);

const NO_LIMIT = 2 ** 31 - 1;

/** The Job of a fleet, and the fewest workers that it may be scaled to. */
interface Kind {
  readonly jobOf: (workers: number) => FleetOptions;
  readonly fewest: (workers: number) => number;
}

const closersOf = (workers: number) => Math.ceil(workers / 10);

function indexed(more: (workers: number) => JobSpec = () => ({})): Kind['jobOf'] {
  return (workers) => ({
    spec: {
      parallelism: workers,
      completions: workers,
      completionMode: 'Indexed',
      backoffLimit: NO_LIMIT,
      ...more(workers),
    },
    mayLeave: (index) => index >= closersOf(workers),
  });
}

const perIndex: JobSpec = { backoffLimitPerIndex: NO_LIMIT };

function successPolicy(workers: number): JobSpec {
  const last = closersOf(workers) - 1;
  return { successPolicy: { rules: [{ succeededIndexes: `0-${last}`, succeededCount: 1 }] } };
}

const stays = (jobOf: Kind['jobOf']): Kind['jobOf'] => {
  return (workers) => ({ ...jobOf(workers), mayLeave: () => false });
};

const asRendered = indexed((workers) => ({ ...perIndex, ...successPolicy(workers) }));

const KINDS: Record<string, Kind> = {
  'with indexes, whose idle workers leave': { jobOf: asRendered, fewest: closersOf },
  'with indexes, whose idle workers wait': { jobOf: stays(asRendered), fewest: closersOf },
  'without a success policy, which was pruned': { jobOf: indexed(() => perIndex), fewest: () => 1 },
  'without a limit per index, which was pruned': { jobOf: indexed(successPolicy), fewest: closersOf },
  'without either, whose idle workers leave': { jobOf: indexed(), fewest: () => 1 },
  'without indexes': {
    jobOf: (workers) => ({
      spec: { parallelism: workers, backoffLimit: NO_LIMIT },
      mayLeave: () => false,
    }),
    fewest: () => 0,
  },
};

const STEPS = {
  push: (fleet: FleetModel, n: number) => fleet.push(n),
  seal: (fleet: FleetModel) => fleet.seal(),
  claim: (fleet: FleetModel, n: number) => fleet.claim(n, 1 + (n % 3)),
  finish: (fleet: FleetModel, n: number) => fleet.finish(n, false),
  giveUp: (fleet: FleetModel, n: number) => fleet.finish(n, true),
  ask: (fleet: FleetModel, n: number) => fleet.ask(n),
  kill: (fleet: FleetModel, n: number) => fleet.kill(n),
  killClosers: (fleet: FleetModel) => fleet.killClosers(),
  deletePod: (fleet: FleetModel, n: number) => fleet.terminate(n, false),
  evict: (fleet: FleetModel, n: number) => fleet.terminate(n, true),
  stop: (fleet: FleetModel, n: number) => fleet.stop(n),
  recover: (fleet: FleetModel) => fleet.recover(),
  retry: (fleet: FleetModel) => fleet.retry(),
  scale: (fleet: FleetModel, n: number, fewest: number) => fleet.scale(fewest + n),
  narrow: (fleet: FleetModel, n: number) => fleet.narrow(n),
  suspend: (fleet: FleetModel) => fleet.suspend(true),
  resume: (fleet: FleetModel) => fleet.suspend(false),
  pass: (fleet: FleetModel, n: number) => fleet.pass(1_000 * 2 ** (n % 10)),
} satisfies Record<string, (fleet: FleetModel, n: number, fewest: number) => void>;

type Step = keyof typeof STEPS;

/** Steps without which little happens come more often. */
const OFTEN: readonly Step[] = ['claim', 'finish', 'ask', 'pass'].flatMap((name) => Array<Step>(5).fill(name as Step));

const history = fc.record({
  workers: fc.constantFrom(1, 2, 3, 4, 11, 12),
  items: fc.nat(6),
  // Most are filled when the workers come.
  sealed: fc.nat(4).map((n) => n > 0),
  steps: fc.array(fc.record({ name: fc.constantFrom(...(Object.keys(STEPS) as Step[]), ...OFTEN), n: fc.nat(12) }), {
    minLength: 20,
    maxLength: 100,
    size: 'max',
  }),
});

interface Count {
  complete: number;
  left: number;
}

/** A history of a fleet, and both directions of the promise at its end. */
function promise({ jobOf, fewest }: Kind, count: Count = { complete: 0, left: 0 }) {
  return fc.property(history, ({ workers, items, sealed, steps }) => {
    const fleet = new FleetModel(jobOf(workers));
    fleet.push(items);
    if (sealed) fleet.seal();
    for (const { name, n } of steps) {
      if (fleet.end) break;
      STEPS[name](fleet, n, fewest(workers));
    }
    if (fleet.end) count.complete++;
    fleet.settle(workers);
    if (fleet.left > 0) count.left++;
    expect({ condition: fleet.end?.condition, drained: fleet.drainedAtEnd }).toEqual({
      condition: 'Complete',
      drained: true,
    });
  });
}

describe('a Job is Complete if all is done, and only then, whatever befalls its pods', () => {
  test.each(Object.entries(KINDS))('%s', (name, kind) => {
    const count = { complete: 0, left: 0 };
    fc.assert(promise(kind, count), { numRuns: RUNS, seed: SEED });
    // Histories in which nothing happens would prove nothing.
    expect(count.complete).toBeGreaterThan(RUNS / 20);
    expect(count.left > RUNS / 20).toBe(name.includes('leave') || name.includes('pruned'));
  });
});

describe('the history that breaks it is found where', () => {
  // That there is one says enough: it need not be made short.
  const found = (kind: Kind) => fc.check(promise(kind), { numRuns: RUNS, seed: SEED, endOnFailure: true }).failed;

  test('all workers may leave', () => {
    const jobOf: Kind['jobOf'] = (workers) => ({ ...asRendered(workers), mayLeave: () => true });
    expect(found({ jobOf, fewest: closersOf })).toBe(true);
  });

  test('workers without an index may leave', () => {
    const jobOf: Kind['jobOf'] = (workers) => ({
      spec: { parallelism: workers, backoffLimit: NO_LIMIT },
      mayLeave: (place) => place >= closersOf(workers),
    });
    expect(found({ jobOf, fewest: () => 1 })).toBe(true);
  });

  test('those with the highest indexes stay', () => {
    const jobOf: Kind['jobOf'] = (workers) => {
      const { spec } = indexed(() => perIndex)(workers);
      return { spec, mayLeave: (index) => index < workers - closersOf(workers) };
    };
    expect(found({ jobOf, fewest: () => 1 })).toBe(true);
  });

  test('the success policy counts any index', () => {
    const jobOf = indexed(() => ({ ...perIndex, successPolicy: { rules: [{ succeededCount: 1 }] } }));
    expect(found({ jobOf, fewest: () => 1 })).toBe(true);
  });

  test('a Job without a success policy is scaled to no index at all', () => {
    expect(found({ jobOf: indexed(() => perIndex), fewest: () => 0 })).toBe(true);
  });
});
