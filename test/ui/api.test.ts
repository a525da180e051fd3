import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { useQueue } from '../queue-under-test';
import { until } from '../until';
import { UiUnderTest } from './ui-under-test';

// What the page is told of queues, and what it changes.

const queue = useQueue();
let server: UiUnderTest;

beforeAll(async () => {
  server = await UiUnderTest.start(queue.server.url);
});
afterAll(() => server?.close());

const at = (rest = '') => `/api/queues/${encodeURIComponent(queue.name)}${rest}`;

describe('the queues of a store', () => {
  test('are listed with their counts and states, each new one within seconds', async () => {
    await queue.fill('a', 'b', 'c');
    const { queues, store, writable } = await until(
      'the queue is listed',
      async () => (await server.ask('/api/queues')).json,
      ({ queues }) => queues.some(({ name }: { name: string }) => name === queue.name),
    );
    expect({ store, writable }).toEqual({ store: 'redis:6379', writable: true });
    expect(queues.find(({ name }: { name: string }) => name === queue.name)).toEqual({
      name: queue.name,
      state: 'idle',
      waiting: 3,
      running: 0,
      retrying: 0,
      done: 0,
      dead: 0,
      dropped: 0,
      total: 3,
      sealed: true,
      workers: 0,
    });
  });

  test('are those that were named, where some were', async () => {
    await queue.fill('a');
    const some = await UiUnderTest.start(queue.server.url, { queues: [queue.name, 'missing'] });
    try {
      const { queues } = (await some.ask('/api/queues')).json;
      expect(queues.map(({ name, state }: { name: string; state: string }) => [name, state])).toEqual([
        ['missing', 'empty'],
        [queue.name, 'idle'],
      ]);
    } finally {
      await some.close();
    }
  });
});

describe('one queue', () => {
  test('is told in full, as of now', async () => {
    await queue.fill('a');
    const { status, json } = await server.ask(at());
    expect(status).toBe(200);
    expect(json).toMatchObject({
      name: queue.name,
      waiting: 1,
      added: 0,
      batch: null,
      rate: 0,
      timeLeft: null,
      crew: [],
    });
    expect(json.durations.done.buckets.at(-1)).toEqual({ le: null, count: 0 });
    expect(json.history.at(-1)).toEqual([expect.any(Number), 0, 0, null, null, null]);
    await queue.withClient((client) => client.pause());
    expect((await server.ask(at())).json).toMatchObject({ state: 'paused', paused: true });
  });

  test('with its workers, what they hold, and how fast it goes', async () => {
    await queue.fill('sleep 600000', ...Array.from({ length: 20 }, (_, i) => `done ${i}`));
    const worker = queue.start({ WORK_QUEUE_CONCURRENCY: '2' });
    const json = await until(
      'all but one are done',
      async () => (await server.ask(at())).json,
      ({ done }) => done === 20,
    );
    expect(json).toMatchObject({ state: 'running', running: 1, workers: 1, timeLeft: expect.any(Number) });
    expect(json.rate).toBeGreaterThan(0);
    expect(json.crew).toEqual([
      {
        name: expect.any(String),
        holds: 1,
        leaseLeft: expect.any(Number),
        items: [{ text: 'sleep 600000', bytes: 12 }],
        progress: [],
      },
    ]);
    worker.kill('SIGKILL');
    await worker.ended;
  });

  test.each(['a/b', 'ü ñ', '100%', '..x', 'a?b#c', "it's"])('whatever its name is: %s', async (name) => {
    queue.name = name;
    await queue.fill('a');
    expect((await server.ask(at())).json).toMatchObject({ name, waiting: 1 });
    const events = await server.follow(`?queue=${encodeURIComponent(name)}`);
    await until('it is told', () => events.last('queue')?.name === name);
    events.close();
  });

  test('a list that was filled by hand is one', async () => {
    await queue.push('x', 'y');
    expect((await server.ask(at())).json).toMatchObject({ state: 'filling', waiting: 2, total: null, sealed: false });
  });

  test.each([
    ['nope', 404, 'no queue nope'],
    ['%7Bbraces%7D', 400, 'braces are not allowed'],
    ['%ff', 400, 'percent-encoding'],
    ['%00', 400, 'control characters'],
    ['', 400, 'queue name'],
  ])('a name that leads nowhere: %j', async (name, status, error) => {
    for (const rest of ['', '/items', '/dead', '/dead/1']) {
      const answered = await server.ask(`/api/queues/${name}${rest}`);
      expect([answered.status, answered.json.error]).toEqual([status, expect.stringContaining(error)]);
    }
    expect((await server.change(`/api/queues/${name}/pause`)).status).toBe(status);
    expect(await queue.redis.exists('{nope}:meta')).toBe(0);
  });
});

describe('items', () => {
  test('wait, run or are retried; they are found by a text, and at most so many are sent', async () => {
    await queue.fill(...Array.from({ length: 120 }, (_, i) => `item ${i}`));
    const first = (await server.ask(at('/items'))).json;
    expect([first.items.length, first.more]).toEqual([50, true]);
    expect(first.items[0]).toEqual({
      id: null,
      state: 'waiting',
      text: 'item 0',
      bytes: 6,
      worker: null,
      attempts: 0,
      dueIn: null,
    });
    const found = (await server.ask(at('/items?search=item%2011&limit=20'))).json;
    expect(found.items.map(({ text }: { text: string }) => text)).toEqual([
      'item 11',
      ...Array.from({ length: 10 }, (_, i) => `item ${110 + i}`),
    ]);
    expect(found.more).toBe(false);
    expect((await server.ask(at('/items?state=running'))).json).toEqual({ items: [], more: false });
    expect((await server.ask(at('/items?state=waiting&limit=1000'))).json.items).toHaveLength(120);
  });

  test('that are long, or no text', async () => {
    await queue.push('x'.repeat(5_000), Buffer.from([0xff, 0x00, 0x80]));
    const [long, bytes] = (await server.ask(at('/items'))).json.items;
    expect(long).toMatchObject({ text: expect.stringMatching(/^x{999}…x{999}$/), bytes: 5_000 });
    expect(bytes).toMatchObject({ text: 'ff0080', bytes: 3, binary: true });
  });

  test.each(['state=done', 'limit=0', 'limit=1001', 'limit=-1', 'limit=1e2', 'limit='])(
    '%s is refused',
    async (query) => {
      await queue.fill('a');
      const { status, json } = await server.ask(at(`/items?${query}`));
      expect([status, json.error]).toEqual([400, expect.stringMatching(/^(state|limit) is ".*"; allowed /)]);
    },
  );
});

describe('changes', () => {
  test('pause and resume', async () => {
    await queue.fill('a');
    expect((await server.change(at('/pause'))).json).toEqual({ changed: 1 });
    expect((await server.change(at('/pause'))).json).toEqual({ changed: 0 });
    expect(await queue.redis.hget(queue.keys.meta, 'paused')).toBe('1');
    expect((await server.change(at('/resume'))).json).toEqual({ changed: 1 });
    expect(await queue.redis.hget(queue.keys.meta, 'paused')).toBeNull();
  });

  test('cancel', async () => {
    await queue.fill('a', 'b');
    expect((await server.change(at('/cancel'))).json).toEqual({ changed: 2 });
    expect((await server.ask(at())).json).toMatchObject({ state: 'cancelled', dropped: 2 });
  });

  test.each([
    ['pause', '{"a":1}'],
    ['pause', '[]'],
    ['pause', 'null'],
    ['pause', ''],
    ['pause', '{'],
    ['cancel', '{"all":true}'],
    ['dead/drop', '{}'],
    ['dead/drop', '{"all":false}'],
    ['dead/drop', '{"all":true,"ids":[1]}'],
    ['dead/drop', '{"ids":[]}'],
    ['dead/drop', '{"ids":["1"]}'],
    ['dead/drop', '{"ids":[0]}'],
    ['dead/drop', '{"ids":[1.5]}'],
    ['dead/retry', '{"kind":1}'],
    ['dead/retry', '{"__proto__":{"all":true}}'],
    ['dead/retry', `{"ids":[${Array.from({ length: 1_001 }, (_, i) => i + 1)}]}`],
  ])('%s with the body %s is refused, and changes nothing', async (change, body) => {
    await queue.fill('a');
    const { status, json } = await server.change(at(`/${change}`), body);
    expect([status, json.error]).toEqual([400, expect.stringContaining('allowed is')]);
    expect((await server.ask(at())).json).toMatchObject({ state: 'idle', dropped: 0 });
  });

  test('a body that is too large is refused before it is read', async () => {
    await queue.fill('a');
    const headers = { origin: server.origin, 'x-rwq': '1', 'content-type': 'application/json' };
    for (const [name, value, bytes] of [
      ['content-length', '65537', 1],
      ['transfer-encoding', 'chunked', 70_000],
    ] as const) {
      const request = server.send(at('/pause'), { method: 'POST', headers: { ...headers, [name]: value } });
      request.write('"'.padEnd(bytes, 'x'));
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      expect(response.statusCode).toBe(413);
      request.destroy();
    }
    expect((await server.ask(at())).json.state).toBe('idle');
  });
});

test('who sends no request gets no answer, and the server goes on', async () => {
  const { hostname, port } = server.url;
  const socket = connect(Number(port), hostname).setEncoding('utf8');
  socket.write('\u0016\u0003\u0001 no http\r\n\r\n');
  const [answer] = await once(socket, 'data');
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  socket.destroy();
  // In the middle of a body, and of a head.
  for (const text of ['POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nx', 'GET / HT']) {
    const leaving = connect(Number(port), hostname);
    leaving.write(text);
    await once(leaving, 'connect');
    leaving.resetAndDestroy();
  }
  expect((await server.ask('/')).status).toBe(200);
});

describe('dead letters', () => {
  const SERVER = 'UnrecoverableError: HTTP_503';
  const CLIENT = 'UnrecoverableError: HTTP_404';

  /** Three of one kind, and one of another. */
  beforeEach(async () => {
    await queue.fill(
      'unrecoverable HTTP_503',
      'unrecoverable HTTP_404',
      'unrecoverable HTTP_503',
      'unrecoverable HTTP_503',
    );
    await queue.start().ended;
  });
  const dead = async () => (await queue.redis.hkeys(queue.keys.dead)).map(Number).sort();

  test('are grouped by what they have in common', async () => {
    const { total, groups } = (await server.ask(at('/dead'))).json;
    expect(total).toBe(4);
    expect(groups).toEqual([
      { kind: SERVER, reason: 'handler', count: 3, ids: expect.any(Array) },
      { kind: CLIENT, reason: 'handler', count: 1, ids: [2] },
    ]);
    expect([...groups[0].ids].sort()).toEqual([1, 3, 4]);
  });

  test('of a kind are listed, at most so many, and each is shown in full', async () => {
    const { letters, more } = (await server.ask(at(`/dead?kind=${encodeURIComponent(SERVER)}`))).json;
    expect([letters.map(({ id }: { id: number }) => id), more]).toEqual([[1, 3, 4], false]);
    expect(letters[0]).toMatchObject({ attempts: 1, error: SERVER, text: 'unrecoverable HTTP_503', bytes: 22 });
    expect(Math.abs(letters[0].at - Date.now())).toBeLessThan(3_600_000);
    const some = (await server.ask(at(`/dead?kind=${encodeURIComponent(SERVER)}&limit=2`))).json;
    expect([some.letters.length, some.more]).toEqual([2, true]);
    const all = (await server.ask(at('/dead?limit=10'))).json;
    expect(all.letters.map(({ id }: { id: number }) => id)).toEqual([1, 2, 3, 4]);
    expect((await server.ask(at('/dead/2'))).json).toMatchObject({
      id: 2,
      error: CLIENT,
      text: 'unrecoverable HTTP_404',
      stack: expect.stringContaining('by-payload.js'),
    });
    expect((await server.ask(at('/dead/99'))).status).toBe(404);
  });

  test('are retried and dropped: some, those of a kind, all', async () => {
    expect((await server.change(at('/dead/retry'), { ids: [1, 99] })).json).toEqual({ changed: 1 });
    expect(await dead()).toEqual([2, 3, 4]);
    expect((await server.change(at('/dead/drop'), { kind: SERVER })).json).toEqual({ changed: 2 });
    expect(await dead()).toEqual([2]);
    expect((await server.change(at('/dead/drop'), { kind: 'none of them' })).json).toEqual({ changed: 0 });
    expect(await dead()).toEqual([2]);
    expect((await server.change(at('/dead/retry'), { all: true })).json).toEqual({ changed: 1 });
    expect((await server.ask(at())).json).toMatchObject({ state: 'idle', dead: 0, dropped: 2, retrying: 2 });
  });

  test('of a queue that was cancelled are not retried', async () => {
    await queue.push('left');
    await queue.redis.hdel(queue.keys.meta, 'sealed', 'total');
    await server.change(at('/cancel'));
    const { status, json } = await server.change(at('/dead/retry'), { all: true });
    expect([status, json.error]).toEqual([409, expect.stringContaining('cancelled')]);
  });
});
