import { middle, payloadText } from './payload-text';

/** Whether it has no half of a character. */
const isWellFormed = (text: string) => !/[\ud800-\udfff]/u.test(text);
const bytes = (text: string) => Buffer.from(text);

test('a short payload stays as it is', () => {
  expect(payloadText(bytes('a\nü 🍎\u0000'))).toEqual({ text: 'a\nü 🍎\u0000', bytes: 10 });
  expect(payloadText(bytes(''))).toEqual({ text: '', bytes: 0 });
  expect(payloadText(bytes('\ufeffa'))).toEqual({ text: '\ufeffa', bytes: 4 });
});

test.each([
  ['a', 2_001],
  ['ü', 2_001],
  ['🍎', 1_001],
  ['a', 20_000],
  ['ü', 20_001],
  ['林', 20_000],
  ['🍎', 20_000],
  ['a🍎', 20_000],
])('a long one of %s is cut in the middle, and through no character', (character, times) => {
  const payload = bytes(character.repeat(times));
  const { text, bytes: size, binary } = payloadText(payload);
  expect([size, binary]).toEqual([payload.length, undefined]);
  expect(text.length).toBeLessThanOrEqual(2_000);
  expect(text.length).toBeGreaterThan(1_990);
  expect(isWellFormed(text)).toBe(true);
  expect(text).not.toContain('\ufffd');
  expect(text.split('…')).toHaveLength(2);
});

test('what is no UTF-8 is hexadecimal, and its middle is left out as well', () => {
  expect(payloadText(Buffer.from([0xff, 1]))).toEqual({ text: 'ff01', bytes: 2, binary: true });
  const { text, bytes: size, binary } = payloadText(Buffer.alloc(100_000, 0xff));
  expect([text.length, text.includes('…'), size, binary]).toEqual([2_001, true, 100_000, true]);
  // Also where only the middle is none.
  const payload = bytes('a'.repeat(100_000));
  payload[50_000] = 0xff;
  expect(payloadText(payload).binary).toBe(true);
});

test('of a payload whose beginning alone is there, that is said, and the character that it ends in is left out', () => {
  expect(payloadText(bytes('ab🍎').subarray(0, 4), 100)).toEqual({ text: 'ab…', bytes: 100 });
  expect(payloadText(Buffer.from([0xff, 0xfe]), 100)).toEqual({ text: 'fffe…', bytes: 100, binary: true });
});

test('a text is cut in the middle', () => {
  expect(middle('abcdefghij', 5)).toBe('ab…ij');
  expect(middle('abcde', 5)).toBe('abcde');
  expect(isWellFormed(middle('a🍎🍎🍎🍎b', 6))).toBe(true);
});
