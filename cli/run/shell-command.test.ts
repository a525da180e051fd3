import { spawnSync } from 'node:child_process';
import { fillWords } from '../../command';
import { shellLine, shellWords } from './shell-command';

const NASTY = [
  'plain.txt',
  'two  words',
  "it's",
  '"quoted" \\ back',
  '$(echo run) `echo run` $HOME',
  'a;echo run|cat&&echo run>/dev/null',
  '*?[a] ~ !! #no',
  '-rf',
  '{id} {}',
  '🍎 猫',
  '\'"$(echo run)"\'',
  ' ',
];

const run = (words: readonly string[]) => {
  const [program = '', ...args] = words;
  const { stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  return stdout + stderr;
};
const filled = (line: string, text: string, input: 'argument' | 'stdin' = 'argument') =>
  fillWords(shellWords(line, input), { text, id: 7, attempt: 1 }, input === 'argument');

describe.each([
  ['a word', 'printf "<%s>" {}', (item: string) => `<${item}>`],
  ['within a word', 'printf "<%s>" out/{}.{id}', (item: string) => `<out/${item}.7>`],
  ['no place', 'printf "<%s>"', (item: string) => `<${item}>`],
  ['double quotes', 'printf "<%s>" "a {}0"', (item: string) => `<a ${item}0>`],
  ['single quotes', "printf '<%s>' 'a {} b'", (item: string) => `<a ${item} b>`],
  ['a substitution', 'printf "<%s>" "$(printf %s. {})"', (item: string) => `<${item}.>`],
  [
    'quotes in a substitution in quotes',
    'printf "<%s>" "$(printf "%s." "{}" \'{}\')"',
    (item: string) => `<${item}.${item}.>`,
  ],
  ['a substitution of old', 'printf "<%s>" "`printf %s. {}`"', (item: string) => `<${item}.>`],
  ['a subshell', '(printf "<%s>" {}) | cat; printf %s "{}"', (item: string) => `<${item}>${item}`],
  [
    'behind an apostrophe that is none',
    'printf "it\'s <%s>" {} \\\'{}',
    (item: string) => `it's <${item}>it's <'${item}>`,
  ],
  ['behind a comment', '# it\'s {}\nprintf "<%s>" {}', (item: string) => `<${item}>`],
  ['an assignment', 'x={}; printf "<%s>" "$x"', (item: string) => `<${item}>`],
])('%s', (_, line, expected) => {
  test.each(NASTY)('is the item %p', (item) => {
    expect(run(filled(line, item))).toBe(expected(item));
    expect(run(['sh', '-c', shellLine(line.replace('{id}', '7'), 'argument', item)])).toBe(expected(item));
  });
});

test.each(['cat <<EOF\n{}\nEOF', 'case x in x) echo "$(case y in y) echo "{}";; esac)";; esac', '"{}', "'{}", '`{}'])(
  'in a line that is read wrongly, an item is no code: %p',
  (line) => {
    for (const item of NASTY) {
      expect(run(filled(line, item))).not.toMatch(/^\s*run\b/m);
      if (/`|<<|case/.test(line))
        expect(run(['sh', '-c', shellLine(line, 'argument', item)])).not.toMatch(/^\s*run\b/m);
    }
  },
);

test('on standard input nothing is appended', () => {
  expect(shellWords('wc -c', 'stdin')).toEqual(['sh', '-c', 'wc -c', 'sh']);
  expect(shellWords('wc -c {}', 'stdin')).toEqual(['sh', '-c', 'wc -c "$1"', 'sh', '{}']);
  expect(shellLine('wc -c', 'stdin', 'x')).toBe('wc -c');
});

test('braces that are no place stay', () => {
  expect(shellWords("awk '{print $1}' {} \\{\\} {.}", 'argument')[2]).toBe('awk \'{print $1}\' "$1" \\{\\} {.}');
});
