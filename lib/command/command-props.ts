import type { RunInput } from './run-input';

/** Props of a command that is run for each item. */
export interface CommandProps {
  /**
   * A command that is run for each item, a process each: its words, of which the first is the program. The container is
   * a worker with the runtime of this package, so the `image` has Node.js 20 or later, beside what the command needs. In
   * the words, `{}` is the item, `{id}` its number and `{attempt}` that of the attempt; the variables `WORK_ITEM`,
   * `WORK_ITEM_ID`, `WORK_ITEM_ATTEMPT`, `WORK_ITEM_TOKEN` and `WORK_ITEM_QUEUE` say the same. All else goes to the command
   * as it is written, and no shell reads it, unless that is the command: `['sh', '-c', 'convert "$WORK_ITEM" out.png']`.
   *
   * A command that ends with 0 has done its item. One that ends otherwise has failed: the item is tried again, up to
   * `maxAttempts`. `itemTimeout` ends its whole process group. It gets no `REDIS_…`.
   *
   * Refused beside `entry`, `agent`, `command` and `args`.
   *
   * @default - none: the image is a worker by itself
   * @example run: ['ffmpeg', '-i', '{}', '-vf', 'scale=640:-1', '/out/{}']
   */
  readonly run?: string[];

  /**
   * How the command gets its item.
   *
   * @default RunInput.ARGUMENT
   * @example runInput: RunInput.STDIN
   */
  readonly runInput?: RunInput;

  /**
   * Exit codes by which the command says that its item will never work, 1 to 255: it is a dead letter at once.
   *
   * @default [65], by sysexits.h data that is wrong
   * @example runDeadCodes: [1, 65]
   */
  readonly runDeadCodes?: number[];

  /**
   * Exit codes by which the command says that its item is for later, 1 to 255: it is put off for 30 seconds, and not charged
   * an attempt.
   *
   * @default [75], by sysexits.h a failure that passes
   * @example runLaterCodes: [69, 75]
   */
  readonly runLaterCodes?: number[];

  /**
   * Whether the standard output of the command is kept as the result of its item.
   *
   * @default false: it is written to the log
   * @example runResults: true
   */
  readonly runResults?: boolean;
}
