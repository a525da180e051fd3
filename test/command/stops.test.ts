import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expectEnding, useQueue } from '../queue-under-test';
import { until } from '../until';
import type { WorkerProcess } from '../worker-process';
import { deadLettersOf, isAlive, startCommand } from './command-under-test';

const q = useQueue();

/** A process and one that it has started, both of which ignore SIGTERM and keep standard output open. */
const STUBBORN = ['sh', '-c', 'trap "" TERM; sleep 600 & echo "pids $$ $!"; while :; do wait; done'];

async function pidsOf(worker: WorkerProcess): Promise<number[]> {
  const line = await worker.line(/pids \d+/);
  return [...line.matchAll(/(?<= )\d+/g)].map(([pid]) => Number(pid));
}

const gone = (pids: readonly number[]) => until('they are gone', () => !pids.some(isAlive));

test('an item that takes too long is ended with all that it has started, and charged', async () => {
  await q.fill('apple');
  const worker = startCommand(q, ['--kill-after', '100', '--', ...STUBBORN], {
    WORK_QUEUE_ITEM_TIMEOUT_MS: 300,
    WORK_QUEUE_MAX_ATTEMPTS: 1,
  });
  const pids = await pidsOf(worker);
  expect(pids).toHaveLength(2);
  await expectEnding(worker, 80, 'dead letter');
  await gone(pids);
  expect((await deadLettersOf(q))[0]?.error).toBe('Error: sh was ended, as the item took longer than 300 ms');
});

test('--kill-after is cut to what is left until the worker counts as hung', async () => {
  await q.fill('apple');
  const worker = startCommand(q, ['--kill-after', '60000', '--', ...STUBBORN], {
    WORK_QUEUE_ITEM_TIMEOUT_MS: 100,
    WORK_QUEUE_MAX_ATTEMPTS: 1,
  });
  await expectEnding(worker, 80, 'dead letter');
});

test('SIGTERM of the worker does not reach the process, which may end within the grace', async () => {
  await q.fill('apple', 'banana');
  const worker = startCommand(q, ['--', 'sh', '-c', 'echo "pids $$"; while :; do sleep 0.05; done'], {
    WORK_QUEUE_GRACE_MS: 5_500,
  });
  const [pid = 0] = await pidsOf(worker);
  process.kill(-worker.pid, 'SIGTERM');
  await worker.line('running items may finish within');
  expect(isAlive(pid)).toBe(true);
  await expectEnding(worker, 143, 'Ended by SIGTERM');
  await gone([pid]);
  expect(await q.attempts()).toEqual({});
});

test('an exit 0 after SIGTERM is no end of the item: it goes back, uncharged', async () => {
  await q.fill('apple');
  const polite = 'trap "echo bye; exit 0" TERM; echo "pids $$"; while :; do sleep 0.05; done';
  const worker = startCommand(q, ['--', 'sh', '-c', polite], { WORK_QUEUE_GRACE_MS: 4_000 });
  const pids = await pidsOf(worker);
  worker.kill('SIGTERM');
  await expectEnding(worker, 143, 'Ended by SIGTERM');
  expect(worker.lines).toContain('[1] bye');
  await gone(pids);
  expect(await q.attempts()).toEqual({});
  expect(await q.withClient((client) => client.status())).toMatchObject({ done: 0 });
});

test('what ignores SIGTERM is killed before the grace is over', async () => {
  await q.fill('apple');
  const worker = startCommand(q, ['--', ...STUBBORN], { WORK_QUEUE_GRACE_MS: 4_000 });
  const pids = await pidsOf(worker);
  worker.kill('SIGTERM');
  await expectEnding(worker, 143, 'Ended by SIGTERM');
  await gone(pids);
  expect(await q.attempts()).toEqual({});
});

test.each(['SIGKILL', 'SIGSEGV'] as const)('a worker that ends by %s leaves no process behind', async (signal) => {
  await q.fill('apple', 'banana');
  const worker = startCommand(q, ['--', ...STUBBORN], { WORK_QUEUE_CONCURRENCY: 2 });
  const pids = (
    await worker.until('two have begun', () => {
      const lines = worker.lines.filter((line) => line.includes('pids '));
      return lines.length === 2 ? lines : undefined;
    })
  ).flatMap((line) => [...line.matchAll(/(?<= )\d+/g)].map(([pid]) => Number(pid)));
  worker.kill(signal);
  expect((await worker.ended).code).toBe(signal);
  await gone(pids);
});

test('what a process has started and left behind is ended with its item, at once where it keeps no pipe open', async () => {
  await q.fill('quiet', 'loud');
  const leave = 'if [ "$1" = quiet ]; then sleep 600 >/dev/null 2>&1 & else sleep 600 & fi; echo "pids $!"; exit 0';
  const worker = startCommand(q, ['--kill-after', '200', '--', 'sh', '-c', leave, 'sh']);
  await expectEnding(worker, 0, 'all done');
  const pids = worker.lines.flatMap((line) => /pids (\d+)/.exec(line)?.[1] ?? []).map(Number);
  expect(pids).toHaveLength(2);
  await gone(pids);
});

test('what has left the group and keeps a pipe open holds up no item for long', async () => {
  await q.fill('apple');
  const folder = mkdtempSync(join(tmpdir(), 'command-'));
  const leave =
    'setsid sh -c "echo \\"pids \\$\\$\\"; touch left; exec sleep 600" & until [ -e left ]; do sleep 0.02; done';
  const worker = startCommand(q, ['--kill-after', '100', '--', 'sh', '-c', `cd "${folder}"; ${leave}`]);
  const [pid = 0] = await pidsOf(worker);
  try {
    await expectEnding(worker, 0, 'all done');
    expect(isAlive(pid)).toBe(true);
  } finally {
    process.kill(pid, 'SIGKILL');
    rmSync(folder, { recursive: true });
  }
});

test('a queue that is cancelled ends what runs', async () => {
  await q.fill('apple');
  const worker = startCommand(q, ['--kill-after', '100', '--', ...STUBBORN], { WORK_QUEUE_LEASE_MS: 1_000 });
  const pids = await pidsOf(worker);
  await q.withClient((client) => client.cancel());
  expect((await worker.ended).code).toBe(80);
  await gone(pids);
});
