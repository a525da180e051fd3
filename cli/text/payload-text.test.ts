import { oneLine } from '../../worker/log/one-line';
import { payloadFields, payloadLine, severalLines } from './payload-text';

test('text stays text, anything else is base64', () => {
  expect(payloadFields(Buffer.from('crème\n'))).toEqual({ payload: 'crème\n' });
  expect(payloadFields(Buffer.from('\ufeffx'))).toEqual({ payload: '\ufeffx' });
  expect(payloadFields(Buffer.from([0xff, 0]))).toEqual({ payloadBase64: '/wA=' });
});

test('on one line for people', () => {
  expect(payloadLine(Buffer.from('apple'))).toBe('apple');
  expect(payloadLine(Buffer.from(''))).toBe('');
  expect(payloadLine(Buffer.from([0xff, 0xd8, 0xff]))).toBe('<3 bytes: ffd8ff>');
  expect(payloadLine(Buffer.alloc(20, 0xff))).toBe(`<20 bytes: ${'ff'.repeat(16)}…>`);
});

test.each([1, 2, 3, 4])('the beginning of a payload is not cut through a character (%i bytes of it)', (n) => {
  const start = Buffer.from('ab😀').subarray(0, 2 + n);
  expect(payloadLine(start, 100)).toBe(n === 4 ? 'ab😀…' : 'ab…');
});

test('no item moves the cursor, colours the screen or turns the text round', () => {
  expect(oneLine('a\u001b[2Jb\r\nc\td\u009bq\u202e')).toBe('a\\u001b[2Jb\\r\\nc\\td\\u009bq\\u202e');
  expect(severalLines('a\n\tb\u001b[31m')).toBe('a\n\tb\\u001b[31m');
});
