import { colours, table } from './screen';

test('columns are as wide as their widest cell, and lines end where they end', () => {
  expect(
    table([
      ['a', 'bb', 'c'],
      ['aaa', 'b', ''],
    ]),
  ).toBe('  a     bb   c\n  aaa   b');
});

test('whoever knows how wide a cell looks, says so', () => {
  const rows = [
    ['林檎', 'x'],
    ['pear', 'y'],
  ];
  expect(table(rows, (cell) => (cell === '林檎' ? 4 : cell.length))).toBe('  林檎   x\n  pear   y');
});

test('colours are for terminals; NO_COLOR takes them away, FORCE_COLOR puts them into a pipe', () => {
  const painted = (isTTY: boolean, env = {}) => colours({ isTTY }, env).ofWorker(0)('x');
  const cyan = '\u001b[36mx\u001b[39m';
  expect(painted(true)).toBe(cyan);
  expect(painted(false)).toBe('x');
  expect(painted(true, { TERM: 'dumb' })).toBe('x');
  expect(painted(true, { NO_COLOR: '1' })).toBe('x');
  expect(painted(true, { NO_COLOR: '' })).toBe(cyan);
  expect(painted(false, { FORCE_COLOR: '1' })).toBe(cyan);
  expect(painted(true, { FORCE_COLOR: '0' })).toBe('x');
  expect(painted(false, { FORCE_COLOR: '1', NO_COLOR: '1' })).toBe('x');
});
