import { OWN_DIRECTORY } from '../entry';
import type { VolumeMount } from '../kubernetes';
import { type At, argument, flag, type Kind, list, refuseTakenPath, type Table, whole, word } from '../props';
import type { CommandProps } from './command-props';
import { RunInput } from './run-input';

const NO_COMMAND = { run: 'It is for a command that is run for each item, and there is none: run: ["convert", "{}"].' };

const WORDS = 'an array of words, one each: ["ffmpeg", "-i", "{}"]';

const words: Kind<string[]> = {
  read(given, at) {
    const read = list(argument, WORDS).read(given, at);
    if (read.length === 0) throw at.refusal(read, `It must be ${WORDS}.`);
    if (read[0] === '') throw at.element(0).refusal(read[0], 'It must be the program to run: "ffmpeg".');
    return read;
  },
};

const code: Kind<number> = {
  read(given, at) {
    if (given === 0) throw at.refusal(given, 'By 0 a command says that its item is done. Use codes from 1 to 255.');
    return whole(1, 255).read(given, at);
  },
};

const codes: Kind<number[]> = list(code, 'an array of exit codes: [65, 66]');

/** What stands beside a command. */
export interface BesideCommand extends CommandProps {
  readonly entry?: string;
  readonly command?: string[];
  readonly args?: string[];
  readonly volumeMounts?: VolumeMount[];
}

/** The props of a command that is run for each item. */
export const COMMAND: Table<CommandProps, BesideCommand> = {
  run: {
    is: words,
    notWith: {
      entry: 'It is given beside `entry`, whose handler is called for each item. Use one of them.',
      command: 'It is given beside `command`, which would run in its place. Its words are all in `run`.',
      args: 'It is given beside `args`. Its words are all in `run`.',
    },
    shown: (given) => given.join(' '),
  },
  runInput: {
    is: word(Object.values(RunInput), 'It must be RunInput.ARGUMENT or RunInput.STDIN.'),
    onlyWith: NO_COMMAND,
  },
  runDeadCodes: { is: codes, onlyWith: NO_COMMAND },
  runLaterCodes: { is: codes, onlyWith: NO_COMMAND },
  runResults: { is: flag, onlyWith: NO_COMMAND },
};

/** Refuses what contradicts itself, or lies where the program does. */
export function checkCommand(props: BesideCommand, at: At) {
  const { run, runDeadCodes = [], runLaterCodes = [], volumeMounts = [] } = props;
  runLaterCodes.forEach((code, index) => {
    if (!runDeadCodes.includes(code)) return;
    throw at
      .prop('runLaterCodes')
      .element(index)
      .refusal(code, 'It is in `runDeadCodes`, too, and an item is given up or put off. Remove one of them.');
  });
  if (!run) return;
  const taken = new Map([[OWN_DIRECTORY, 'the program that runs the command']]);
  volumeMounts.forEach(({ mountPath }, index) => {
    refuseTakenPath(mountPath, taken, at.prop('volumeMounts').element(index));
  });
}

const RUN = 'It is `run`, a word each: ["ffmpeg", "-i", "{}"].';

/** Names that people give to it from habit. */
export const COMMAND_FOREIGN = {
  exec: RUN,
  runCommand: RUN,
  runCodes: 'They are `runDeadCodes` and `runLaterCodes`: [65].',
  runTimeout: 'It is `itemTimeout`: Duration.minutes(10).',
};
