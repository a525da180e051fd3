import { EXIT } from '../../worker/contract';
import { type Env, expectEnding, type QueueUnderTest } from '../queue-under-test';
import type { WorkerProcess } from '../worker-process';

/** Two workers on 61 items, one of which waits to be told. */
export async function startTwo(queue: QueueUnderTest, env: Env): Promise<WorkerProcess[]> {
  await queue.fill('wait apple', ...Array.from({ length: 60 }, (_, index) => `sleep 40 ${index}`));
  const both = { WORK_QUEUE_CONCURRENCY: 2, ...env };
  const workers = [queue.start(both), queue.start(both)];
  await Promise.race(workers.map((worker) => worker.line(/started .*wait apple/)));
  await Promise.all(workers.map((worker) => worker.line('finished sleep')));
  return workers;
}

/** Both drained the queue, each item was started once, and nobody was charged. */
export async function expectNoRerun(queue: QueueUnderTest, workers: WorkerProcess[]): Promise<void> {
  for (const worker of workers) worker.tell('wait apple');
  for (const worker of workers) await expectEnding(worker, EXIT.drained, 'queue: 61 items, 61 done, 0 dead');
  expect(workers.map((worker) => worker.count('started [')).reduce((a, b) => a + b)).toBe(61);
  expect(await queue.attempts()).toEqual({});
}
