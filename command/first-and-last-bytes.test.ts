import { FirstBytes } from './first-bytes';
import { LastBytes } from './last-bytes';

const written = <Kept extends FirstBytes | LastBytes>(to: Kept, ...chunks: (string | Buffer)[]): Kept => {
  for (const chunk of chunks) to.write(Buffer.from(chunk));
  return to;
};

test('the last bytes are kept, and no half character', () => {
  expect(written(new LastBytes(5), 'abc', 'defg').text).toBe('cdefg');
  expect(written(new LastBytes(5), 'abc').text).toBe('abc');
  expect(written(new LastBytes(5), 'abcdefgh').text).toBe('defgh');
  expect(written(new LastBytes(5), '🍎ab', 'c').text).toBe('abc');
  expect(new LastBytes(5).text).toBe('');
});

test('the first bytes are kept as long as there are no more', () => {
  const whole = written(new FirstBytes(4), 'ab', 'cd');
  expect([whole.isWhole, whole.bytes.toString()]).toEqual([true, 'abcd']);
  const more = written(new FirstBytes(4), 'abcd', 'e', 'f');
  expect([more.isWhole, more.bytes.length]).toEqual([false, 0]);
});
