import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BASH_WORKER, HELP } from '../../agent/help';
import { expectEnding, useQueue } from '../queue-under-test';
import { endPrograms, SHARED, startAgent } from './agent-process';

const queue = useQueue();
afterEach(endPrograms);

const page = readFileSync(join(__dirname, '../../docs/agent.md'), 'utf8');

/** The program of the docs in a language. */
function program(language: string): string {
  return new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(page)?.[1] ?? '';
}

test('the worker in bash is the same in the docs and in what the agent answers', () => {
  expect(program('bash')).toBe(BASH_WORKER);
  expect(HELP).toContain(BASH_WORKER);
});

/** The worker of the docs, whose work this is. */
const bashWorker = (process: string) => ['bash', '-c', `process() { ${process}; }\n${BASH_WORKER}`];

test('the worker in bash of the docs drains a queue, its results are kept, and it ends when it is told so', async () => {
  await queue.fill('apple', 'two words', '{"a":1}', 'two\nlines');
  const agent = await startAgent(queue, SHARED);
  const bash = agent.run(bashWorker('echo "did $1"'));
  await expectEnding(agent.worker, 0, 'Queue empty, all done');
  expect(await bash.end).toBe(0);
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
  const bash = agent.run(bashWorker('[ "$1" != poison ] || { echo "no $1 here" >&2; return 1; }'));
  await expectEnding(agent.worker, 80, 'Queue empty, but 1 item is a dead letter');
  expect(await bash.end).toBe(0);
  const letters = await queue.withClient(async (client) => {
    const found: unknown[] = [];
    for await (const { item, error, reason } of client.deadLetters()) found.push({ item, error, reason });
    return found;
  });
  expect(letters).toEqual([{ item: 'poison', error: 'Error: no poison here', reason: 'handler' }]);
});

test('the worker in Python of the docs drains a queue, and says what went wrong', async () => {
  await queue.fill('apple', 'poison', 'pear');
  const agent = await startAgent(queue, { ...SHARED, WORK_QUEUE_MAX_ATTEMPTS: 2 });
  const work =
    'def process(payload):\n    if payload == "poison":\n        raise ValueError("no such fruit")\n    return {"fruit": payload}\n';
  const python = agent.run(['python3', '-c', `${work}${program('python')}`]);
  await expectEnding(agent.worker, 80, 'Queue empty, but 1 item is a dead letter');
  expect([await python.end, python.log.text]).toEqual([0, '']);
  await queue.withClient(async (client) => {
    const results: unknown[] = [];
    for await (const { result } of client.results()) results.push(result);
    expect(results).toEqual([{ fruit: 'apple' }, { fruit: 'pear' }]);
    for await (const { error } of client.deadLetters()) expect(error).toBe('ValueError: no such fruit');
  });
});
