import { Lines } from './lines';

function told(...chunks: (string | Buffer)[]): string[] {
  const lines: string[] = [];
  const reader = new Lines((line) => lines.push(line));
  for (const chunk of chunks) reader.write(Buffer.from(chunk));
  reader.end();
  return lines;
}

test('lines come whole, also where they and their characters are cut', () => {
  const apple = Buffer.from('🍎');
  expect(told('one\ntw', 'o\n\n', apple.subarray(0, 1), apple.subarray(1), ' last')).toEqual([
    'one',
    'two',
    '',
    '🍎 last',
  ]);
  expect(told('one\r\n')).toEqual(['one']);
  expect(told()).toEqual([]);
});

test('of a line that writes over itself, the last state is told', () => {
  expect(told('10 %\r20', ' %\r100 %\n', 'done')).toEqual(['100 %', 'done']);
  expect(told('10 %\r20 %\r')).toEqual(['20 %']);
});

test('a line without end is told in pieces, and nothing of it is kept', () => {
  const pieces = told(...Array.from({ length: 16 }, () => 'x'.repeat(65_536)));
  expect(pieces.join('')).toHaveLength(1_048_576);
  expect(Math.max(...pieces.map(({ length }) => length))).toBe(8_192);
  expect(told(`${'y'.repeat(20_000)}\n`).map(({ length }) => length)).toEqual([8_192, 8_192, 3_616]);
});
