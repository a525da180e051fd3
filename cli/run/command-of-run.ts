import { join } from 'node:path';
import { type CommandSpec, findProgram, hasPlace, missingProgram, readCommandSpec } from '../../command';
import { ConfigurationError } from '../../worker/errors';
import { CLI_EXIT } from '../exit-codes';
import { CommandError, UsageError } from '../failures';
import { shellWords } from './shell-command';
import type { WorkerProgram } from './worker-program';

/** What is given of a command that runs for each item. */
export interface CommandOptions {
  /** A line of shell. */
  readonly exec?: string;
  readonly input?: 'argument' | 'stdin';
  readonly dead?: string;
  readonly later?: string;
  /** In seconds. */
  readonly laterIn?: number;
  /** The file that takes what each writes to standard output. */
  readonly results?: string;
  /** In seconds. */
  readonly killAfter?: number;
  readonly dryRun?: boolean;
}

/** The options that are for a command alone. */
export const COMMAND_OPTIONS = [
  'input',
  'dead',
  'later',
  'laterIn',
  'results',
  'killAfter',
  'dryRun',
] as const satisfies readonly (keyof CommandOptions)[];

/** A command that runs for each item. */
export interface CommandOfRun {
  /** What it is called in messages. */
  readonly name: string;
  /** The line of shell, where it is one. */
  readonly exec?: string;
  readonly spec: CommandSpec;
  /** The worker that runs it. */
  readonly program: WorkerProgram;
}

/** Beside the command line, as `npm run build` makes it. */
const PROGRAM = join(__dirname, '../command.js');

/**
 * The command that was given: a line of shell, or words.
 *
 * @throws UsageError an option makes no sense
 * @throws CommandError its program is not there
 */
export function commandOfRun(words: readonly string[], options: CommandOptions): CommandOfRun {
  const { exec, input = 'argument', dead, later, laterIn, killAfter, results } = options;
  if (exec?.trim() === '')
    throw new UsageError("--exec is empty. Give it a command: --exec 'convert {} out/{id}.jpg'.");
  const args = [
    ...['--input', input],
    ...(dead === undefined ? [] : ['--dead', dead]),
    ...(later === undefined ? [] : ['--later', later]),
    ...(laterIn === undefined ? [] : ['--later-in', milliseconds(laterIn)]),
    ...(killAfter === undefined ? [] : ['--kill-after', milliseconds(killAfter)]),
    ...(results === undefined ? [] : ['--results']),
    '--',
    ...(exec === undefined ? words : shellWords(exec, input)),
  ];
  const spec = specOf(args);
  const [program = ''] = spec.words;
  if (!hasPlace(program) && !findProgram(program))
    throw new CommandError(sentence(missingProgram(program)), CLI_EXIT.refused);
  return {
    name: exec ?? spec.words.join(' '),
    ...(exec !== undefined && { exec }),
    spec,
    program: { args: [PROGRAM, ...args], dispose: () => {} },
  };
}

function specOf(args: readonly string[]): CommandSpec {
  try {
    return readCommandSpec(args);
  } catch (error) {
    throw error instanceof ConfigurationError ? new UsageError(sentence(error.message)) : error;
  }
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function milliseconds(seconds: number): string {
  return String(Math.round(seconds * 1_000));
}
