import { join } from 'node:path';
import { EXIT } from '../../worker/contract';
import { expectEnding, useQueue } from '../queue-under-test';

const queue = useQueue();
const workers = join(__dirname, '../workers');
/** What it takes in reaches into the files of the runtime, so the worker is not bundled. */
const soonLast = {
  nodeArgs: ['--require', join(workers, 'last-position.js')],
  program: join(workers, 'by-payload.js'),
};

test.each([
  { what: 'sleep 1', concurrency: 1 },
  { what: 'sleep 1', concurrency: 8 },
  { what: 'spin 0', concurrency: 1 },
  { what: 'spin 0', concurrency: 8 },
])(
  'an incarnation at its last position gives way to a fresh one, with items that $what, at concurrency $concurrency',
  async ({ what, concurrency }) => {
    await queue.fill(...Array.from({ length: 200 }, (_, index) => `${what} ${index}`));
    const worker = queue.start({ WORK_QUEUE_CONCURRENCY: concurrency }, soonLast);
    await expectEnding(worker, EXIT.drained, 'queue: 200 items, 200 done');
    expect(worker.count('started [')).toBe(200);
    expect(worker.count('Worker with sessionID')).toBeGreaterThan(1);
    expect(await queue.attempts()).toEqual({});
  },
);
