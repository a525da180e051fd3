import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { BASH_WORKER } from '../../agent/help';
import { startRedisServer } from '../../local/redis';
import { expectEnding, useQueue } from '../queue-under-test';
import { AGENT, type AgentUnderTest, endPrograms, SHARED, startAgent } from './agent-process';

// How the agent ends, what its exit code is, and what the program is told.

const queue = useQueue();
afterEach(endPrograms);

/** What a take is told that waits, or that comes too late. */
async function told(agent: AgentUnderTest) {
  const { status, json } = await agent.post('/take');
  return [status, json.end, json.code];
}

test('told to stop while nothing is held, it tells who waits, and ends with 143', async () => {
  const agent = await startAgent(queue, SHARED);
  const waiting = told(agent);
  await agent.worker.line('Waiting');
  agent.worker.kill('SIGTERM');
  expect(await waiting).toEqual([503, 'stopped', 143]);
  await expectEnding(agent.worker, 143, 'Ended by SIGTERM, items are left');
});

test('told to stop, what is held may be finished, and no more is handed out', async () => {
  await queue.fill('apple', 'pear');
  const agent = await startAgent(queue, SHARED);
  const { take } = await agent.take();
  const second = await agent.take();
  agent.worker.kill('SIGTERM');
  await agent.worker.line('SIGTERM: no new items');
  expect(await told(agent)).toEqual([503, 'stopped', 143]);
  const { status, json } = await agent.post(`/items/${take}/done?take`, 'in time');
  expect([status, json.end]).toEqual([503, 'stopped']);
  await agent.post(`/items/${second.take}/fail`, 'no time');
  await expectEnding(agent.worker, 143, 'Ended by SIGTERM, items are left');
  expect(await queue.attempts()).toEqual({ 2: '1 0' });
  expect(Object.keys(await queue.redis.hgetall(queue.keys.results))).toEqual(['1']);
});

test('what is not finished within the grace period goes back, and is not charged', async () => {
  await queue.fill('apple');
  const agent = await startAgent(queue, { ...SHARED, WORK_QUEUE_GRACE_MS: 5_000 });
  const program = agent.run(['bash', '-c', 'trap "" TERM; curl -s -X POST $WORK_QUEUE_AGENT/take; sleep 600']);
  await program.log.line('apple');
  agent.worker.kill('SIGTERM');
  await expectEnding(agent.worker, 143, 'items are left');
  expect(await queue.attempts()).toEqual({});
  expect(await queue.redis.hvals(queue.keys.waiting)).toEqual(['apple']);
});

test('a second signal ends it at once, and all goes back', async () => {
  await queue.fill('apple');
  const agent = await startAgent(queue);
  const { take } = await agent.take();
  agent.worker.kill('SIGTERM');
  await agent.worker.line('SIGTERM: no new items');
  agent.worker.kill('SIGTERM');
  await expectEnding(agent.worker, 143, 'items are left');
  expect(take).toMatch(/^1\./);
  expect(await queue.attempts()).toEqual({});
  expect(await queue.redis.hvals(queue.keys.waiting)).toEqual(['apple']);
});

test('killed, what was held comes back, and a new agent goes on', async () => {
  await queue.fill('apple', 'pear');
  const first = await startAgent(queue, { WORK_QUEUE_LEASE_MS: 1_000 });
  await first.take();
  first.worker.kill('SIGKILL');
  await first.worker.ended;
  const second = await startAgent(queue, { WORK_QUEUE_LEASE_MS: 1_000 });
  const payloads: string[] = [];
  for (let answer = await second.post('/take'); answer.status === 200; ) {
    payloads.push(answer.json.payload);
    answer = await second.post(`/items/${answer.json.take}/done?take`);
  }
  expect(payloads.sort()).toEqual(['apple', 'pear']);
  await expectEnding(second.worker, 0, 'all done');
});

test('a lease that is lost takes the item away: the program is told, and cannot settle it', async () => {
  await queue.fill('apple', 'pear');
  const agent = await startAgent(queue);
  const { take } = await agent.take();
  // As after a silence in which others took it.
  await queue.redis.eval(
    `for _, key in ipairs(redis.call('KEYS', ARGV[1] .. '*')) do redis.call('DEL', key) end
     redis.call('DEL', KEYS[1]) return redis.call('RPUSH', KEYS[2], 'apple')`,
    ...[2, queue.keys.leases, queue.name, queue.keys.worker.replace(/[{}]/g, '?')],
  );
  const waiting = agent.post('/take');
  await agent.worker.line('the lease was lost');
  expect(await agent.call('GET', `/items/${take}`)).toMatchObject({ status: 409, json: { state: 'lost' } });
  expect(await agent.post(`/items/${take}/done`)).toMatchObject({ status: 409, json: { state: 'lost' } });
  expect((await waiting).status).toBe(200);
});

test('a queue that is cancelled tells whoever waits, and whoever works', async () => {
  await queue.fill('apple', 'pear');
  const agent = await startAgent(queue);
  const { take } = await agent.take();
  const { take: other } = await agent.take();
  const waiting = told(agent);
  await queue.withClient((client) => client.cancel());
  await agent.worker.line('was cancelled');
  expect(await agent.call('GET', `/items/${take}`)).toMatchObject({ status: 409, json: { state: 'cancelled' } });
  for (const each of [take, other]) expect((await agent.post(`/items/${each}/done`)).status).toBe(200);
  expect(await waiting).toEqual([503, 'cancelled', 80]);
  await expectEnding(agent.worker, 80, 'Cancelled');
});

test('a queue that nobody fills ends it with 83', async () => {
  const agent = await startAgent(queue, { WORK_QUEUE_START_TIMEOUT_MS: 500 });
  expect(await told(agent)).toEqual([503, 'failed', 83]);
  await expectEnding(agent.worker, 83, 'was not filled within 0.5 s');
});

test('a Redis that loses its data ends it with 82, and one that is out of reach with 84', async () => {
  const server = await startRedisServer();
  try {
    execFileSync('redis-cli', ['-u', server.url, 'rpush', queue.name, 'apple', 'pear']);
    const losing = await startAgent(queue, {}, { url: server.url });
    const { take } = await losing.take();
    execFileSync('redis-cli', ['-u', server.url, 'flushall']);
    await losing.post(`/items/${take}/done`);
    expect(await told(losing)).toEqual([503, 'failed', 82]);
    await expectEnding(losing.worker, 82, 'data lost');

    const cutOff = await startAgent(queue, { WORK_QUEUE_STORE_TIMEOUT_MS: 1_000 }, { url: server.url });
    await cutOff.worker.line('Waiting');
    const waiting = told(cutOff);
    await server.stop();
    expect(await waiting).toEqual([503, 'failed', 84]);
    await expectEnding(cutOff.worker, 84, '');
  } finally {
    await server.stop();
  }
});

test('a program that is done with the last item, and asks no more, is waited for', async () => {
  await queue.fill('apple');
  const agent = await startAgent(queue, SHARED);
  const script =
    'curl -s -X POST $WORK_QUEUE_AGENT/take?as=text | { read take; curl -s -X POST $WORK_QUEUE_AGENT/items/$take/done; }; sleep 2; echo over';
  const program = agent.run(['bash', '-c', script]);
  await expectEnding(agent.worker, 0, 'all done');
  expect(await program.end).toBe(0);
  expect(program.log.text).toContain('over');
});

test.each([
  [{ WORK_QUEUE_NAME: '' }, 'WORK_QUEUE_NAME is missing: set it to the name of the queue'],
  [
    { WORK_QUEUE_AGENT_LISTEN: '0.0.0.0:7440' },
    'WORK_QUEUE_AGENT_LISTEN is "0.0.0.0:7440"; allowed are 127.0.0.1:PORT',
  ],
  [{ WORK_QUEUE_AGENT_LISTEN: '127.0.0.1:70000' }, 'with a port from 0 (a free one) to 65535'],
  [{ WORK_QUEUE_AGENT_SOCKET: 'agent.sock' }, 'WORK_QUEUE_AGENT_SOCKET is "agent.sock"; allowed is an absolute path'],
  [{ WORK_QUEUE_AGENT_SOCKET: '/proc/agent.sock' }, 'cannot listen on /proc/agent.sock'],
  [{ WORK_QUEUE_AGENT_PROCESSES: 'all' }, 'WORK_QUEUE_AGENT_PROCESSES is "all"; allowed is shared'],
  [{ WORK_QUEUE_AGENT_PATIENCE_MS: '5m' }, 'WORK_QUEUE_AGENT_PATIENCE_MS is "5m"; allowed are whole numbers'],
  [{ WORK_QUEUE_LEASE_MS: 'long' }, 'WORK_QUEUE_LEASE_MS is "long"'],
])('a setting that makes no sense ends it with 81: %j', async (env, message) => {
  const worker = queue.start({ WORK_QUEUE_AGENT_LISTEN: '127.0.0.1:0', ...env }, { program: AGENT });
  const ended = await worker.ended;
  expect(ended).toMatchObject({ code: 81, summary: expect.stringContaining(message) });
  expect(ended.terminationMessage).toContain('(exit 81)');
});

test('a port that is taken ends it with 81', async () => {
  const first = await startAgent(queue);
  const second = queue.start({ WORK_QUEUE_AGENT_LISTEN: `127.0.0.1:${first.port}` }, { program: AGENT });
  expect(await second.ended).toMatchObject({
    code: 81,
    summary: expect.stringContaining('something else listens there; give another address'),
  });
});

test('it runs from its text alone, as a ConfigMap holds it, in a folder that has nothing of it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'agent-'));
  try {
    const part = join(folder, 'part');
    writeFileSync(part, deflateSync(readFileSync(AGENT)));
    const run = `eval(require("zlib").inflateSync(require("fs").readFileSync(${JSON.stringify(part)})).toString())`;
    await queue.fill('apple');
    const agent = await startAgent(queue, SHARED, { program: '--', nodeArgs: ['--eval', run] });
    agent.run(['bash', '-c', `process() { echo "$1"; }\n${BASH_WORKER}`]);
    await expectEnding(agent.worker, 0, 'Queue empty, all done');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
