import { runInNewContext } from 'node:vm';
import { ItemTimeoutError } from './errors';
import { HANDLER_CALL, ownStackOf, placeOf, THROWN_BYTES, textOf, traceOf } from './thrown';

const refused = () =>
  Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:9'), { code: 'ECONNREFUSED', errno: -111 });
const withStack = (error: Error, ...frames: string[]) =>
  Object.assign(error, {
    stack: [`${error.name}: ${error.message}`, ...frames.map((frame) => `    at ${frame}`)].join('\n'),
  });

describe('the text of an error', () => {
  test('has its causes', () => {
    const cause = new TypeError('fetch failed', { cause: refused() });
    expect(textOf(new Error('page 7', { cause }))).toBe(
      'Error: page 7, caused by TypeError: fetch failed, caused by Error: connect ECONNREFUSED 127.0.0.1:9',
    );
  });

  test('has the members of an aggregate, and their causes', () => {
    const members = [new Error('one', { cause: 'flood' }), refused(), 'three', null, 5, 6];
    expect(textOf(Object.assign(new AggregateError(members), { code: 'ECONNREFUSED' }))).toBe(
      'AggregateError [ECONNREFUSED] (Error: one, caused by flood; Error: connect ECONNREFUSED 127.0.0.1:9; three; null; and 2 more)',
    );
  });

  test('does not take other lists for members', () => {
    expect(textOf(Object.assign(new Error('invalid'), { errors: [{ path: 'url' }] }))).toBe('Error: invalid');
  });

  test('ends where its causes go in a circle, or too deep', () => {
    const one = new Error('one');
    one.cause = new Error('two', { cause: one });
    expect(textOf(one)).toBe('Error: one, caused by Error: two, caused by the error before');
    let deep = new Error('0');
    for (let i = 1; i < 1_000; i++) deep = new Error(String(i), { cause: deep });
    expect(textOf(deep)).toMatch(/^Error: 999, .*caused by Error: 990, caused by …$/);
    const wide: Error = new AggregateError(Array.from({ length: 4 }, () => new AggregateError([deep, deep, deep])));
    expect(textOf(wide).length).toBeLessThan(600);
  });

  test('has its code, where the message has not', () => {
    expect(textOf(Object.assign(new Error('no such page'), { code: 'ERR_GONE' }))).toBe(
      'Error [ERR_GONE]: no such page',
    );
    expect(textOf(Object.assign(new Error('not found'), { code: 5 }))).toBe('Error [code 5]: not found');
    expect(textOf(Object.assign(new Error('connect'), { errno: -111 }))).toBe('Error [errno -111]: connect');
    expect(textOf(new DOMException('too late', 'TimeoutError'))).toBe('TimeoutError: too late');
  });

  class HttpError extends Error {}
  const named = (name: unknown) => Object.defineProperty(new Error('no'), 'name', { value: name });
  const saying = (message: unknown) => Object.defineProperty(new Error('no'), 'message', { value: message });
  const throwing = (property: string) =>
    Object.defineProperty(new Error('no'), property, {
      get() {
        throw new Error('no look');
      },
    });
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  test.each<[unknown, string]>([
    [new HttpError('404'), 'HttpError: 404'],
    [named(''), 'Error: no'],
    [named({ a: 1 }), 'Error: no'],
    [named(undefined), 'Error: no'],
    [named('Odd\nname'), 'Odd\nname: no'],
    [saying({ status: 500 }), 'Error: { status: 500 }'],
    [saying(undefined), 'Error'],
    [saying(null), 'Error: null'],
    [saying(Symbol('s')), 'Error: Symbol(s)'],
    [throwing('name'), 'Error: no'],
    [throwing('message'), 'Error'],
    [throwing('cause'), 'Error: no'],
    [throwing('errors'), 'Error: no'],
    [throwing('code'), 'Error: no'],
    [
      runInNewContext('new TypeError("elsewhere", { cause: new Error("deeper") })'),
      'TypeError: elsewhere, caused by Error: deeper',
    ],
    [undefined, 'undefined'],
    [null, 'null'],
    [0, '0'],
    [3n, '3n'],
    ['text', 'text'],
    [{ toString: () => 'of its own' }, 'of its own'],
    [[1, 'two'], "[ 1, 'two' ]"],
    [new Map([[1, 2]]), 'Map(1) { 1 => 2 }'],
    [Symbol('s'), 'Symbol(s)'],
    [{ status: 500, body: { a: [1, { b: { c: {} } }] } }, '{ status: 500, body: { a: [ 1, { b: [Object] } ] } }'],
    [
      { name: 'x', cause: refused() },
      expect.stringMatching(/^\{ name: 'x', cause: .*connect ECONNREFUSED 127.0.0.1:9/),
    ],
    [
      {
        get a() {
          throw new Error('no look');
        },
      },
      '{ a: [Getter] }',
    ],
    [
      {
        [Symbol.for('nodejs.util.inspect.custom')]() {
          throw new Error('no look');
        },
      },
      expect.stringContaining('nodejs.util.inspect.custom'),
    ],
    [
      new Proxy(
        { a: 1 },
        {
          get: () => {
            throw new Error('no look');
          },
          getPrototypeOf: () => {
            throw new Error('no look');
          },
        },
      ),
      '{ a: 1 }',
    ],
    [proxy, '<Revoked Proxy>'],
    [new Error('\u001b[31mred\u001b[39m'), 'Error: red'],
    [new Error('half a \ud83d character'), 'Error: half a \ufffd character'],
  ])('whatever it is', (thrown, text) => {
    expect(textOf(thrown)).toEqual(text);
  });

  test.each([
    ['a message', new Error('x'.repeat(5_000_000))],
    ['a name', named('x'.repeat(5_000_000))],
    ['a string', '猫'.repeat(1_000_000)],
    ['an object', { text: '猫'.repeat(1_000_000), list: Array(1_000_000).fill('猫'.repeat(100)) }],
    ['members', new AggregateError(Array.from({ length: 100_000 }, (_, i) => new Error('猫'.repeat(i))))],
    ['causes', [1, 2, 3, 4, 5, 6, 7, 8, 9].reduce<Error>((cause) => new Error('猫'.repeat(500), { cause }), refused())],
  ])('%s of any length is cut', (_, thrown) => {
    const text = textOf(thrown);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(THROWN_BYTES + 30);
    expect(text).not.toContain('\ufffd');
  });

  test('a long message does not hide what caused it', () => {
    expect(textOf(new Error('x'.repeat(5_000), { cause: refused() }))).toMatch(
      /^Error: x{250}…, caused by Error: connect ECONNREFUSED 127\.0\.0\.1:9$/,
    );
  });
});

describe('the frames of an error', () => {
  const frames = [
    'node:internal/deps/undici/undici:13510:13',
    'process.processTicksAndRejections (node:internal/process/task_queues:105:5)',
    'Pool.query (/app/node_modules/pg/lib/pool.js:45:11)',
    'Lanes.run (file:///worker/bundle.mjs:3:9)',
    'Array.map (<anonymous>)',
    'async fetchPage (/app/src/pages.ts:12:9)',
    'Object.<anonymous> (/app/src/worker.ts:30:3)',
    `${HANDLER_CALL} (/app/dist/worker.js:900:1)`,
    'Lanes.handle (/app/dist/worker.js:901:1)',
  ];

  test('are those of the user’s own code, without names that say nothing', () => {
    const error = withStack(new TypeError('fetch failed'), ...frames);
    expect(placeOf(error)).toBe(' (at async fetchPage (/app/src/pages.ts:12:9))');
    expect(ownStackOf(error)).toBe('at async fetchPage (/app/src/pages.ts:12:9)\nat /app/src/worker.ts:30:3');
  });

  test.each([
    'runWorker.backoff.base',
    'async runWorker.results',
    'Lanes.results',
    'async Object.<anonymous>',
    'Object.<anonymous>',
  ])('the name that an engine makes up for a handler without one, %s, is not told', (name) => {
    expect(placeOf(withStack(new Error('no'), `${name} (/app/worker.js:3:9)`))).toBe(' (at /app/worker.js:3:9)');
  });

  test('those of a cause are there too', () => {
    const cause = withStack(new Error('deep\ndown'), 'inner (/app/a.js:1:1)');
    const error = withStack(new Error('no', { cause }), 'outer (/app/b.js:2:2)');
    expect(ownStackOf(error)).toBe('at outer (/app/b.js:2:2)\nof Error: deep down\nat inner (/app/a.js:1:1)');
    expect(placeOf(withStack(new Error('no', { cause })))).toBe(' (at inner (/app/a.js:1:1))');
  });

  test('a line of the message is none', () => {
    const error = withStack(new Error('no\n    at home (/etc/secret:1:1)'), 'handler (/app/worker.js:3:9)');
    expect(ownStackOf(error)).toBe('at handler (/app/worker.js:3:9)');
  });

  test('those of the runtime are none, wherever it lies', () => {
    expect(ownStackOf(withStack(new Error('no'), `Lanes.handle (${__dirname}/lanes.js:1:1)`))).toBeUndefined();
  });

  test.each([[new ItemTimeoutError('late')], ['text'], [undefined], [Object.assign(new Error('no'), { stack: 7 })]])(
    'there may be none',
    (thrown) => {
      expect(placeOf(thrown)).toBe('');
      expect(ownStackOf(thrown)).toBeUndefined();
    },
  );

  test('they are followed by what a process wrote to standard error, the end of it', () => {
    const failed = (stderr: string, ...frames: string[]) =>
      Object.assign(withStack(new Error('ended with 1'), ...frames), { stderr });
    expect(ownStackOf(failed('\u001b[31mno such file\u001b[39m\n', 'handler (/app/worker.js:3:9)'))).toBe(
      'at handler (/app/worker.js:3:9)\nstderr:\nno such file',
    );
    expect(ownStackOf(failed(' \n'))).toBeUndefined();
    const long = ownStackOf(failed(`${'猫'.repeat(1_000)} the end`)) ?? '';
    expect(long).toMatch(/^stderr:\n猫+ the end$/);
    expect(THROWN_BYTES - Buffer.byteLength(long)).toBeLessThan(4);
  });

  test('they are few and short', () => {
    const many = Array.from({ length: 10_000 }, (_, i) => `${'猫'.repeat(900)} (/app/worker.js:${i}:1)`);
    const causes = [1, 2, 3].reduce<Error>(
      (cause) => withStack(new Error('no', { cause }), ...many),
      new Error('first'),
    );
    expect(Buffer.byteLength(ownStackOf(causes) ?? '')).toBeLessThanOrEqual(THROWN_BYTES);
    expect(traceOf(causes).length).toBeLessThan(100);
  });
});
