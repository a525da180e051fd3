import { fillWords, hasPlace } from './words';

const filling = { text: 'a b.png', id: 7, attempt: 2 };

test.each([
  ['within words', ['cp', '{}', 'out/{id}-{attempt}.png'], ['cp', 'a b.png', 'out/7-2.png']],
  ['several times', ['cp', '{}', '{}.bak'], ['cp', 'a b.png', 'a b.png.bak']],
  ['last, where no word has a place for it', ['cat', '-n'], ['cat', '-n', 'a b.png']],
  ['last, where only its number has one', ['tee', '{id}.log'], ['tee', '7.log', 'a b.png']],
  [
    'and other braces stay',
    ['echo', '{.}', '{name}', '{ }', '{1..3}', '{}'],
    ['echo', '{.}', '{name}', '{ }', '{1..3}', 'a b.png'],
  ],
])('the payload stands %s', (_, words, filled) => {
  expect(fillWords(words, filling, true)).toEqual(filled);
});

test('what an item brings is no placeholder', () => {
  const text = '{id} {} $& $1 {attempt}';
  expect(fillWords(['echo', '{}-{id}'], { ...filling, text }, true)).toEqual(['echo', `${text}-7`]);
});

test('nothing is appended where the item stands elsewhere', () => {
  expect(fillWords(['cat'], filling, false)).toEqual(['cat']);
  expect(fillWords(['cp', '/dev/stdin', '{}'], filling, false)).toEqual(['cp', '/dev/stdin', 'a b.png']);
});

test('a place is two braces', () => {
  expect(['{}', 'a{}b', '{id}', '{ }'].map(hasPlace)).toEqual([true, true, false, false]);
});
