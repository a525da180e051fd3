import { ConfigurationError } from '../worker/errors';
import { COMMAND_DEFAULTS, readCommandSpec } from './command-spec';

const read = (...args: string[]) => readCommandSpec(args);

test('words alone have defaults for all else', () => {
  expect(read('--', 'convert', '{}', '--', '--input')).toEqual({
    words: ['convert', '{}', '--', '--input'],
    ...COMMAND_DEFAULTS,
  });
});

test('each option is read', () => {
  const options = ['--input', 'stdin', '--dead=65,2', '--later', '75, 69', '--later-in', '500', '--results'];
  expect(read(...options, '--kill-after', '0', '--', 'cat')).toEqual({
    words: ['cat'],
    input: 'stdin',
    dead: [65, 2],
    later: [75, 69],
    laterIn: 500,
    results: true,
    killAfter: 0,
  });
});

test('a code that is given for one is no default of the other, and a list may be empty', () => {
  expect(read('--dead', '75', '--', 'cat')).toMatchObject({ dead: [75], later: [] });
  expect(read('--later', '65', '--', 'cat')).toMatchObject({ dead: [], later: [65] });
  expect(read('--later', '', '--dead', '', '--', 'cat')).toMatchObject({ dead: [], later: [] });
});

test.each([
  [[], 'there is no command to run for each item'],
  [['--'], 'there is no command to run for each item'],
  [['--', ''], 'there is no command to run for each item'],
  [['cat', '--', 'dog'], "Unexpected argument 'cat'"],
  [['--inputs', '--', 'cat'], "Unknown option '--inputs'"],
  [['--input', '--', 'cat'], "'--input <value>' argument missing"],
  [['--results=yes', '--', 'cat'], "Option '--results' does not take an argument"],
  [['--input', 'file', '--', 'cat'], '--input is "file"; allowed are argument and stdin'],
  [['--dead', '0', '--', 'cat'], '--dead is "0"; allowed are exit codes from 1 to 255'],
  [['--dead', 'all', '--', 'cat'], '--dead is "all"; allowed'],
  [['--later', '256', '--', 'cat'], '--later is "256"; allowed'],
  [['--dead', '2', '--later', '3,2', '--', 'cat'], 'exit code 2 is in --dead and in --later'],
  [['--later-in', '30s', '--', 'cat'], '--later-in is "30s"; allowed are ms'],
  [['--later-in', '31536000001', '--', 'cat'], 'whole numbers from 0 to 31536000000'],
  [['--kill-after', '-1', '--', 'cat'], "'--kill-after"],
  [['--kill-after', '1.5', '--', 'cat'], '--kill-after is "1.5"; allowed are ms'],
])('%p is refused', (args, message) => {
  expect(() => readCommandSpec(args)).toThrow(ConfigurationError);
  expect(() => readCommandSpec(args)).toThrow(message);
});
