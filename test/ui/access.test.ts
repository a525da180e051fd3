import { once } from 'node:events';
import { connect } from 'node:net';
import { useQueue } from '../queue-under-test';
import { type Asked, UiUnderTest } from './ui-under-test';

// Who gets in: pages of others that a browser runs beside this one, and names that lead here, do not.

const queue = useQueue();
let open: UiUnderTest;
let closed: UiUnderTest;

beforeAll(async () => {
  open = await UiUnderTest.start(queue.server.url);
  closed = await UiUnderTest.start(queue.server.url, { writable: false });
});
afterAll(() => Promise.all([open?.close(), closed?.close()]));
beforeEach(() => queue.fill('a', 'b'));

const PATHS = ['/', '/app.js', '/app.css', '/api/queues', '/api/events', '/api/queues/queue-1/items', '/nothing'];
const CHANGES: [string, unknown][] = [
  ['pause', {}],
  ['resume', {}],
  ['cancel', {}],
  ['dead/retry', { all: true }],
  ['dead/drop', { all: true }],
];

/** Everything in Redis that a change could touch. */
const isUntouched = async () => {
  expect(await queue.redis.hmget(queue.keys.meta, 'paused', 'cancelled', 'dropped')).toEqual([null, null, null]);
};

const rejected = async (server: UiUnderTest, path: string, asked: Asked, status = 403) => {
  const { status: answered, json, text, headers } = await server.ask(path, asked);
  expect([path, answered]).toEqual([path, status]);
  expect(path.startsWith('/api/') ? json.error : text).toMatch(/\w+ .*\w/);
  expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
};

describe('a name that somebody else has pointed to this machine (DNS rebinding)', () => {
  test.each([
    'evil.example',
    'evil.example:80',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'evil.localhost.example:7380',
    '127.evil.example',
    'localhost@evil.example',
    'evil.example#localhost',
    '[::1].evil.example',
    '10.0.0.1',
    '0.0.0.0',
    '[::]',
    ' ',
  ])('%j is refused, whatever is asked for', async (host) => {
    for (const path of PATHS) await rejected(open, path, { headers: { host } });
    for (const [change, body] of CHANGES) {
      const { status } = await open.change(`/api/queues/${queue.name}/${change}`, body, {
        host,
        origin: `http://${host}`,
      });
      expect(status).toBe(403);
    }
    await isUntouched();
  });

  test.each([
    ['two names', 'Host: localhost\r\nHost: evil.example\r\n'],
    ['an empty name', 'Host:\r\n'],
    ['no name', ''],
  ])('%s: refused', async (_, lines) => {
    const { hostname, port } = open.url;
    for (const version of ['1.0', '1.1']) {
      const socket = connect(Number(port), hostname).setEncoding('utf8');
      let answer = '';
      socket.on('data', (chunk) => {
        answer += chunk;
      });
      socket.write(`GET /api/queues HTTP/${version}\r\n${lines}Connection: close\r\n\r\n`);
      await once(socket, 'close');
      expect(answer).toMatch(/^HTTP\/1\.1 40[03] /);
      expect(answer).not.toContain(queue.name);
    }
  });

  test('an address in place of a path is refused', async () => {
    expect((await open.ask('http://evil.example/api/queues')).status).toBe(400);
  });

  test.each(['localhost', 'LocalHost:1', '127.0.0.1', '127.1.2.3:80', '[::1]:7380'])(
    '%s is a name of this machine',
    async (host) => {
      expect((await open.ask('/api/queues', { headers: { host } })).status).toBe(200);
    },
  );
});

describe('a page of somebody else (CSRF)', () => {
  const foreign = (server: UiUnderTest) => [
    'https://evil.example',
    'null',
    `http://localhost:1`,
    server.origin.replace('http:', 'https:'),
    `${server.origin}.evil.example`,
    `http://evil.example:${server.url.port}`,
    '',
  ];

  test('is refused by its origin, whatever it asks for', async () => {
    for (const origin of foreign(open)) {
      for (const path of PATHS) await rejected(open, path, { headers: { origin } });
      for (const [change, body] of CHANGES) {
        const { status } = await open.change(`/api/queues/${queue.name}/${change}`, body, { origin });
        expect([origin, status]).toEqual([origin, 403]);
      }
    }
    await isUntouched();
  });

  test.each(['cross-site', 'same-site'])('is refused where the browser says %s', async (site) => {
    for (const mode of ['no-cors', 'cors', 'websocket']) {
      const headers = { 'sec-fetch-site': site, 'sec-fetch-mode': mode };
      for (const path of PATHS) await rejected(open, path, { headers });
      const { status } = await open.change(`/api/queues/${queue.name}/cancel`, {}, headers);
      expect(status).toBe(403);
    }
    // As a frame, or as what a form leads to.
    const framed = { 'sec-fetch-site': site, 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' };
    await rejected(open, '/', { headers: framed });
    const sent = { 'sec-fetch-site': site, 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
    expect((await open.change(`/api/queues/${queue.name}/cancel`, {}, sent)).status).toBe(403);
    await isUntouched();
  });

  test('a link to the page works', async () => {
    const headers = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
    expect((await open.ask('/', { headers })).status).toBe(200);
  });

  test.each([
    ['no origin', { origin: [] }, 403],
    ['no header of the page', { 'x-rwq': [] }, 403],
    ['another value of it', { 'x-rwq': 'yes' }, 403],
    ['no type', { 'content-type': [] }, 415],
    ['text', { 'content-type': 'text/plain' }, 415],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    ['a form with files', { 'content-type': 'multipart/form-data; boundary=x' }, 415],
    ['a type that begins like JSON', { 'content-type': 'application/jsonp' }, 415],
  ])('a change takes all that a form cannot send: %s', async (_, headers, status) => {
    for (const [change, body] of CHANGES) {
      expect((await open.change(`/api/queues/${queue.name}/${change}`, body, headers)).status).toBe(status);
    }
    await isUntouched();
  });

  test('nobody gets the permission to ask from elsewhere', async () => {
    for (const origin of ['https://evil.example', open.origin]) {
      const { headers } = await open.ask(`/api/queues/${queue.name}/pause`, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'x-rwq' },
      });
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
    }
  });

  test.each(['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('%s changes nothing', async (method) => {
    for (const [change] of CHANGES) {
      const headers = { origin: open.origin, 'x-rwq': '1', 'content-type': 'application/json' };
      const { status } = await open.ask(`/api/queues/${queue.name}/${change}`, { method, headers });
      expect(status).toBe(405);
    }
    await isUntouched();
  });
});

test('without --write nothing is changed', async () => {
  expect((await closed.ask('/api/queues')).json.writable).toBe(false);
  for (const [change, body] of CHANGES) {
    const { status, json } = await closed.change(`/api/queues/${queue.name}/${change}`, body);
    expect([status, json.error]).toEqual([403, expect.stringContaining('--write')]);
  }
  await isUntouched();
});

test('every answer says that nothing else is run, framed, guessed, kept or read', async () => {
  const answers = [
    ...(await Promise.all(PATHS.filter((path) => !path.endsWith('events')).map((path) => open.ask(path)))),
    await open.ask('/', { headers: { host: 'evil.example' } }),
    await open.ask('/api/queues', { headers: { host: 'evil.example' } }),
    await open.change(`/api/queues/${queue.name}/pause`),
    await open.change(`/api/queues/${queue.name}/resume`),
  ];
  const events = await open.follow();
  events.close();
  for (const headers of [...answers, events.response].map((each) => each.headers)) {
    expect(headers).toMatchObject({
      'content-security-policy':
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'no-store',
    });
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
  }
});

test('the page and its two files are served, and nothing else of this machine', async () => {
  for (const [path, type] of [
    ['/', 'text/html'],
    ['/app.js', 'text/javascript'],
    ['/app.css', 'text/css'],
    ['/?x=1', 'text/html'],
  ] as const) {
    const { status, headers, text } = await open.ask(path);
    expect([path, status, headers['content-type']]).toEqual([path, 200, `${type}; charset=utf-8`]);
    expect(text).not.toBe('');
    expect((await open.ask(path, { method: 'HEAD' })).text).toBe('');
    expect((await open.ask(path, { method: 'POST' })).status).toBe(405);
  }
  for (const path of [
    '/index.html',
    '/../../package.json',
    '/..%2f..%2fpackage.json',
    '/%2e%2e/%2e%2e/package.json',
    '/app.js/../../../package.json',
    '/THIRD-PARTY-LICENSES.txt',
    '/constructor',
    '/__proto__',
    '//evil.example/',
    '/api',
    '/api/',
    '/api/constructor',
    `/api/queues/${queue.name}/constructor`,
    '/api/queues/a/b/c/d',
  ]) {
    expect([path, (await open.ask(path)).status]).toEqual([path, 404]);
  }
});

describe('with --host', () => {
  let server: UiUnderTest;
  beforeAll(async () => {
    server = await UiUnderTest.start(queue.server.url, { host: '127.0.0.1' });
  });
  afterAll(() => server?.close());
  const token = () => server.url.searchParams.get('token') as string;

  test('nothing is answered without the token', async () => {
    expect(token()).toMatch(/^[\w-]{32}$/);
    const wrong: Record<string, string>[] = [
      {},
      { authorization: 'Bearer wrong' },
      { authorization: `Basic ${token()}` },
      { cookie: 'rwq-ui=1' },
      { cookie: `rwq-ui-${server.url.port}=wrong` },
      { cookie: `rwq-ui-1=${token()}` },
    ];
    for (const headers of wrong) {
      for (const path of [...PATHS, '/?token=', '/?token=wrong']) await rejected(server, path, { headers }, 401);
      const { status } = await server.change(`/api/queues/${queue.name}/cancel`, {}, headers);
      expect(status).toBe(401);
    }
    // It is taken from the address of the page alone, which other pages cannot know.
    await rejected(server, `/api/queues?token=${token()}`, {}, 401);
    await isUntouched();
  });

  test('the printed address opens the page, which has it in a cookie from then on', async () => {
    const { status, headers } = await server.ask(`/?token=${token()}`);
    expect([status, headers.location]).toEqual([303, '/']);
    const [cookie] = headers['set-cookie'] as string[];
    expect(cookie).toMatch(/^rwq-ui-\d+=[\w-]{32}; Path=\/; HttpOnly; SameSite=Lax$/);
    const sent = { cookie: `other=1; ${cookie?.split(';')[0]}` };
    for (const path of PATHS.filter((each) => each !== '/nothing' && !each.endsWith('events'))) {
      const answered = await server.ask(path, { headers: sent });
      expect([path, answered.status]).toEqual([path, path.endsWith('items') ? expect.any(Number) : 200]);
      expect(answered.text).not.toContain(token());
    }
    const { json } = await server.change(`/api/queues/${queue.name}/pause`, {}, sent);
    expect(json).toEqual({ changed: 1 });
    // The cookie alone is none of the page's own headers.
    await rejected(server, '/api/queues', { headers: { ...sent, origin: 'https://evil.example' } });
    await rejected(server, '/api/queues', { headers: { ...sent, host: 'evil.example' } });
  });

  test('a script sends it as a bearer', async () => {
    const headers = { authorization: `Bearer ${token()}` };
    expect((await server.ask('/api/queues', { headers })).status).toBe(200);
  });

  test('each start has another one', async () => {
    const other = await UiUnderTest.start(queue.server.url, { host: '127.0.0.1' });
    await other.close();
    expect(other.url.searchParams.get('token')).not.toBe(token());
  });

  test('on all addresses it answers to each of them, and to no name but its own', async () => {
    const all = await UiUnderTest.start(queue.server.url, { host: '0.0.0.0' });
    try {
      const authorization = `Bearer ${all.url.searchParams.get('token')}`;
      for (const host of ['10.1.2.3:80', '[fe80::1]', 'localhost', '127.0.0.1']) {
        expect((await all.ask('/api/queues', { headers: { host, authorization } })).status).toBe(200);
      }
      for (const host of ['evil.example', '10.1.2.3.evil.example', '10.1.2', ' ']) {
        await rejected(all, '/api/queues', { headers: { host, authorization } });
      }
    } finally {
      await all.close();
    }
  });
});
