import { expectEnding, useQueue } from '../queue-under-test';
import { until } from '../until';
import { type AgentUnderTest, endPrograms, type Program, SHARED, startAgent } from './agent-process';

// Programs of others, which do as they like: what the agent notices, and what is charged.

const queue = useQueue();
afterEach(endPrograms);

/** Functions that the programs in bash have. */
const FUNCTIONS = `
call() { curl -sf -X POST "$WORK_QUEUE_AGENT/$1"; }
take() { item=$(curl -sf -X POST "$WORK_QUEUE_AGENT/take?as=text") || return 1; take=\${item%%$'\\n'*}; echo "took \${item#*$'\\n'}"; }
`;

function bash(agent: AgentUnderTest, script: string, env: Record<string, string> = {}): Program {
  return agent.run(['bash', '-c', `${FUNCTIONS}\n${script}`], env);
}

test('a program that ends with 0 before the queue is drained is a crash, and its item is charged', async () => {
  await queue.fill('apple', 'pear');
  const agent = await startAgent(queue, SHARED);
  const program = bash(agent, 'take; exit 0');
  expect(await program.end).toBe(0);
  await expectEnding(
    agent.worker,
    1,
    'the program ended before the queue was drained; it held 1 item. Look at its log: kubectl logs',
  );
  expect(await queue.attempts()).toEqual({ 1: '1 1' });
  // The other one was never handed out, and goes back as it was.
  expect(await queue.redis.lrange(queue.name, 0, -1)).toEqual(['pear']);
});

test('one that ends while it holds nothing is a crash, and nothing is charged', async () => {
  await queue.fill('apple', 'pear');
  const agent = await startAgent(queue, SHARED);
  bash(agent, 'take; call items/$take/done; exit 3');
  await expectEnding(agent.worker, 1, 'the program ended before the queue was drained. Look');
  expect(await queue.attempts()).toEqual({});
});

test('an item that kills its program each time is a dead letter after its attempts', async () => {
  await queue.fill('poison', 'apple');
  const script = 'while take; do [[ $item != *poison ]] || kill -9 $$; call items/$take/done; done';
  const codes: unknown[] = [];
  for (let i = 0; i < 5; i++) {
    const agent = await startAgent(queue, { ...SHARED, WORK_QUEUE_MAX_ATTEMPTS: 2 });
    bash(agent, script);
    const { code } = await agent.worker.ended;
    codes.push(code);
    if (code === 80) break;
  }
  expect(codes).toEqual([1, 1, 80]);
  const letters = await queue.withClient(async (client) => {
    const found = [];
    for await (const { item, reason, attempts } of client.deadLetters()) found.push([item, reason, attempts]);
    return found;
  });
  expect(letters).toEqual([['poison', 'crash', 2]]);
});

test('a program that is killed is noticed, whatever waits', async () => {
  await queue.push('apple');
  const agent = await startAgent(queue, { ...SHARED, WORK_QUEUE_SETTLE_MS: 600_000 });
  const program = bash(agent, 'take; take');
  await program.log.line('took apple');
  program.killAll('SIGKILL');
  await expectEnding(agent.worker, 1, 'it held 1 item');
  expect(await queue.attempts()).toEqual({ 1: '1 1' });
});

test('a program whose first process leaves, and whose others go on, goes on', async () => {
  await queue.fill('a', 'b', 'c');
  const agent = await startAgent(queue, SHARED);
  const rest = 'sleep 2; while take; do call items/$take/done; done';
  const program = bash(agent, `take; call items/$take/done; (${rest}) & disown; exit 0`);
  await expectEnding(agent.worker, 0, 'Queue empty, all done');
  expect(await program.end).toBe(0);
});

test('one that is started anew is another program: what the first one held is charged', async () => {
  await queue.fill('apple', 'pear');
  const agent = await startAgent(queue, SHARED);
  const first = bash(agent, 'take; sleep 600');
  await first.log.line('took apple');
  first.killAll('SIGKILL');
  const second = bash(agent, 'take; sleep 600');
  await expectEnding(agent.worker, 1, 'the program ended before the queue was drained; it held ');
  expect(await queue.attempts()).toMatchObject({ 1: '1 1' });
  second.killAll('SIGKILL');
});

test('until it asks, a program may be started anew as often as it likes', async () => {
  await queue.fill('apple');
  const agent = await startAgent(queue, SHARED);
  for (let i = 0; i < 3; i++) expect(await bash(agent, 'exit 1').end).toBe(1);
  bash(agent, 'while take; do call items/$take/done; done');
  await expectEnding(agent.worker, 0, 'all done');
});

test('a program that never asks ends the agent after its patience, and so does one that asks no more', async () => {
  await queue.fill('apple', 'pear');
  const impatient = { WORK_QUEUE_AGENT_PATIENCE_MS: 1_500 };
  const never = await startAgent(queue, { ...SHARED, ...impatient });
  bash(never, 'sleep 600');
  await expectEnding(never.worker, 1, 'the program has asked for nothing for 1.5 s. Look at its log: kubectl logs');
  const silent = await startAgent(queue, impatient);
  bash(silent, 'take; sleep 3; call items/$take/done; sleep 600');
  await expectEnding(silent.worker, 1, 'the program has asked for nothing for 1.5 s');
  expect(await queue.attempts()).toEqual({});
  expect(silent.worker.lines.at(-1)).toContain('1 done');
});

test('a program that hangs at an item ends the agent with 85, and the item is charged with a failed attempt', async () => {
  await queue.fill('apple');
  const agent = await startAgent(queue, { ...SHARED, WORK_QUEUE_ITEM_TIMEOUT_MS: 500 });
  const program = bash(agent, 'trap "" TERM; take; sleep 600');
  await program.log.line('took apple');
  await expectEnding(agent.worker, 85, 'did not return after its timeout');
  expect(await queue.attempts()).toEqual({ 1: '1 0' });
  program.killAll('SIGKILL');
});

test('past its timeout, an item may be settled, and whoever asks is told', async () => {
  await queue.fill('apple');
  const agent = await startAgent(queue, { WORK_QUEUE_ITEM_TIMEOUT_MS: 300 });
  const { take } = await agent.take();
  const look = () => agent.call('GET', `/items/${take}`);
  const told = await until('it is told', look, ({ status }) => status === 409);
  expect(told.json).toEqual({ state: 'timeout', message: 'the item took longer than 300 ms' });
  expect((await agent.call('PUT', `/items/${take}/progress`, { body: '0.5' })).status).toBe(409);
  expect((await agent.post(`/items/${take}/done`, 'late')).status).toBe(200);
  await agent.post('/take');
  await expectEnding(agent.worker, 0, 'all done');
});
