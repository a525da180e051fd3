import { BASH_WORKER } from '../../agent/help';
import { expectEnding, useQueue } from '../queue-under-test';
import { endPrograms, SHARED, startAgent } from './agent-process';

const queue = useQueue();
afterEach(endPrograms);

/** The worker of the docs, whose work this is. */
const bashWorker = (process: string) => ['bash', '-c', `process() { ${process}; }\n${BASH_WORKER}`];

test('the worker in bash of the docs drains a queue, its results are kept, and it ends when it is told so', async () => {
  await queue.fill('apple', 'two words', '{"a":1}', 'two\nlines');
  const agent = await startAgent(queue, SHARED);
  const program = agent.run(bashWorker('echo "did $1"'));
  await expectEnding(agent.worker, 0, 'Queue empty, all done');
  expect(await program.end).toBe(0);
  const results = await queue.withClient(async (client) => {
    const found: unknown[] = [];
    for await (const { item, result } of client.results()) found.push([item, result]);
    return found;
  });
  expect(results).toEqual([
    ['apple', 'did apple'],
    ['two words', 'did two words'],
    ['{"a":1}', 'did {"a":1}'],
    ['two\nlines', 'did two\nlines'],
  ]);
});

test('what its work writes on the standard error is the error of an item that fails', async () => {
  await queue.fill('apple', 'poison');
  const agent = await startAgent(queue, { ...SHARED, WORK_QUEUE_MAX_ATTEMPTS: 1 });
  const program = agent.run(bashWorker('[ "$1" != poison ] || { echo "no $1 here" >&2; return 1; }'));
  await expectEnding(agent.worker, 80, 'Queue empty, but 1 item is a dead letter');
  expect(await program.end).toBe(0);
  const letters = await queue.withClient(async (client) => {
    const found: unknown[] = [];
    for await (const { item, error, reason } of client.deadLetters()) found.push({ item, error, reason });
    return found;
  });
  expect(letters).toEqual([{ item: 'poison', error: 'Error: no poison here', reason: 'handler' }]);
});
