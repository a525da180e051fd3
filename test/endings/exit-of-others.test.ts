import { EXIT } from '../../worker/contract';
import { useQueue } from '../queue-under-test';

const queue = useQueue();

/** What makes a handler's own exit dangerous: after a 0 the Job starts no pod again, and after 143 it does not count. */
test.each([
  [0, EXIT.unexpected],
  [80, EXIT.unexpected],
  [143, EXIT.unexpected],
  [7, 7],
])('a handler that calls process.exit(%i) ends its worker with %i', async (code, ending) => {
  await queue.fill(`exit ${code}`, 'apple');
  const worker = queue.start();
  expect(await worker.ended).toMatchObject({
    code: ending,
    summary: `something other than the worker called process.exit(${code}): ending with ${ending}`,
  });
});

test('a package that exits with 0 at SIGTERM does not make the queue look drained', async () => {
  await queue.fill('exitOnTerm apple', 'banana');
  const worker = queue.start();
  await worker.line(/started .*exitOnTerm/);
  worker.kill('SIGTERM');
  expect(await worker.ended).toMatchObject({ code: EXIT.terminated });
});
