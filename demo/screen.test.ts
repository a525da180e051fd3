import { colours, table } from './screen';

test('columns are as wide as their widest cell, and lines end where they end', () => {
  expect(
    table([
      ['a', 'bb', 'c'],
      ['aaa', 'b', ''],
    ]),
  ).toBe('  a     bb   c\n  aaa   b');
});

test('colours are for terminals, and NO_COLOR takes them away', () => {
  const painted = (isTTY: boolean, env = {}) => colours({ isTTY }, env).ofWorker(0)('x');
  expect(painted(true)).toBe('\u001b[36mx\u001b[39m');
  expect(painted(true, { NO_COLOR: '1' })).toBe('x');
  expect(painted(false)).toBe('x');
});
