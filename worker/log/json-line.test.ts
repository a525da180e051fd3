import { jsonLine } from './json-line';
import type { Entry } from './log';

const AT = new Date('2026-11-26T12:03:04.123Z');
const entry = (more: Partial<Entry> = {}): Entry => ({
  level: 'info',
  text: 'resized',
  label: '7',
  fields: { queue: 'thumbnails', worker: 'pod-1', id: 7, attempt: 2 },
  ...more,
});
const read = (more: Partial<Entry>) => JSON.parse(jsonLine(entry(more), AT));

test('a line is one object: when, how much it matters, the words, and what they are about', () => {
  expect(jsonLine(entry({ given: { width: 200 } }), AT)).toBe(
    '{"time":"2026-11-26T12:03:04.123Z","level":"info","msg":"resized","queue":"thumbnails","worker":"pod-1","id":7,"attempt":2,"width":200}',
  );
  expect(jsonLine(entry({ text: 'one\ntwo\u2028three\u001b[31m' }), AT)).toContain('"one\\ntwo\u2028three\\u001b[31m"');
});

test('nothing that a handler says hides which item it is at', () => {
  expect(read({ given: { id: 'own', level: 'fatal', time: 1, a: 2 } })).toMatchObject({
    ...{ id: 7, level: 'info', time: AT.toISOString(), a: 2 },
    fields: { id: 'own', level: 'fatal', time: 1 },
  });
});

test('an error has its type, its stack and its causes, and whatever was thrown has the same shape', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  const { err } = read({ fields: { err: new TypeError('fetch failed', { cause: refused }) } });
  expect(err).toMatchObject({
    type: 'TypeError',
    message: 'fetch failed',
    stack: expect.stringMatching(/^TypeError: fetch failed\n {4}at .*json-line\.test\.ts/),
    cause: { type: 'Error', message: 'connect ECONNREFUSED', code: 'ECONNREFUSED' },
  });
  expect(read({ given: { err: 'rotten' } }).err).toEqual({ type: 'string', message: 'rotten' });
  expect(read({ fields: { err: null } }).err).toEqual({ type: 'null', message: 'null' });
  const aggregate = new AggregateError([new Error('a'), 'b']);
  expect(read({ given: { failed: aggregate } }).failed).toMatchObject({
    type: 'AggregateError',
    aggregateErrors: [{ message: 'a' }, { type: 'string', message: 'b' }],
  });
});

const cycle: Record<string, unknown> = { a: 1 };
cycle.self = cycle;
const causedByItself = new Error('around');
causedByItself.cause = causedByItself;
const throwing = Object.defineProperty({ a: 1 }, 'bad', {
  enumerable: true,
  get: () => {
    throw new Error('no');
  },
});

test.each<[string, object, object]>([
  ['a bigint', { a: 10n ** 20n }, { a: '100000000000000000000' }],
  [
    'what JSON has no word for',
    { a: Number.NaN, b: Infinity, c: undefined, d: () => 1, e: Symbol('s') },
    { a: 'NaN', b: 'Infinity', e: 'Symbol(s)' },
  ],
  ['a cycle', cycle, { a: 1, self: { a: 1, self: '[circular]' } }],
  ['a getter that throws', throwing, { a: 1, bad: '[cannot be read]' }],
  [
    'a proxy that throws',
    {
      a: new Proxy(
        {},
        {
          ownKeys: () => {
            throw new Error('no');
          },
        },
      ),
    },
    { a: '[cannot be read]' },
  ],
  [
    'a toJSON that throws',
    {
      a: {
        toJSON: () => {
          throw new Error('no');
        },
      },
    },
    { a: '[cannot be read]' },
  ],
  [
    'what says itself how it is written',
    { a: { toJSON: () => ({ b: 1 }) }, at: AT, gone: new Date(Number.NaN) },
    { a: { b: 1 }, at: AT.toISOString(), gone: 'Invalid Date' },
  ],
  [
    'collections',
    {
      a: new Map<unknown, unknown>([
        ['b', 1],
        [2, new Set([3])],
      ]),
      c: Buffer.alloc(5),
      d: /x/g,
    },
    { a: { 2: [3], b: 1 }, c: '[5 bytes]', d: '/x/g' },
  ],
  [
    'names that mean something',
    JSON.parse('{"__proto__": 1, "constructor": 2, "toJSON": 3}'),
    { ['__proto__']: 1, constructor: 2, toJSON: 3 },
  ],
])('%s is written without harm', (_, given, expected) => {
  const written = read({ given, fields: {} });
  for (const name of ['time', 'level', 'msg']) delete written[name];
  expect(JSON.stringify(written)).toBe(JSON.stringify(expected));
});

test('an error that is its own cause has an end, and one whose members throw has a text', () => {
  expect(read({ fields: { err: causedByItself } }).err).not.toHaveProperty('cause');
  const hostile = new Proxy(new Error('x'), {
    get: () => {
      throw new Error('no');
    },
  });
  expect(read({ fields: { err: hostile } }).err.message).toEqual(expect.any(String));
});

test.each<[string, Partial<Entry>]>([
  ['a long text', { text: 'é"\u0001'.repeat(100_000) }],
  ['a long field', { given: { a: 'x'.repeat(1_000_000) } }],
  [
    'many fields',
    { given: Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`name${i}`, 'x'.repeat(500)])) },
  ],
  ['a deep field', { given: JSON.parse(`${'{"a":'.repeat(500)}1${'}'.repeat(500)}`) }],
  ['a wide one', { given: { a: Array.from({ length: 100_000 }, () => ['x'.repeat(100)]) } }],
  ['a long error', { fields: { err: new Error('x'.repeat(100_000), { cause: new Error('"'.repeat(100_000)) }) } }],
])('%s does not make a line longer than a container runtime takes', (_, more) => {
  expect(Buffer.byteLength(jsonLine(entry(more), AT))).toBeLessThanOrEqual(16_000);
  expect(read(more)).toMatchObject({ level: 'info' });
});
