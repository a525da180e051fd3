import * as v from 'valibot';
import { z } from 'zod';
import { queueNameProblem } from '../settings/queue-name';
import { defineQueue, InvalidItemError, type StandardSchema } from './define-queue';

const thumbnails = defineQueue({ name: 'thumbnails', schema: z.object({ url: z.url(), width: z.int() }) });
const good = { url: 'https://example.org/a.png', width: 200 };

/** As a program in JavaScript, or one whose types lie, calls it. */
const untyped = defineQueue as (options: unknown) => ReturnType<typeof defineQueue>;
const anything = (name = 'any') => defineQueue({ name, schema: z.any() });

describe('a queue', () => {
  test('says what it is made of', () => {
    expect(defineQueue({ name: 'q' })).toMatchObject({ name: 'q', payload: 'text' });
    expect(defineQueue({ name: 'q', payload: 'bytes' })).toMatchObject({ name: 'q', payload: 'bytes' });
    expect(thumbnails).toMatchObject({ name: 'thumbnails', payload: 'json', schema: expect.anything() });
  });

  test.each([
    [undefined, 'queue name undefined: give the name of the list'],
    ['', 'queue name string "": give the name'],
    [7, 'queue name number 7: give the name'],
    [1n, 'queue name bigint 1: give the name'],
    ['{job}2', 'queue name "{job}2": braces are not allowed'],
    ['job\n2', 'queue name "job\\n2": control characters are not allowed; use "job2"'],
    ['{}', 'give the name of the list in Redis, such as "job2"'],
    ['\n', 'give the name of the list in Redis, such as "job2"'],
    ['{\n}', 'give the name of the list in Redis, such as "job2"'],
  ])('named %p is refused', (name, problem) => {
    expect(() => untyped({ name })).toThrow(TypeError);
    expect(() => untyped({ name })).toThrow(problem);
    expect(queueNameProblem(name)).toContain(problem);
  });

  test.each(['job2', 'a b', 'fotos:größe', '名前'])('may be named %p', (name) => {
    expect(defineQueue({ name }).name).toBe(name);
  });

  test.each([
    [{ payload: 'text' }, /payload of the queue q is string "text": allowed is 'bytes'/],
    [{ payload: 'bytes', schema: z.string() }, /has a schema and payload 'bytes'.*leave one of them out/],
    [{ schema: { parse: () => 1 } }, /schema of the queue q is a value of type object: allowed is a Standard Schema/],
    [{ schema: null }, /schema of the queue q is null: allowed is a Standard Schema/],
  ])('with %p is refused', (options, problem) => {
    expect(() => untyped({ name: 'q', ...options })).toThrow(problem);
  });
});

describe('items', () => {
  test('become JSON, in order', () => {
    expect(thumbnails.items([good, { ...good, width: 1 }])).toEqual([
      '{"url":"https://example.org/a.png","width":200}',
      '{"url":"https://example.org/a.png","width":1}',
    ]);
  });

  test('may come from any iterable, once', () => {
    function* some() {
      yield 'a';
      yield 'b';
    }
    expect(defineQueue({ name: 'q' }).items(some())).toEqual(['a', 'b']);
    expect(defineQueue({ name: 'q' }).items([])).toEqual([]);
  });

  test('that do not fit are named by place and path', () => {
    const items = () => thumbnails.items([good, { ...good, width: 1.5 }]);
    expect(items).toThrow(InvalidItemError);
    expect(items).toThrow(/^items\[1\] of the queue thumbnails: width: /);
  });

  test('that do not fit in several ways are told so at once, with the issues of the library', () => {
    const error = catchError(() => thumbnails.items([{ url: 'nowhere', width: 'wide' as unknown as number }]));
    expect(error.message).toMatch(/^items\[0\] of the queue thumbnails: url: .+; width: .+$/);
    expect(error.issues).toHaveLength(2);
  });

  test('name the path of a library that wraps its parts', () => {
    const queue = defineQueue({ name: 'q', schema: v.object({ list: v.array(v.object({ n: v.number() })) }) });
    const items = [{ list: [{ n: 1 }, { n: '2' as unknown as number }] }];
    expect(() => queue.items(items)).toThrow(/^items\[0\] of the queue q: list\.1\.n: /);
  });

  test('of bytes are none of a chart', () => {
    const queue = defineQueue({ name: 'q', payload: 'bytes' });
    expect(() => queue.items([Uint8Array.of(1)])).toThrow(/items of a chart are text; fill a queue of bytes with/);
  });

  test('pass on what the iterable throws as it is', () => {
    function* broken(): Iterable<string> {
      yield 'a';
      throw new RangeError('no more');
    }
    expect(() => defineQueue({ name: 'q' }).items(broken())).toThrow(new RangeError('no more'));
  });
});

describe('an item of text', () => {
  const { encode } = defineQueue({ name: 'q' });

  test('stays as it is', () => {
    for (const text of ['', 'a', 'é 🍎', 'a\nb', 'a\u0000']) expect(encode(text)).toBe(text);
  });

  test.each([
    [7, 'expected a string, got number 7'],
    [undefined, 'expected a string, got undefined'],
    [null, 'expected a string, got null'],
    [1n, 'expected a string, got bigint 1'],
    [['a'], 'expected a string, got an array'],
    [{}, 'expected a string, got a value of type object'],
    [Uint8Array.of(1), 'expected a string, got a value of type object'],
  ])('is not %p', (item, problem) => {
    expect(() => encode(item as string)).toThrow(new InvalidItemError(problem));
  });

  test('is not half of a surrogate pair, which would turn into something else on its way', () => {
    expect(() => encode('a\ud83c')).toThrow(
      /half of a surrogate pair, which is not text; queue such data with payload: 'bytes'/,
    );
  });
});

test('an item of bytes is bytes', () => {
  const { encode } = defineQueue({ name: 'q', payload: 'bytes' });
  const item = Buffer.from([0, 255]);
  expect(encode(item)).toBe(item);
  expect(() => encode('a' as unknown as Uint8Array)).toThrow('expected a Uint8Array, got string "a"');
});

describe('an item of JSON', () => {
  test('is what goes into the schema, not what comes out of it', () => {
    const queue = defineQueue({
      name: 'q',
      schema: z.object({ at: z.iso.date().transform((at) => new Date(at)), n: z.int().default(3) }),
    });
    expect(queue.encode({ at: '2026-11-23' })).toBe('{"at":"2026-11-23"}');
  });

  test('is checked as the JSON that a worker will read', () => {
    const queue = defineQueue({ name: 'q', schema: z.object({ at: z.date() }) });
    expect(() => queue.encode({ at: new Date(0) })).toThrow(
      /^it fits the schema, but its JSON in the queue does not: at: /,
    );
    const dates = defineQueue({ name: 'q', schema: z.object({ at: z.coerce.date() }) });
    expect(dates.encode({ at: new Date(0) })).toBe('{"at":"1970-01-01T00:00:00.000Z"}');
  });

  test.each([
    ['undefined', undefined, 'it cannot be written as JSON: undefined'],
    ['a function', () => {}, 'it cannot be written as JSON: a value of type function'],
    ['a symbol', Symbol('x'), 'it cannot be written as JSON: symbol Symbol(x)'],
    ['a bigint', 1n, /^it cannot be written as JSON: TypeError: .*BigInt/],
    ['a bigint inside', { n: 1n }, /^it cannot be written as JSON: TypeError: .*BigInt/],
    ['what has none on purpose', { toJSON: () => undefined }, 'it cannot be written as JSON: a value of type object'],
  ])('is not %s', (_, item, problem) => {
    expect(() => anything().encode(item)).toThrow(InvalidItemError);
    expect(() => anything().encode(item)).toThrow(problem);
  });

  test('is no cycle, which is told on one line', () => {
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    expect(catchError(() => anything().encode(cycle)).message).toMatch(
      /^it cannot be written as JSON: TypeError: .*circular.*$/,
    );
  });

  test('is named by place, whatever is wrong with it', () => {
    expect(() => anything('q').items([1, undefined])).toThrow(
      'items[1] of the queue q: it cannot be written as JSON: undefined',
    );
  });
});

describe('a schema', () => {
  test.each([
    ['zod', z.string().refine(async () => true)],
    [
      'valibot',
      v.pipeAsync(
        v.string(),
        v.checkAsync(async () => true),
      ),
    ],
    ['a hand', schemaOf(() => Promise.reject(new Error('late')))],
  ])('by %s that is asynchronous is refused, with a word of what to do', (_, schema) => {
    const queue = defineQueue({ name: 'q', schema: schema as StandardSchema<string, string> });
    const message = /the schema of the queue q is asynchronous.*use a synchronous schema/;
    expect(() => queue.encode('a')).toThrow(InvalidItemError);
    expect(() => queue.items(['a'])).toThrow(message);
  });

  test('that throws is an item that does not fit', () => {
    const schema = schemaOf(() => {
      throw new Error('bug');
    });
    expect(() => defineQueue({ name: 'q', schema }).items([1])).toThrow(
      'items[0] of the queue q: the schema threw: Error: bug',
    );
  });
});

function schemaOf(validate: StandardSchema['~standard']['validate']): StandardSchema {
  return { '~standard': { version: 1, vendor: 'test', validate } };
}

function catchError(act: () => unknown): InvalidItemError {
  try {
    act();
  } catch (error) {
    return error as InvalidItemError;
  }
  throw new Error('nothing was thrown');
}
