import { SCRIPTS } from '../../worker/scripts';
import type { WorkerDriver } from './queue-driver';
import { queueUnderTest } from './queue-under-test';

// Who says once a minute how far the queue is.

const under = queueUnderTest();

/** What a worker is to say, if it is the one. */
async function told(worker: WorkerDriver): Promise<object | undefined> {
  const reply = await under.q.run(SCRIPTS.renew, worker.name, worker.epoch, '', worker.number, '', 1);
  return Array.isArray(reply) ? JSON.parse(String(reply[1])).told : undefined;
}

/** Time in which both renew. */
async function pass(ms: number, ...workers: WorkerDriver[]): Promise<void> {
  for (let passed = 0; passed < ms; passed += 2_000) {
    await under.q.pass(Math.min(2_000, ms - passed));
    for (const worker of workers) await worker.renew();
  }
}

test('one of them a minute, by the clock of the queue, and nobody in the first one', async () => {
  const { q } = under;
  await q.fill(
    'f',
    'b',
    0,
    Array.from({ length: 20 }, (_, i) => `item ${i}`),
  );
  await q.seal('b');
  const [one, two] = [await q.enter('one'), await q.enter('two')];
  await one.claim(10, { need: 10 });
  await two.claim(2);
  await one.exchange({ advance: 4, outcomes: { dead: [[2, 1, '{}']] } });
  await pass(58_000, one, two);
  expect([await told(one), await told(two)]).toEqual([undefined, undefined]);
  await pass(4_000, one, two);
  expect(await told(two)).toMatchObject({ ended: 4, all: 4, left: 16, total: 20, dead: 1 });
  expect([await told(one), await told(two)]).toEqual([undefined, undefined]);
  await one.exchange({ advance: 3 });
  await pass(62_000, one, two);
  expect(await told(one)).toEqual({ ms: expect.any(Number), ended: 3, all: 7, left: 13, total: 20, dead: 1 });
  expect(await told(two)).toBeUndefined();
});

test('a worker that does not ask is told nothing, and leaves nothing behind', async () => {
  const { q } = under;
  await q.rpush('a', 'b');
  const one = await q.enter('one');
  await one.claim(1);
  await pass(70_000, one);
  expect(await one.renewal()).toEqual({ gap: 5_000 });
  expect((await q.state()).meta).not.toHaveProperty('told');
  expect(await told(one)).toMatchObject({ ended: 0, all: 0, left: 2 });
});
