import { payloadText, STRING_BYTES, wordProblem } from './payload-text';

test.each(['', 'apple', ' -rf\n"$(id)" 🍎', '\ufeffwith a mark', '\ufffd'])('%p is text as it is', (text) => {
  expect(payloadText(Buffer.from(text))).toEqual({ text });
});

test.each([
  ['a zero byte', Buffer.from('a\0b'), 'it has a zero byte'],
  ['half a character', Buffer.from('🍎').subarray(0, 2), 'it is not UTF-8'],
  ['any bytes', Buffer.from([0xff, 0xfe]), 'it is not UTF-8'],
])('%s is none', (_, payload, problem) => {
  expect(payloadText(payload)).toEqual({ problem });
});

test('a word is as long as the kernel takes it, in bytes', () => {
  expect(wordProblem('a'.repeat(STRING_BYTES - 1))).toBeUndefined();
  expect(wordProblem('a'.repeat(STRING_BYTES))).toBe(
    'with it, a word has 131072 bytes, and the kernel takes 131071 in one',
  );
  expect(wordProblem('é'.repeat(STRING_BYTES / 2))).toContain('131072 bytes');
});
