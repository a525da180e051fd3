import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { useQueue } from '../queue-under-test';
import { Fleet, type FleetOptions } from './fleet';

const queue = useQueue();
const fleetOf = (workers: number, more: Partial<FleetOptions> = {}) => new Fleet(queue, { workers, ...more });

const sleeping = (count: number, ms = 25) => Array.from({ length: count }, (_, index) => `sleep ${ms} ${index}`);

/** The Job is Complete, and every item is done. */
async function expectKept(fleet: Fleet, items: number): Promise<void> {
  const { condition } = await fleet.ended;
  const { done, dead, waiting, leased, retrying } = await queue.withClient((client) => client.status());
  expect({ condition, done, dead, waiting, leased, retrying }).toEqual({
    condition: 'Complete',
    done: items,
    dead: 0,
    waiting: 0,
    leased: 0,
    retrying: 0,
  });
}

describe('workers with nothing left to claim leave, and the Job is Complete when all is done, and only then:', () => {
  test('while one of those that may leave runs the last item', async () => {
    await queue.fill(...sleeping(40), 'wait last');
    const fleet = fleetOf(4);
    const holder = await fleet.holder('wait last');
    const closers = holder.place < fleet.closers ? 0 : 1;
    await fleet.left(4 - 1 - closers);
    expect(fleet.end).toBeUndefined();
    await fleet.release('wait last');
    await expectKept(fleet, 41);
    expect(fleet.end?.reason).toBe('SuccessPolicy');
  });

  test('pods are lost in series, at the start, in the middle and at the very end', async () => {
    await queue.fill(...sleeping(200), 'wait last');
    const fleet = fleetOf(4);
    const losses = [
      (place: number) => fleet.at(place)?.worker.kill('SIGKILL'),
      (place: number) => fleet.at(place) && fleet.delete(fleet.at(place)!),
      (place: number) => fleet.at(place) && fleet.evict(fleet.at(place)!),
    ];
    for (const [index, done] of [0, 1, 40, 80, 120, 160, 200].entries()) {
      await fleet.done(done);
      losses[index % losses.length]?.(index % 4);
    }
    // The worker with the last item is lost as well, with its place, and then the one that has it next.
    for (let n = 0; n < 3; n++) {
      const holder = await fleet.holder('wait last');
      holder.worker.kill(n === 1 ? 'SIGKILL' : 'SIGTERM');
      await holder.ended;
    }
    await fleet.release('wait last');
    await expectKept(fleet, 201);
  });

  test('all that stay until the end are lost at once, after the others have left', async () => {
    await queue.fill(...sleeping(40), 'wait last');
    const fleet = fleetOf(11);
    expect(fleet.closers).toBe(2);
    const holder = await fleet.holder('wait last');
    await fleet.left(holder.place < 2 ? 9 : 8);
    for (const pod of [...fleet.active]) pod.worker.kill('SIGKILL');
    await holder.ended;
    // Only they come back, and the one that had the item.
    await fleet.release('wait last');
    await expectKept(fleet, 41);
  });

  test('it is scaled down below the number that left, and up again', async () => {
    await queue.fill(...sleeping(20), 'wait last');
    const fleet = fleetOf(6);
    const holder = await fleet.holder('wait last');
    await fleet.left(holder.place === 0 ? 5 : 4);
    fleet.scale(2);
    if (holder.place > 1) await holder.ended;
    fleet.scale(5);
    await fleet.holder('wait last');
    expect(fleet.end).toBeUndefined();
    await fleet.release('wait last');
    await expectKept(fleet, 21);
  });

  test('it is suspended after most have left, and resumed', async () => {
    await queue.fill(...sleeping(20), 'wait last');
    const fleet = fleetOf(4);
    const holder = await fleet.holder('wait last');
    await fleet.left(holder.place === 0 ? 3 : 2);
    fleet.patch({ suspend: true });
    await Promise.all([...fleet.active].map(({ ended }) => ended));
    expect(fleet.end).toBeUndefined();
    fleet.patch({ suspend: false });
    await fleet.release('wait last');
    await expectKept(fleet, 21);
    // Those that had left were not started again.
    expect(new Set(fleet.succeeded).size).toBe(fleet.succeeded.length);
  });

  test('dead letters are retried after most have left', async () => {
    const scratch = mkdtempSync(join(tmpdir(), 'fleet-'));
    await queue.fill(...sleeping(20), `failOnce ${join(scratch, 'failed')}`, 'wait last');
    const fleet = fleetOf(4);
    const holder = await fleet.holder('wait last');
    await fleet.left(holder.place === 0 ? 3 : 2);
    expect(await queue.withClient((client) => client.retryDead())).toBe(1);
    await fleet.release('wait last');
    await expectKept(fleet, 22);
    rmSync(scratch, { recursive: true });
  });

  describe.each([
    ['the success policy', ['successPolicy']],
    ['the limit per index', ['backoffLimitPerIndex']],
    ['both', ['successPolicy', 'backoffLimitPerIndex']],
  ] as const)('the cluster prunes %s,', (_, pruned) => {
    test('and pods are lost', async () => {
      await queue.fill(...sleeping(60), 'wait last');
      const fleet = fleetOf(4, { pruned });
      const lost: Promise<unknown>[] = [];
      for (const [place, done] of [10, 20, 30, 40].entries()) {
        await fleet.done(done);
        const pod = fleet.at(place);
        pod?.worker.kill(place % 2 === 0 ? 'SIGKILL' : 'SIGTERM');
        if (pod) lost.push(pod.ended);
      }
      // Where the others were quick, the last item was in the hands of one of these.
      await Promise.all(lost);
      const holder = await fleet.holder('wait last');
      await fleet.left(holder.place === 0 ? 3 : 2);
      holder.worker.kill('SIGKILL');
      await holder.ended;
      expect(fleet.end).toBeUndefined();
      await fleet.release('wait last');
      await expectKept(fleet, 61);
    });
  });
});
