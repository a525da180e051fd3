import type { Connection } from '../redis';
import type { FromLeaseThread } from './lease';
import { Renewal } from './renewal';
import { Vitals } from './vitals';

const LEASE = 4_000;

/** Renewals of an incarnation, with a Redis that answers this. */
function renewalWith(answer: () => Promise<number>) {
  const vitals = new Vitals(1);
  const told: FromLeaseThread[] = [];
  const connection = { run: jest.fn(answer) };
  const renewal = new Renewal(connection as unknown as Connection, 'fruit', LEASE, vitals, (message) =>
    told.push(message),
  );
  renewal.incarnation = { id: 'one', epoch: 'epoch' };
  return { renewal, vitals, told, connection };
}

/** After how many ms from now a renewal is due, or one more, as sums of times are rounded. */
function dueIn(renewal: Renewal): number {
  const now = performance.now();
  let ms = 0;
  while (!renewal.isDue(now + ms)) ms++;
  return ms;
}

test('renews four times a lease, or twice a gap where that is shorter', async () => {
  const { renewal } = renewalWith(async () => 1_000);
  expect(dueIn(renewal)).toBeGreaterThan(500);
  expect(await renewal.send()).toBe(true);
  const due = dueIn(renewal);
  expect(due).toBeGreaterThan(250);
  expect(due).toBeLessThanOrEqual(501);
});

test.each([
  ['that fails', () => Promise.reject(new Error('away'))],
  ['of a lease that is lost', async () => 0],
])('after a renewal %s, the leaving is told again, though not at once', async (_, answer) => {
  const { renewal, vitals } = renewalWith(answer);
  vitals.sayLeaving();
  expect(dueIn(renewal)).toBe(0);
  expect(await renewal.send()).toBe(false);
  const due = dueIn(renewal);
  expect(due).toBeGreaterThan(0);
  expect(due).toBeLessThanOrEqual(251);
});

test('the leaving that Redis has heard of is not told at once any more', async () => {
  const { renewal, vitals, connection } = renewalWith(async () => 10_000);
  vitals.sayLeaving();
  expect(await renewal.send()).toBe(true);
  expect(connection.run.mock.calls[0]).toContainEqual(['one', 'epoch', '', 0, 1, 1]);
  expect(dueIn(renewal)).toBeGreaterThan(500);
});

test('there is nothing to renew while the worker rests, and all of a lease when it goes on', async () => {
  const { renewal, vitals } = renewalWith(async () => 10_000);
  const now = performance.now();
  vitals.resting = true;
  vitals.sayLeaving();
  for (const ms of [1_000, 100_000]) {
    expect(renewal.isDue(now + ms)).toBe(false);
    expect(renewal.isNear(now + ms)).toBe(false);
  }
  vitals.resting = false;
  expect(renewal.isDue(now + 100_020)).toBe(true);
  await renewal.send();
  vitals.resting = true;
  expect(renewal.isDue(now + 200_000)).toBe(false);
  vitals.resting = false;
  expect(renewal.isNear(now + 200_499)).toBe(false);
  expect(renewal.isNear(now + 200_500)).toBe(true);
  expect(renewal.isDue(now + 200_999)).toBe(false);
  expect(renewal.isDue(now + 201_000)).toBe(true);
});

test('a lease that is lost is the concern of its own incarnation alone', async () => {
  const { renewal, told } = renewalWith(async () => 0);
  await renewal.send();
  expect(told).toEqual([{ lost: 'one' }]);
  const late = renewal.send();
  renewal.incarnation = { id: 'two', epoch: 'epoch' };
  await late;
  expect(told).toHaveLength(1);
});

test('where exchanges keep the lease, Redis is asked once a minute all the same who says how far the queue is', async () => {
  const reply = JSON.stringify({ told: { ms: 60_000, ended: 6, all: 6, left: 4, dead: 0 } });
  const { renewal, vitals, told } = renewalWith(async () => [10_000, reply] as unknown as number);
  const now = performance.now();
  const dueAfter: number[] = [];
  for (let ms = 0; ms <= 121_000; ms += 500) {
    vitals.renew(ms + 1);
    if (!renewal.isDue(now + ms)) continue;
    dueAfter.push(ms);
    break;
  }
  expect(dueAfter).toEqual([60_000]);
  expect(await renewal.send()).toBe(true);
  expect(told).toEqual([{ told: { ms: 60_000, ended: 6, all: 6, left: 4, dead: 0 } }]);
});
