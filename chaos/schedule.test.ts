import {
  CREDENTIAL_FAULT_KINDS,
  CROWD_FAULT_KINDS,
  FAULT_KINDS,
  kindsOf,
  PRIMARY_FAULT_KINDS,
  planFaults,
  SLOT_FAULT_KINDS,
} from './schedule';

const plain = { cluster: false, replicas: false, sentinel: false, replicated: false, tls: false, incarnations: 0 };
const options = { seed: 5, faults: 3 * FAULT_KINDS.length, every: 1_000, workers: 4, lease: 3_000, ...plain };

test('the seed alone decides: kinds, targets and times', () => {
  expect(planFaults(options)).toEqual(planFaults({ ...options }));
  expect(planFaults(options)).not.toEqual(planFaults({ ...options, seed: 6 }));
});

test('each kind comes once in a round, and one fault in every interval', () => {
  const planned = planFaults(options);
  for (let round = 0; round < 3; round++) {
    const kinds = planned.slice(round * FAULT_KINDS.length, (round + 1) * FAULT_KINDS.length).map(({ kind }) => kind);
    expect([...kinds].sort()).toEqual([...FAULT_KINDS].sort());
  }
  for (const [i, { at }] of planned.entries()) expect(Math.floor(at / 1_000)).toBe(i + 1);
});

test('faults meet the workers there are, and on the wire the filler, too', () => {
  const planned = planFaults({ ...options, faults: 2_000 });
  const targets = (kind: string) => new Set(planned.filter((fault) => fault.kind === kind).map(({ target }) => target));
  expect([...targets('worker kill -9')].sort()).toEqual([0, 1, 2, 3]);
  expect([...targets('connections cut')].sort()).toEqual([0, 1, 2, 3, 4]);
});

test('past the lease is past the lease, and a moment is well within it', () => {
  for (const { kind, lasts } of planFaults({ ...options, faults: 2_000 })) {
    if (kind.endsWith('past its lease')) expect(lasts).toBeGreaterThan(1.3 * options.lease);
    if (kind === 'worker stopped for a moment') expect(lasts).toBeLessThan(0.5 * options.lease);
  }
});

test("Redis' clock is set either way, by a lease to a day", () => {
  const steps = planFaults({ ...options, faults: 2_000 }).map(({ step }) => step);
  const lengths = steps.map(Math.abs);
  expect(Math.min(...lengths)).toBeGreaterThanOrEqual(options.lease);
  expect(Math.max(...lengths)).toBeLessThanOrEqual(86_400_000);
  const back = steps.filter((step) => step < 0).length;
  expect(back).toBeGreaterThan(900);
  expect(back).toBeLessThan(1_100);
});

test('a signal in four is blind, so that some meet a process that starts', () => {
  const blind = planFaults({ ...options, faults: 2_000 }).filter((fault) => fault.blind).length;
  expect(blind).toBeGreaterThan(400);
  expect(blind).toBeLessThan(600);
});

test('kinds are chosen by a word of their name', () => {
  expect(kindsOf(['worker kill -9'], plain)).toEqual(['worker kill -9', 'worker kill -9 among idle ones']);
  expect(kindsOf([], plain)).toEqual(FAULT_KINDS);
  expect(new Set(planFaults({ ...options, only: ['FLUSH'] }).map(({ kind }) => kind))).toEqual(
    new Set(['SCRIPT FLUSH']),
  );
});

test('slots move in a cluster, which has no replica and no clock that jumps, and crowds are there with incarnations', () => {
  const kinds = kindsOf([], { ...plain, cluster: true, incarnations: 10 });
  expect(kinds).toEqual(expect.arrayContaining([...SLOT_FAULT_KINDS, ...CROWD_FAULT_KINDS, 'redis power cut']));
  expect(kinds).not.toContain('redis failover');
  expect(kinds).not.toContain('redis clock stepped');
  expect(kindsOf(['slot', 'crowd'], plain)).toEqual([]);
});

test.each([{ sentinel: true }, { replicated: true }, { cluster: true, replicas: true }])(
  'with replicas, faults of a primary take the place of those of one server: %j',
  (store) => {
    const kinds = kindsOf([], { ...plain, ...store });
    expect(kinds).toEqual(expect.arrayContaining([...PRIMARY_FAULT_KINDS, 'worker kill -9', 'redis at maxmemory']));
    expect(kinds.filter((kind) => /power cut|slot|redis kill|redis stopped|clock/.test(kind))).toEqual([]);
  },
);

test('with TLS, certificates and passwords are replaced, and no clock goes to where a certificate is not valid', () => {
  for (const store of [{}, { sentinel: true }, { cluster: true, replicas: true }]) {
    const kinds = kindsOf([], { ...plain, ...store, tls: true });
    expect(kinds).toEqual(expect.arrayContaining([...CREDENTIAL_FAULT_KINDS, 'worker kill -9']));
    expect(kinds).not.toContain('redis clock stepped');
  }
  expect(kindsOf(['certificate', 'password'], plain)).toEqual([]);
});

test('the wire of the incarnations is met, too', () => {
  const planned = planFaults({ ...options, faults: 2_000, incarnations: 10 });
  const targets = new Set(planned.filter(({ kind }) => kind === 'connections cut').map(({ target }) => target));
  expect([...targets].sort()).toEqual([0, 1, 2, 3, 4, 5]);
});

test('some slots stay half moved for twenty seconds', () => {
  const lasts = planFaults({ ...options, faults: 2_000, cluster: true })
    .filter(({ kind }) => kind === 'slot half moved for a while')
    .map((fault) => fault.lasts);
  expect(Math.max(...lasts)).toBeGreaterThan(20_000);
  expect(Math.min(...lasts)).toBeLessThan(2_000);
});
