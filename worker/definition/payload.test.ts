import * as v from 'valibot';
import { z } from 'zod';
import { defineQueue, type StandardSchema } from './define-queue';
import { decoderOf } from './payload';

const schemaOf = (validate: StandardSchema['~standard']['validate']): StandardSchema => ({
  '~standard': { version: 1, vendor: 'test', validate },
});

describe('text', () => {
  const decode = decoderOf(defineQueue({ name: 'q' }));

  test.each(['', 'apple', 'é 🍎', '\uFFFD', '\uFEFFwith a mark', 'a\u0000b'])('%j comes as it is', (text) => {
    expect(decode(text)).toEqual({ item: text });
    expect(decode(Buffer.from(text))).toEqual({ item: text });
  });

  test.each([[[0xff]], [[0x61, 0xc3]], [[0xed, 0xa0, 0x80]]])('bytes %j are none', (bytes) => {
    expect(decode(Buffer.from(bytes))).toEqual({ invalid: 'the payload is not UTF-8' });
  });
});

test('bytes come as they are', () => {
  const payload = Buffer.from([0, 0xff]);
  expect(decoderOf(defineQueue({ name: 'q', payload: 'bytes' }))(payload)).toEqual({ item: payload });
});

describe('JSON', () => {
  const decode = decoderOf(
    defineQueue({ name: 'q', schema: z.object({ size: z.object({ width: z.int() }) }).transform((o) => o.size) }),
  );

  test('comes as the schema makes it', () => {
    expect(decode('{"size":{"width":1}}')).toEqual({ item: { width: 1 } });
    expect(decode(Buffer.from('{"size":{"width":1}}'))).toEqual({ item: { width: 1 } });
  });

  test('that is none is invalid', () => {
    expect(decode('{"size":')).toEqual({ invalid: expect.stringMatching(/^not JSON: /) });
    expect(decode('')).toEqual({ invalid: expect.stringMatching(/^not JSON: /) });
    expect(decode(Buffer.from([0x22, 0xff, 0x22]))).toEqual({ invalid: 'the payload is not UTF-8' });
  });

  test('that does not fit says where', () => {
    expect(decode('{"size":{"width":1.5}}')).toEqual({ invalid: expect.stringMatching(/^size\.width: /) });
  });

  test('says where for a library that wraps the parts of a path', () => {
    const inner = decoderOf(
      defineQueue({ name: 'q', schema: v.object({ list: v.array(v.object({ n: v.number() })) }) }),
    );
    expect(inner('{"list":[{"n":1},{"n":"2"}]}')).toEqual({ invalid: expect.stringMatching(/^list\.1\.n: /) });
  });
});

describe('a schema', () => {
  test('may be asynchronous', async () => {
    const decode = decoderOf(defineQueue({ name: 'q', schema: z.string().refine(async (text) => text !== 'bad') }));
    expect(await decode('"good"')).toEqual({ item: 'good' });
    expect(await decode('"bad"')).toEqual({ invalid: expect.any(String) });
  });

  test('that throws is the end of that item alone', async () => {
    const thrower = decoderOf({
      name: 'q',
      payload: 'json',
      schema: schemaOf(() => {
        throw new Error('bug');
      }),
    });
    expect(thrower('1')).toEqual({ invalid: 'the schema threw: Error: bug' });
    const rejecter = decoderOf({
      name: 'q',
      payload: 'json',
      schema: schemaOf(() => Promise.reject(new Error('bug'))),
    });
    expect(await rejecter('1')).toEqual({ invalid: 'the schema threw: Error: bug' });
  });
});
