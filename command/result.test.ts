import { resultOf } from './result';

const of = (text: string | Buffer) => resultOf('/bin/jq', Buffer.from(text));

test.each([
  ['{"a": [1, null]}\n', { a: [1, null] }],
  ['null', null],
  ['42\n', 42],
  ['"text"', 'text'],
])('%p is JSON', (written, value) => {
  expect(of(written)).toEqual(value);
});

test.each([
  ['', ''],
  ['\n', ''],
  ['two\nlines\n\n', 'two\nlines\n'],
  ['windows\r\n', 'windows'],
  ['{"a":', '{"a":'],
  ['12345678901234567890\n', '12345678901234567890'],
  ['1.0\n', '1.0'],
  ['007', '007'],
])('%p is text', (written, value) => {
  expect(of(written)).toBe(value);
});

test('other bytes are none', () => {
  expect(() => of(Buffer.from([0xff, 1]))).toThrow('jq wrote something else than UTF-8 to standard output');
});
