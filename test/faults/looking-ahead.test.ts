import { EXIT } from '../../worker/contract';
import { expectEnding, useQueue } from '../queue-under-test';

const queue = useQueue();

/** How long the slow items hold up their worker, in ms: far longer than anything else here takes. */
const SLOW = 6_000;

describe('what waits behind an item that runs long goes to other workers', () => {
  test.each([
    ['which blocks its thread', `block ${SLOW}`, 1],
    ['in its only lane', `sleep ${SLOW}`, 1],
    ['in all of its lanes', `sleep ${SLOW}`, 2],
  ])('%s', async (_, slow, concurrency) => {
    // One in a hundred; at that speed a worker looks some hundred items ahead.
    const items = Array.from({ length: 3_000 }, (_, index) => (index % 1_500 === 1_000 ? slow : `quick ${index}`));
    const workers = [1, 2, 3, 4].map(() => queue.start({ WORK_QUEUE_CONCURRENCY: concurrency }));
    await Promise.all(workers.map((worker) => worker.line('Initial queue state')));
    await queue.fill(...items);

    const quick = () => workers.reduce((sum, worker) => sum + worker.count('finished quick'), 0);
    const all = workers.map((worker) => worker.until('the quick items', () => (quick() === 2_998 ? true : undefined)));
    await Promise.any(all);
    const times = (text: string) =>
      workers.flatMap((worker) => worker.times.filter((_, i) => worker.lines[i]?.includes(text)));
    const took = Math.max(...times('finished quick')) - Math.min(...times(`:\u0020${slow}`));
    console.info(`the last of 2,998 quick items ended ${Math.round(took)} ms after the first slow one began`);
    expect(took).toBeLessThan(SLOW / 2);
    await Promise.all(workers.map((worker) => expectEnding(worker, EXIT.drained, 'queue: 3000 items, 3000 done')));
    await Promise.all(all);
    expect(workers.reduce((sum, worker) => sum + worker.count('started ['), 0)).toBe(3_000);
    expect(await queue.attempts()).toEqual({});
  });
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
