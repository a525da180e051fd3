import { once } from 'node:events';
import { connect } from 'node:net';
import { expectEnding, useQueue } from '../queue-under-test';
import { until } from '../until';
import { type AgentUnderTest, startAgent } from './agent-process';

const queue = useQueue();
const JSON_TYPE = 'application/json';

async function results(): Promise<unknown[]> {
  return queue.withClient(async (client) => {
    const found: unknown[] = [];
    for await (const { item, result } of client.results()) found.push([item, result]);
    return found;
  });
}

async function letters() {
  return queue.withClient(async (client) => {
    const found = [];
    for await (const { item, error, reason, attempts } of client.deadLetters()) {
      found.push({ item, error, reason, attempts });
    }
    return found;
  });
}

/** All is done, and the agent ends. */
async function expectDrained(agent: AgentUnderTest): Promise<void> {
  const { status, json } = await agent.post('/take');
  expect([status, json]).toEqual([410, { end: 'drained', code: 0, message: expect.stringContaining('all done') }]);
  await expectEnding(agent.worker, 0, 'Queue empty, all done');
}

test('a take tells all of the item, and the fencing token of the delivery', async () => {
  await queue.fill('apple');
  const agent = await startAgent(queue);
  const item = await agent.take();
  expect(item).toEqual({
    take: expect.stringMatching(/^1\.1-[\w-]{12}$/),
    id: 1,
    attempt: 1,
    postponed: 0,
    token: expect.stringMatching(/^\d{16}-/),
    payload: 'apple',
  });
  expect((await agent.call('GET', `/items/${item.take}`)).json).toEqual({ state: 'held' });
  await agent.post(`/items/${item.take}/done`);
  await expectDrained(agent);
  // No body, no result: nothing is kept.
  expect(await results()).toEqual([]);
});

test('bytes that are no text come as Base64, and for shells as they are', async () => {
  const bytes = Buffer.from([0, 255, 10, 128]);
  await queue.push(bytes, bytes);
  const agent = await startAgent(queue);
  const { payloadBase64, payload } = await agent.take();
  expect([payload, Buffer.from(payloadBase64, 'base64')]).toEqual([undefined, bytes]);
  const answer = await fetch(`${agent.url}/take?as=text`, { method: 'POST' });
  const whole = Buffer.from(await answer.arrayBuffer());
  expect(whole.subarray(whole.indexOf(10) + 1)).toEqual(bytes);
});

test('a result is kept as JSON where it says that it is, and else as text', async () => {
  await queue.fill('json', 'text', 'form', 'none');
  const agent = await startAgent(queue);
  const bodies: [string | undefined, string | undefined][] = [
    ['{"width":200}', 'application/json; charset=utf-8'],
    ['{"width":200}', 'text/plain'],
    ['a=b', 'application/x-www-form-urlencoded'],
    ['', JSON_TYPE],
  ];
  for (const [body, type] of bodies) {
    const { take } = await agent.take();
    expect(await agent.post(`/items/${take}/done`, body, type)).toMatchObject({ status: 200, json: {} });
  }
  await expectDrained(agent);
  expect(await results()).toEqual([
    ['json', { width: 200 }],
    ['text', '{"width":200}'],
    ['form', 'a=b'],
  ]);
});

test('one call settles and takes the next', async () => {
  await queue.fill('a', 'b');
  const agent = await startAgent(queue);
  const first = await agent.take();
  const second = await agent.post(`/items/${first.take}/done?take&as=text`, 'ok');
  const [take, payload] = second.text.split('\n');
  expect([second.status, payload]).toEqual([200, 'b']);
  const end = await agent.post(`/items/${take}/done?take`);
  expect([end.status, end.json.end]).toEqual([410, 'drained']);
  await expectEnding(agent.worker, 0, 'all done');
});

test('an item that fails is tried again, and is a dead letter after its attempts, or at once', async () => {
  await queue.fill('flaky', 'gone');
  const agent = await startAgent(queue, { WORK_QUEUE_MAX_ATTEMPTS: 2 });
  const failures: Record<string, [string, string?, string?]> = {
    flaky: ['/fail', '{"message":"ValueError: no such page"}', JSON_TYPE],
    gone: ['/fail?retry=false', 'it is gone'],
  };
  for (let i = 0; i < 3; i++) {
    const { take, payload } = await agent.take();
    const [path, body, type] = failures[payload] as (typeof failures)[string];
    await agent.post(`/items/${take}${path}`, body, type);
  }
  const { status, json } = await agent.post('/take');
  expect([status, json.end, json.code]).toEqual([410, 'drained', 80]);
  await expectEnding(agent.worker, 80, '2 items are dead letters');
  expect((await letters()).sort((a, b) => String(a.item).localeCompare(String(b.item)))).toEqual([
    { item: 'flaky', error: 'ValueError: no such page', reason: 'handler', attempts: 2 },
    { item: 'gone', error: 'UnrecoverableError: it is gone', reason: 'handler', attempts: 1 },
  ]);
});

test('a dead letter keeps the stack of the program as its language writes it', async () => {
  await queue.fill('bad');
  const agent = await startAgent(queue);
  const { take } = await agent.take();
  const stack = 'Traceback (most recent call last):\n  File "worker.py", line 7, in process\n    return pages[9]';
  const body = JSON.stringify({ message: 'IndexError: list index out of range', stack });
  await agent.post(`/items/${take}/fail?retry=false&take`, body, JSON_TYPE);
  await expectEnding(agent.worker, 80, '1 item is a dead letter');
  const stacks = await queue.withClient(async (client) => {
    const found = [];
    for await (const letter of client.deadLetters()) found.push(letter.stack);
    return found;
  });
  expect(stacks).toEqual([stack]);
});

test('an item that is put off comes again, and is not charged', async () => {
  await queue.fill('render');
  const agent = await startAgent(queue);
  const { take } = await agent.take();
  const next = await agent.post(`/items/${take}/later?in=0.2&take`, 'still rendering');
  expect(next.json).toMatchObject({ payload: 'render', attempt: 1, postponed: 1 });
  await agent.post(`/items/${next.json.take}/done`);
  await expectDrained(agent);
});

test('what an attempt left, the next one gets', async () => {
  await queue.fill('long');
  const agent = await startAgent(queue);
  const { take } = await agent.take();
  expect(await agent.call('PUT', `/items/${take}/checkpoint`, { body: '{"page":7}' })).toMatchObject({ status: 200 });
  const { json } = await agent.post(`/items/${take}/fail?take`, 'try again');
  expect(json).toMatchObject({ attempt: 2, resumed: { page: 7 } });
});

test('progress is seen from outside, as text and as JSON, and lines are in the log', async () => {
  await queue.fill('long');
  const agent = await startAgent(queue, { WORK_QUEUE_LOG: 'json' });
  const { take } = await agent.take();
  const progress = (body: string, type = 'text/plain') =>
    agent.call('PUT', `/items/${take}/progress`, { body, headers: { 'content-type': type } });
  const shown = () => queue.withClient(async (client) => (await client.status()).workers[0]?.progress[0]);
  expect((await progress('0.5 page 3')).status).toBe(200);
  await until('it is shown', shown, (is) => is?.fraction === 0.5 && is.text === 'page 3');
  expect((await progress('{"fraction":0.75}', JSON_TYPE)).status).toBe(200);
  await until('it is shown', shown, (is) => is?.fraction === 0.75);
  expect((await progress('half')).status).toBe(400);
  expect((await progress('1.5')).json.message).toContain('1.5');

  await agent.post(`/items/${take}/log?level=warn`, 'no EXIF data');
  await agent.post(`/items/${take}/log`, '{"text":"resized","fields":{"width":200}}', JSON_TYPE);
  const line = JSON.parse(await agent.worker.line('no EXIF data'));
  expect(line).toMatchObject({ level: 'warn', msg: 'no EXIF data', id: 1, attempt: 1 });
  expect(JSON.parse(await agent.worker.line('resized'))).toMatchObject({ level: 'info', width: 200, id: 1 });
});

test('items that are added enter with done: an array, lines, by key, in front', async () => {
  await queue.fill('page');
  const agent = await startAgent(queue);
  const { take } = await agent.take();
  const add = (query: string, body: string, type?: string) => agent.post(`/items/${take}/add${query}`, body, type);
  expect((await add('', '["text",{"url":"x"}]', JSON_TYPE)).json).toEqual({ added: 2 });
  expect((await add('?key=url', '[{"url":"y"},{"url":"y"}]', JSON_TYPE)).json).toEqual({ added: 2 });
  expect((await add('?front', 'first\r\n\nsecond\n')).json).toEqual({ added: 2 });
  expect(await add('?key=url', '["no key"]', JSON_TYPE)).toMatchObject({
    status: 400,
    json: { message: expect.stringContaining('item 0 has no text or number in the field "url"') },
  });
  expect((await add('', '{}', JSON_TYPE)).status).toBe(400);
  expect((await add('', 'x\n'.repeat(2_000))).status).toBe(413);
  const order = ['page'];
  for (let now = take; ; ) {
    const { status, json } = await agent.post(`/items/${now}/done?take`);
    if (status === 410) break;
    order.push(json.payload);
    now = json.take;
  }
  expect(order).toEqual(['page', 'first', 'second', 'text', '{"url":"x"}', '{"url":"y"}']);
  await expectEnding(agent.worker, 0, 'all done');
});

test('a take that waits for so long at most comes back empty-handed, and another gets what comes', async () => {
  const agent = await startAgent(queue);
  expect(await agent.post('/take?wait=0.2')).toMatchObject({ status: 204, text: '' });
  const waiting = agent.take();
  await queue.push('late');
  expect((await waiting).payload).toBe('late');
  await queue.push('there');
  expect((await agent.take('?wait=0')).payload).toBe('there');
});

test('a program that slows down keeps others from being handed anything', async () => {
  await queue.fill('a', 'b', 'c');
  const agent = await startAgent(queue);
  expect(await agent.post('/slow-down?for=1')).toMatchObject({ status: 409 });
  const { take } = await agent.take();
  expect((await agent.post('/slow-down?for=600')).status).toBe(200);
  await agent.post(`/items/${take}/done`);
  await queue.until(
    'it is told',
    (redis) => redis.hget(queue.keys.meta, 'slow'),
    (slow) => Number(slow) > 0,
  );
  expect((await agent.post('/take?wait=0.3')).status).toBe(204);
});

test('a Unix socket answers the same, whatever the Host, and goes where an agent before has left one', async () => {
  const path = `/tmp/agent-${process.pid}-${Date.now()}.sock`;
  await queue.fill('apple', 'pear');
  const first = await startAgent(queue, { WORK_QUEUE_AGENT_SOCKET: path });
  first.worker.kill('SIGKILL');
  await first.worker.ended;
  const agent = await startAgent(queue, { WORK_QUEUE_AGENT_SOCKET: path });
  const program = agent.run(['curl', '-s', '--unix-socket', path, '-X', 'POST', 'http://anything/take?as=text']);
  await program.log.line('apple');
  agent.worker.kill('SIGKILL');
});

test('takes that wait are handed items in their order, as many at once as the program asks for', async () => {
  const agent = await startAgent(queue);
  const takes = Array.from({ length: 300 }, () => agent.take());
  await queue.fill(...Array.from({ length: 300 }, (_, i) => `item ${i}`));
  const items = await Promise.all(takes);
  expect(new Set(items.map(({ payload }) => payload)).size).toBe(300);
  const settled = await Promise.all(items.map(({ take }) => agent.post(`/items/${take}/done`, take)));
  expect(new Set(settled.map(({ status }) => status))).toEqual(new Set([200]));
  await expectDrained(agent);
  expect((await results()).length).toBe(300);
});

test('with a concurrency of one, the second take waits until the first item is settled', async () => {
  await queue.fill('a', 'b');
  const agent = await startAgent(queue, { WORK_QUEUE_CONCURRENCY: 1 });
  const first = await agent.take();
  expect((await agent.post('/take?wait=0.2')).status).toBe(204);
  const second = agent.take();
  await agent.post(`/items/${first.take}/done`);
  expect((await second).payload).toBe('b');
});

test('a queue that is paused keeps a take waiting, and it gets its item once that goes on', async () => {
  await queue.fill('a');
  await queue.withClient((client) => client.pause());
  const agent = await startAgent(queue);
  const taken = agent.take();
  await agent.worker.line('is paused');
  await queue.withClient((client) => client.resume());
  expect((await taken).payload).toBe('a');
});

test('what was claimed ahead, and nobody asks for, goes back, and another worker gets it at once', async () => {
  await queue.fill(...Array.from({ length: 400 }, (_, i) => `${i}`));
  const agent = await startAgent(queue);
  // So quick that it claims ahead.
  let { take } = await agent.take();
  for (let i = 0; i < 200; i++) ({ take } = (await agent.post(`/items/${take}/done?take`)).json);
  const other = await startAgent(queue);
  const got = new Set<number>();
  for (let i = 0; i < 199; i++) got.add((await other.take('?wait=20')).id);
  expect(got.size).toBe(199);
});

test('an item that its client was not there to read goes to the next take, under another name', async () => {
  // More than a Unix socket holds, so that it is not written as long as nobody reads it.
  await queue.push('x'.repeat(8 * 1_048_576));
  const path = `/tmp/agent-${process.pid}-${Date.now()}.sock`;
  const agent = await startAgent(queue, { WORK_QUEUE_AGENT_SOCKET: path });
  const client = connect(path);
  client.on('error', () => {});
  client.write('POST /take?as=text HTTP/1.1\r\nHost: localhost\r\n\r\n');
  const [head] = await once(client, 'data');
  client.pause();
  const [, lost] = /\r\n\r\n(\S+)\n/.exec(`${head}`) ?? [];
  client.destroy();
  const { take, attempt } = await agent.take();
  expect([attempt, take === lost]).toEqual([1, false]);
  expect(await agent.post(`/items/${lost}/done`)).toMatchObject({ status: 409, json: { state: 'lost' } });
  expect((await agent.post(`/items/${take}/done`)).status).toBe(200);
});

test('it tells of itself: health, help, and a document of all calls', async () => {
  const agent = await startAgent(queue);
  expect(await agent.call('GET', '/health')).toMatchObject({ status: 200, text: 'ok\n' });
  expect((await agent.call('GET', '/')).text).toContain('POST /take');
  expect((await agent.call('GET', '/openapi.json')).json).toMatchObject({ openapi: '3.1.0' });
  const head = await agent.call('HEAD', '/health');
  expect([head.status, head.text, head.headers.get('content-length')]).toEqual([200, '', '3']);
});
