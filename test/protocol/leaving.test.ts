import type { WorkerDriver } from './queue-driver';
import { queueUnderTest } from './queue-under-test';

const under = queueUnderTest();

/** The lease of whoever does not renew runs out; `survivor` finds out. */
async function leaseRunsOut(survivor: WorkerDriver): Promise<void> {
  for (let passed = 0; passed <= 10_000; passed += 2_500) {
    await under.q.pass(2_500);
    await survivor.renew();
  }
  await survivor.exchange();
}

const WAYS = {
  'a renewal': (worker: WorkerDriver) => worker.renew('', worker.number, true),
  'an exchange': (worker: WorkerDriver) => worker.exchange({ leaving: true }),
};

describe.each(Object.entries(WAYS))(
  'told to stop, as %s says, and killed before its items came to their end',
  (_, say) => {
    test.each([1, 2, 3])('of %i attempts none is charged', async (maxAttempts) => {
      const { q } = under;
      await q.rpush('a', 'b', 'c');
      const survivor = await q.enter('survivor');
      for (let time = 0; time < 4; time++) {
        const worker = await q.enter(`worker ${time}`, { maxAttempts });
        const items = await worker.claim(3);
        expect(items.map(({ id, attempts }) => [id, attempts])).toEqual([
          [1, 0],
          [2, 0],
          [3, 0],
        ]);
        await worker.exchange({ advance: 1, outcomes: { keep: [[1, 0]] } });
        await say(worker);
        await leaseRunsOut(survivor);
      }
      expect(await q.state()).toMatchObject({
        attempts: {},
        suspects: {},
        dead: {},
        waiting: { 1: 'a', 2: 'b', 3: 'c' },
      });
    });

    test('what runs alone is not convicted, and still has to run alone', async () => {
      const { q } = under;
      await q.rpush('a');
      const survivor = await q.enter('survivor', { maxAttempts: 1 });
      const crashed = await q.enter('crashed', { maxAttempts: 1 });
      await crashed.claim(1);
      await leaseRunsOut(survivor);
      const worker = await q.enter('worker', { maxAttempts: 1 });
      expect(await worker.exchange({ want: 1 })).toMatchObject({ alone: true });
      await say(worker);
      await leaseRunsOut(survivor);
      expect(await q.state()).toMatchObject({ attempts: { 1: '1 1' }, suspects: { 1: expect.any(String) }, dead: {} });
    });

    test('also what more than one call takes back', async () => {
      const { q } = under;
      await q.rpush(...Array.from({ length: 1_300 }, (_, i) => `${i}`));
      const [survivor, worker] = [await q.enter('survivor'), await q.enter('worker')];
      await worker.claim(1_000);
      await worker.claim(300);
      await say(worker);
      await leaseRunsOut(survivor);
      for (let call = 0; call < 3; call++) await survivor.exchange();
      const { attempts, retries } = await q.state();
      expect([attempts, Object.keys(retries).length]).toEqual([{}, 1_300]);
    });

    test('it is given nothing more, nor waited for as the one that runs a suspect', async () => {
      const { q } = under;
      await q.rpush('suspect', 'a', 'b', 'c');
      const crashed = await q.enter('crashed', { maxAttempts: 1 });
      await crashed.claim(1);
      const [worker, other] = [await q.enter('worker'), await q.enter('other')];
      await worker.claim(1);
      await other.claim(1);
      await crashed.abandon({ crash: [1] });
      expect(await worker.exchange({ want: 1 })).toEqual({ kind: 'held' });
      await say(worker);
      expect(await worker.exchange({ want: 1 })).toEqual({ kind: 'held' });
      expect(await other.exchange({ advance: 1, want: 1 })).toMatchObject({ alone: true, items: [{ id: 1 }] });
    });
  },
);

test('what it says itself when it ends out of turn is charged all the same: that was no kill', async () => {
  const { q } = under;
  await q.rpush('a', 'b');
  const worker = await q.enter('worker');
  await worker.claim(2, { leaving: false });
  await worker.renew('', worker.number, true);
  await worker.abandon({ crash: [1] });
  expect(await q.state()).toMatchObject({ attempts: { 1: '1 1' }, waiting: { 1: 'a', 2: 'b' } });
});

test('Redis forgets that it was told: the next renewal says it again', async () => {
  const { q } = under;
  await q.rpush('a');
  const [survivor, worker] = [await q.enter('survivor'), await q.enter('worker')];
  await worker.claim(1);
  const goBack = await q.keep();
  await worker.renew('', worker.number, true);
  await goBack();
  await worker.renew('', worker.number, true);
  await leaseRunsOut(survivor);
  expect((await q.state()).attempts).toEqual({});
});
