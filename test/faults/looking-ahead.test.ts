import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXIT } from '../../worker/contract';
import { expectEnding, useQueue } from '../queue-under-test';
import { until } from '../until';

const queue = useQueue();

let folder: string;
let gate: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'looking-ahead-'));
  gate = join(folder, 'open');
});

afterEach(() => rmSync(folder, { recursive: true }));

describe('what waits behind an item that runs long goes to other workers', () => {
  test.each([
    ['which blocks its thread', () => `blockUntil ${gate}`, 1],
    ['in its only lane', () => 'wait slow', 1],
    ['in all of its lanes', () => 'wait slow', 2],
  ])('%s', async (_, slowItem, concurrency) => {
    const slow = slowItem();
    const workers = [1, 2, 3, 4].map(() =>
      queue.start({ WORK_QUEUE_CONCURRENCY: concurrency, WORK_QUEUE_SETTLE_MS: 60_000 }),
    );
    await Promise.all(workers.map((worker) => worker.line('Initial queue state')));
    // Each has had an item, so that each has its lease thread.
    const first = workers.flatMap((_, worker) =>
      Array.from({ length: concurrency }, (_, lane) => `wait ${worker}-${lane}`),
    );
    await queue.push(...first);
    await Promise.all(
      workers.map((worker) =>
        worker.until('a full hand', () => worker.count('started [') === concurrency || undefined),
      ),
    );
    for (const worker of workers) for (const item of first) worker.tell(item);

    // At this speed a worker looks some hundred items ahead.
    const items = Array.from({ length: 1_500 }, (_, index) => (index === 1_000 ? slow : `quick ${index}`));
    await queue.fill(...items);
    const done = 1_500 + 4 * concurrency;
    // All others are done while it still runs.
    const quick = () => workers.reduce((sum, worker) => sum + worker.count('finished quick'), 0);
    await until('all others are done', quick, (done) => done === 1_499);
    writeFileSync(gate, '');
    for (const worker of workers) worker.tell(slow);
    await Promise.all(
      workers.map((worker) => expectEnding(worker, EXIT.drained, `queue: ${done} items, ${done} done`)),
    );
    expect(workers.reduce((sum, worker) => sum + worker.count('started ['), 0)).toBe(done);
    expect(await queue.attempts()).toEqual({});
  });
});

test('a process that blocks in its first item holds no other', async () => {
  // Before its lease thread is there, nobody could give them back.
  await queue.fill(
    ...[1, 2, 3, 4].map((n) => `blockUntil ${gate} ${n}`),
    ...Array.from({ length: 300 }, (_, n) => `quick ${n}`),
  );
  const worker = queue.start();
  await worker.line('started [1]');
  const free = await queue.until(
    'all but one given back',
    async (redis) => (await redis.llen(queue.name)) + (await redis.hlen(queue.keys.waiting)),
    (items) => items === 303,
  );
  expect(worker.count('finished [1]')).toBe(0);
  expect(free).toBe(303);
  expect(await queue.attempts()).toEqual({});
});

test('slow items after quick ones do not stay with one worker', async () => {
  const slow = Array.from({ length: 120 }, (_, index) => `block 50 ${index}`);
  const workers = [1, 2, 3, 4].map(() => queue.start());
  await Promise.all(workers.map((worker) => worker.line('Initial queue state')));
  await queue.fill(...Array.from({ length: 4_000 }, (_, index) => `quick ${index}`), ...slow);
  await Promise.all(workers.map((worker) => expectEnding(worker, EXIT.drained, 'queue: 4120 items, 4120 done')));
  // 6 s of work: shared by four, or done by one that hoards.
  expect(Math.max(...workers.map((worker) => worker.count('finished block')))).toBeLessThan(75);
});
