import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXIT } from '../../worker/contract';
import { type Env, expectEnding, useQueue } from '../queue-under-test';
import type { WorkerProcess } from '../worker-process';

const queue = useQueue();
const LEFT = 'Nothing left to claim: others have the last items';
const DRAINED = 'Queue empty, all done';
/** SPARE_AFTER of worker/settings. */
const SPARE = 5_000;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'spare-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A pod of an Indexed Job whose lowest indexes stay. */
function pod(index: number, env: Env = {}, stay = 1): WorkerProcess {
  return queue.start({ WORK_QUEUE_LEAVE_FROM_INDEX: stay, JOB_COMPLETION_INDEX: index, ...env });
}

const pods = (indexes: readonly number[], env?: Env, stay?: number) => indexes.map((index) => pod(index, env, stay));

test('while one item still runs, all but the lowest indexes leave with 0; those end with it', async () => {
  const since = performance.now();
  await queue.fill('wait last', 'apple', 'banana');
  const holder = pod(4, {}, 2);
  await holder.line(/started .*wait last/);
  const [closers, others] = [pods([0, 1], {}, 2), pods([2, 3], {}, 2)];
  // No chart, or one in which idle workers wait.
  const alone = queue.start();
  const waiting = queue.start({ JOB_COMPLETION_INDEX: 5 });
  for (const other of others) {
    const { summary } = await expectEnding(other, EXIT.drained, LEFT);
    expect(summary).toMatch(/queue: 3 items, 2 done, 0 dead$/);
  }
  expect(performance.now() - since).toBeGreaterThan(SPARE);
  // What takes the place of one whose node was lost.
  const again = pod(3, {}, 2);
  await expectEnding(again, EXIT.drained, LEFT);
  expect(await queue.withClient((client) => client.status())).toMatchObject({ leased: 1, done: 2 });

  holder.tell('wait last');
  for (const worker of [holder, ...closers, alone, waiting]) await expectEnding(worker, EXIT.drained, DRAINED);
});

test('of a queue that is not sealed, nobody leaves before it is drained', async () => {
  await queue.push('wait last');
  const workers = pods([1, 2]);
  const held = await Promise.any(workers.map((worker) => worker.line(/started .*wait last/).then(() => worker)));
  const since = await clock();
  await queue.until('time passes', clock, (now) => now - since > 2 * SPARE);
  held.tell('wait last');
  for (const worker of workers) await expectEnding(worker, EXIT.drained, DRAINED);
});

test('dead letters do not keep it; sent back once most have left, they are done by those that stayed', async () => {
  const file = join(folder, 'there');
  await queue.fill('wait last', `needs ${file}`);
  const env = { WORK_QUEUE_MAX_ATTEMPTS: 1 };
  const holder = pod(5, env);
  await holder.line(/started .*wait last/);
  const [closer, ...others] = pods([0, 1, 2, 3], env) as [WorkerProcess, ...WorkerProcess[]];
  for (const other of others) {
    const { summary } = await expectEnding(other, EXIT.drained, LEFT);
    expect(summary).toMatch(/queue: 2 items, 0 done, 1 dead$/);
  }
  writeFileSync(file, '');
  expect(await queue.withClient((client) => client.retryDead())).toBe(1);
  await closer.line('finished needs');
  holder.tell('wait last');
  for (const worker of [holder, closer]) await expectEnding(worker, EXIT.drained, DRAINED);
});

test('the holder of the last item is killed once the others have left: one that stayed does it', async () => {
  const env = { WORK_QUEUE_LEASE_MS: 6_000 };
  await queue.fill('wait last');
  const holder = pod(3, env);
  await holder.line(/started .*wait last/);
  const closer = pod(0, env);
  for (const other of pods([1, 2], env)) await expectEnding(other, EXIT.drained, LEFT);
  holder.kill('SIGKILL');
  await closer.line(/started .*attempt 2 .*wait last/);
  closer.tell('wait last');
  const { summary } = await expectEnding(closer, EXIT.drained, DRAINED);
  expect(summary).toContain('this worker: 1 done');
});

test('one that stayed speaks of the dead letters in the end', async () => {
  await queue.fill('wait last', 'unrecoverable no');
  const holder = pod(2);
  await holder.line(/started .*wait last/);
  const closer = pod(0);
  await expectEnding(pod(1), EXIT.drained, LEFT);
  holder.tell('wait last');
  for (const worker of [holder, closer]) await expectEnding(worker, EXIT.deadLetters, '1 item is a dead letter');
});

/** The queue's own clock, which workers move. */
async function clock(): Promise<number> {
  return Number(await queue.redis.hget(queue.keys.meta, 'clock'));
}
