import { oneLine } from '../../worker/log/one-line';
import { payloadEndsLine, payloadFields, payloadLine, severalLines, wholePayloadLine } from './payload-text';

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

test('whole, where nobody looks at it', () => {
  expect(wholePayloadLine(Buffer.from('x'.repeat(5_000)))).toBe('x'.repeat(5_000));
  expect(wholePayloadLine(Buffer.alloc(20, 0xff))).toBe(`<20 bytes: ${'ff'.repeat(20)}>`);
});

test.each([0, 1, 2, 3])('of a long payload both ends, and no character is cut through (%i)', (n) => {
  const line = payloadEndsLine(Buffer.from(`${'a'.repeat(n)}${'😀'.repeat(1_000)}${'z'.repeat(n)}`), 20);
  expect(line).toMatch(new RegExp(`^a{${n}}(😀){19,20}…(😀){19,20}z{${n}}$`));
});

test('a payload that is not much longer than the line stays whole, and one that is no text is told by its first bytes', () => {
  expect(payloadEndsLine(Buffer.from('x'.repeat(100)), 20)).toBe('x'.repeat(100));
  expect(payloadEndsLine(Buffer.alloc(1_000, 0xff), 20)).toBe(`<1000 bytes: ${'ff'.repeat(16)}…>`);
});
