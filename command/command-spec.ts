import { parseArgs } from 'node:util';
import { ConfigurationError } from '../worker/errors';

/** How the payload of an item reaches the process. */
export type Input = 'argument' | 'stdin';

/** A command that is run once for each item. Times in ms. */
export interface CommandSpec {
  /** The program and its arguments, with placeholders. */
  readonly words: readonly string[];
  readonly input: Input;
  /** Exit codes that make the item a dead letter at once. */
  readonly dead: readonly number[];
  /** Exit codes that put the item off, uncharged. */
  readonly later: readonly number[];
  /** Until an item that was put off is due again. */
  readonly laterIn: number;
  /** Whether standard output is the result of the item. */
  readonly results: boolean;
  /** Between SIGTERM and SIGKILL. */
  readonly killAfter: number;
}

/** EX_DATAERR and EX_TEMPFAIL of sysexits.h, and what else holds where nothing is said. */
export const COMMAND_DEFAULTS = {
  input: 'argument',
  dead: [65],
  later: [75],
  laterIn: 30_000,
  results: false,
  killAfter: 5_000,
} as const satisfies Omit<CommandSpec, 'words'>;

const OPTIONS = {
  input: { type: 'string' },
  dead: { type: 'string' },
  later: { type: 'string' },
  'later-in': { type: 'string' },
  results: { type: 'boolean' },
  'kill-after': { type: 'string' },
} as const;

/** 365 days, and a day. */
const LONGEST_LATER = 31_536_000_000;
const LONGEST_KILL = 86_400_000;

/**
 * Reads the arguments of a worker that runs commands: `[OPTION…] -- WORD…`.
 *
 * @throws ConfigurationError
 */
export function readCommandSpec(args: readonly string[]): CommandSpec {
  const end = args.indexOf('--');
  const words = end < 0 ? [] : args.slice(end + 1);
  const values = valuesOf(end < 0 ? args : args.slice(0, end));
  if (words.length === 0 || words[0] === '') {
    throw new ConfigurationError(
      'there is no command to run for each item; give its words behind --, such as -- convert {} out/{id}.jpg',
    );
  }
  const dead = codes('--dead', values.dead);
  const later = codes('--later', values.later);
  const both = dead?.find((code) => later?.includes(code));
  if (both !== undefined) {
    throw new ConfigurationError(
      `exit code ${both} is in --dead and in --later; an item is given up or put off, so leave it out of one of them`,
    );
  }
  return {
    words,
    input: inputOf(values.input),
    // What is given for one of them is no default of the other.
    dead: dead ?? COMMAND_DEFAULTS.dead.filter((code) => !later?.includes(code)),
    later: later ?? COMMAND_DEFAULTS.later.filter((code) => !dead?.includes(code)),
    laterIn: milliseconds('--later-in', values['later-in'], LONGEST_LATER) ?? COMMAND_DEFAULTS.laterIn,
    results: values.results ?? COMMAND_DEFAULTS.results,
    killAfter: milliseconds('--kill-after', values['kill-after'], LONGEST_KILL) ?? COMMAND_DEFAULTS.killAfter,
  };
}

function valuesOf(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    const names = Object.keys(OPTIONS).map((name) => `--${name}`);
    throw new ConfigurationError(
      `${(error as Error).message.split('. ')[0]}; allowed are ${names.join(', ')}, then -- and the words of the command`,
    );
  }
}

function inputOf(text: string | undefined): Input {
  if (text === undefined) return COMMAND_DEFAULTS.input;
  if (text === 'argument' || text === 'stdin') return text;
  throw new ConfigurationError(`--input is ${JSON.stringify(text)}; allowed are argument and stdin`);
}

/** Codes of a list such as `65,70`; an empty one has none. */
function codes(option: string, text: string | undefined): number[] | undefined {
  if (text === undefined) return undefined;
  const given = text.split(',').map((each) => each.trim());
  const list = given.filter((each) => each !== '').map(Number);
  if (list.every((code) => Number.isInteger(code) && code >= 1 && code <= 255)) return [...new Set(list)];
  throw new ConfigurationError(
    `${option} is ${JSON.stringify(text)}; allowed are exit codes from 1 to 255, such as 65 or 65,70`,
  );
}

function milliseconds(option: string, text: string | undefined, most: number): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d+$/.test(text) && Number(text) <= most) return Number(text);
  throw new ConfigurationError(`${option} is ${JSON.stringify(text)}; allowed are ms, whole numbers from 0 to ${most}`);
}
