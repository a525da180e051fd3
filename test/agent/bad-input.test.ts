import { readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { connect, type Socket } from 'node:net';
import { expectEnding, useQueue } from '../queue-under-test';
import { type AgentUnderTest, type Answer, startAgent } from './agent-process';

// Whatever a client sends: a clear status and message, nothing is lost, nothing is settled twice, and the agent lives on.

const queue = useQueue();
let agent: AgentUnderTest;

beforeEach(async () => {
  await queue.fill('first', 'second');
  agent = await startAgent(queue);
});

/** Both items are there, once, and the agent does its work. */
async function expectUnharmed(held: { take: string; payload: string }[] = []): Promise<void> {
  const items = [...held];
  while (items.length < 2) items.push(await agent.take('?wait=30'));
  expect(items.map(({ payload }) => payload).sort()).toEqual(['first', 'second']);
  for (const { take } of items) expect((await agent.post(`/items/${take}/done`)).json).toEqual({});
  await agent.post('/take');
  const { summary } = await expectEnding(agent.worker, 0, 'Queue empty, all done');
  expect(summary).toContain('2 done, 0 failed attempts, 0 dead letters');
}

/** Sends bytes as they are, and resolves with all that comes back until the connection ends. */
function raw(bytes: string | Buffer, end = false): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect(agent.port, '127.0.0.1', () => {
      socket.write(bytes);
      if (end) socket.end();
    });
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', () => {});
    socket.on('close', () => resolve(Buffer.concat(chunks).toString()));
  });
}

const HEAD = 'Host: 127.0.0.1\r\nConnection: close\r\n';

test('what is no HTTP, or no request of ours, is refused with a status and a reason', async () => {
  const cases: [string, number, string][] = [
    ['hello\r\n\r\n', 400, 'no HTTP/1.1 request'],
    [`BREW /take HTTP/1.1\r\n${HEAD}\r\n`, 400, 'no HTTP/1.1 request'],
    [`POST /take HTTP/1.1\r\n${HEAD}Content-Length: many\r\n\r\n`, 400, 'no HTTP/1.1 request'],
    [`POST /take HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431, 'longer than allowed'],
    [`POST /ta\0ke HTTP/1.1\r\n${HEAD}\r\n`, 400, 'no HTTP/1.1 request'],
    [`POST /take%00 HTTP/1.1\r\n${HEAD}\r\n`, 404, 'no path of the agent'],
    [`POST /nowhere HTTP/1.1\r\n${HEAD}\r\n`, 404, '"/nowhere" is no path of the agent'],
    [`POST //take HTTP/1.1\r\n${HEAD}\r\n`, 404, 'no path'],
    [`POST http://127.0.0.1/take HTTP/1.1\r\n${HEAD}\r\n`, 404, 'no path'],
    [`POST * HTTP/1.1\r\n${HEAD}\r\n`, 404, 'no path'],
    [`GET /items/%E0%A4%A HTTP/1.1\r\n${HEAD}\r\n`, 400, 'not percent-encoded UTF-8'],
    [`GET /items/1%00 HTTP/1.1\r\n${HEAD}\r\n`, 404, '"1\\u0000" is no take of this agent'],
    [`GET /items/${'x'.repeat(5_000)} HTTP/1.1\r\n${HEAD}\r\n`, 404, '… is no take of this agent'.slice(2)],
    [`GET /take HTTP/1.1\r\n${HEAD}\r\n`, 405, 'GET is not allowed for "/take"; allowed: POST'],
    [`DELETE /take HTTP/1.1\r\n${HEAD}\r\n`, 405, 'allowed: POST'],
    [`OPTIONS /health HTTP/1.1\r\n${HEAD}\r\n`, 405, 'allowed: GET, HEAD'],
    [`POST /take?wait=soon HTTP/1.1\r\n${HEAD}\r\n`, 400, 'wait is "soon"; allowed: seconds'],
    [`POST /take?wait=-1 HTTP/1.1\r\n${HEAD}\r\n`, 400, 'wait is "-1"'],
    [`POST /take?wait=1e9 HTTP/1.1\r\n${HEAD}\r\n`, 400, 'wait is "1e9"'],
    [`POST /take?wait=1&wait=2 HTTP/1.1\r\n${HEAD}\r\n`, 400, 'wait twice'],
    [`POST /take?timeout=3 HTTP/1.1\r\n${HEAD}\r\n`, 400, 'the field "timeout", which this call has not'],
    [`POST /take?as=xml HTTP/1.1\r\n${HEAD}\r\n`, 400, 'as is "xml"; allowed: text, json'],
    [`POST /items/x/later HTTP/1.1\r\n${HEAD}\r\n`, 400, '?in= is missing'],
    [`POST /items/x/done HTTP/1.1\r\n${HEAD}\r\n`, 404, '"x" is no take of this agent; use the'],
    [`POST /take HTTP/1.1\r\n${HEAD}Expect: miracles\r\n\r\n`, 417, ''],
  ];
  for (const [bytes, status, message] of cases) {
    const answer = await raw(bytes);
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    expect([bytes.slice(0, 60), head.split(' ')[1]]).toEqual([bytes.slice(0, 60), `${status}`]);
    if (message)
      expect([bytes.slice(0, 60), JSON.parse(body).message]).toEqual([
        bytes.slice(0, 60),
        expect.stringContaining(message),
      ]);
  }
  expect(await raw(`DELETE /take HTTP/1.1\r\n${HEAD}\r\n`)).toMatch(/\r\nallow: POST\r\n/);
  await expectUnharmed();
});

test('a Host from elsewhere, none at all, and a page in a browser are refused', async () => {
  for (const host of ['agent.example', '10.0.0.7:7440', '127.0.0.1.nip.io', '', 'localhost.evil:80']) {
    const answer = await raw(`POST /take HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    expect([host, answer.split(' ')[1]]).toEqual([host, '403']);
  }
  expect(await raw('POST /take HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1.1 403 /);
  for (const header of ['Origin: http://127.0.0.1', 'Sec-Fetch-Site: cross-site']) {
    expect(await raw(`POST /take HTTP/1.1\r\n${HEAD}${header}\r\n\r\n`)).toMatch(/^HTTP\/1.1 403 /);
  }
  for (const host of ['localhost', 'LOCALHOST:1', '127.0.0.1:9', '[::1]:9']) {
    expect(await raw(`GET /health HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)).toMatch(/^HTTP\/1.1 200 /);
  }
  await expectUnharmed();
});

test('what is no JSON, or no such JSON, settles nothing', async () => {
  const first = await agent.take();
  const second = await agent.take();
  const send = (path: string, body: string | Uint8Array<ArrayBuffer>, method = 'POST') =>
    agent.call(method, `/items/${first.take}${path}`, { body, headers: { 'content-type': 'application/json' } });
  const refused: [Promise<Answer>, string][] = [
    [send('/done', '{"half":'), 'the body is to be JSON, and is not: '],
    [send('/done?take', 'nothing'), 'Nothing was changed'],
    [send('/done', new Uint8Array([34, 255, 34])), 'not UTF-8'],
    [send('/done', `${'['.repeat(100_000)}${']'.repeat(100_000)}`), 'nested too deeply'],
    [send('/fail', '{"error":"no message"}'), 'without a text "message"'],
    [send('/fail', '[]'), 'without a text "message"'],
    [send('/fail', 'null'), 'without a text "message"'],
    [send('/checkpoint', '{', 'PUT'), 'is to be JSON'],
    [send('/progress', '{"fraction":2}', 'PUT'), 'allowed are numbers from 0 to 1'],
    [send('/progress', '{"fraction":"half"}', 'PUT'), 'the body says no progress'],
    [send('/log', '{"line":"?"}'), 'without a text "text"'],
    [send('/add', '7'), 'no array'],
    [send('/later?in=tomorrow', ''), 'in is "tomorrow"'],
  ];
  for (const [answer, message] of refused) {
    const { status, json } = await answer;
    expect([status, json.message]).toEqual([400, expect.stringContaining(message)]);
  }
  expect(await send('/checkpoint', JSON.stringify('x'.repeat(70_000)), 'PUT')).toMatchObject({ status: 413 });
  expect((await agent.call('GET', `/items/${first.take}`)).status).toBe(200);
  await expectUnharmed([first, second]);
});

test('settled again in the same way is fine, in another way a conflict, and both at once settle once', async () => {
  const first = await agent.take();
  const second = await agent.take();
  const settle = (take: string, verb: string) => agent.post(`/items/${take}/${verb}`, 'body');
  expect((await settle(first.take, 'done')).json).toEqual({});
  expect((await settle(first.take, 'done')).json).toEqual({ repeated: true });
  expect(await settle(first.take, 'fail')).toMatchObject({ status: 409, json: { state: 'done' } });
  expect(await agent.call('GET', `/items/${first.take}`)).toMatchObject({ status: 409, json: { state: 'done' } });

  const verbs = ['done', 'fail', 'later?in=9', 'done', 'fail', 'done'];
  const answers = await Promise.all(verbs.map((verb) => settle(second.take, verb)));
  const wins = answers.filter(({ status, json }) => status === 200 && !json.repeated);
  expect(wins.length).toBe(1);
  expect(answers.filter(({ status }) => status !== 200 && status !== 409)).toEqual([]);
});

test('two clients with one item: one settles it, the other is told how', async () => {
  const first = await agent.take();
  const [one, other] = await Promise.all([
    agent.post(`/items/${first.take}/done`, 'mine'),
    agent.post(`/items/${first.take}/done`, 'no, mine'),
  ]);
  expect([one.json, other.json].filter(({ repeated }) => repeated).length).toBe(1);
  const last = await agent.take();
  await agent.post(`/items/${last.take}/done`);
  await agent.post('/take');
  const { summary } = await expectEnding(agent.worker, 0, 'all done');
  expect(summary).toContain('2 done');
});

/** Peak of the memory of the agent, in bytes. */
function peak(): number {
  const status = readFileSync(`/proc/${agent.worker.pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) * 1_024;
}

/** Sends a body in chunks of a MiB, as fast as they are taken. */
function sendLong(path: string, mib: number, headers: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const client = httpRequest(`${agent.url}${path}`, { method: 'POST', headers }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode as number));
    });
    client.on('error', reject);
    const chunk = Buffer.alloc(1_048_576, 97);
    let sent = 0;
    const next = () => {
      while (sent < mib) {
        sent++;
        if (!client.write(chunk)) {
          client.once('drain', next);
          return;
        }
      }
      client.end();
    };
    next();
  });
}

test('bodies of 50 MB are refused, also many at once, and take little memory', async () => {
  const first = await agent.take();
  const before = peak();
  const path = `/items/${first.take}/done`;
  expect(await sendLong(path, 50, { 'content-length': String(50 * 1_048_576) })).toBe(413);
  // Without a length, it shows only on the way.
  const statuses = await Promise.all(Array.from({ length: 6 }, () => sendLong(path, 50)));
  expect(new Set(statuses)).toEqual(new Set([413]));
  expect(await sendLong(`/items/${first.take}/fail`, 2)).toBe(413);
  expect(peak() - before).toBeLessThan(200 * 1_048_576);
  const declared = await raw(
    `POST ${path} HTTP/1.1\r\n${HEAD}Content-Length: 999999999999\r\nExpect: 100-continue\r\n\r\n`,
  );
  expect(declared).toMatch(/^HTTP\/1.1 413 /);
  const most = await agent.post(path, 'x'.repeat(16 * 1_048_576));
  expect([most.status, most.json]).toEqual([200, {}]);
});

/** A connection on which a request was begun. */
async function begin(bytes: string): Promise<Socket> {
  const socket = connect(agent.port, '127.0.0.1');
  socket.on('error', () => {});
  await new Promise((resolve) => socket.write(bytes, resolve));
  return socket;
}

test('a client that vanishes amid its body, or before its answer, loses nothing', async () => {
  const first = await agent.take();
  const second = await agent.take();
  const half = await begin(`POST /items/${first.take}/done HTTP/1.1\r\n${HEAD}Content-Length: 100\r\n\r\nhalf`);
  half.destroy();
  const reset = await begin(`POST /items/${first.take}/done HTTP/1.1\r\n${HEAD}Content-Length: 100\r\n\r\nhalf`);
  reset.resetAndDestroy();
  for (let i = 0; i < 20; i++) {
    const gone = await begin(`POST /take?wait=30 HTTP/1.1\r\n${HEAD}\r\n`);
    if (i % 2) gone.resetAndDestroy();
    else gone.destroy();
  }
  expect((await agent.call('GET', `/items/${first.take}`)).json).toEqual({ state: 'held' });
  await expectUnharmed([first, second]);
});

test('a take that waits, and whose client vanishes, gets nothing: another one does', async () => {
  const first = await agent.take();
  const second = await agent.take();
  const waiting = await Promise.all(Array.from({ length: 5 }, () => begin(`POST /take HTTP/1.1\r\n${HEAD}\r\n`)));
  for (const socket of waiting) socket.destroy();
  const { json } = await agent.post(`/items/${second.take}/fail?take`, 'again');
  expect(json).toMatchObject({ payload: 'second', attempt: 2 });
  for (const { take } of [first, json]) await agent.post(`/items/${take}/done`);
  await agent.post('/take');
  await expectEnding(agent.worker, 0, 'Queue empty, all done');
});

test('requests that are sent ahead are answered in their order', async () => {
  const get = `GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n`;
  const take = `POST /take?as=text HTTP/1.1\r\nHost: localhost\r\n\r\n`;
  const answers = await raw(`${get}${take}${get}${take}POST /take?wait=0 HTTP/1.1\r\n${HEAD}\r\n`);
  const statuses = answers.match(/HTTP\/1.1 \d+/g);
  expect(statuses?.map((each) => each.slice(9))).toEqual(['200', '200', '200', '200', '204']);
  const takes = [...answers.matchAll(/^(\d\.1-\S+)\n(\w+)/gm)].map(([, take = '', payload = '']) => {
    return { take, payload: payload.replace('HTTP', '') };
  });
  await expectUnharmed(takes);
});
