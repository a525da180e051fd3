import { expand } from './expand';

test('two dollar signs are one, and a variable is filled in', () => {
  expect(expand('$$$(A)$$(A)', { A: 'a' })).toBe('$a$(A)');
});
