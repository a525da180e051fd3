import type { Log } from 'cdk8s-redis-work-queue/worker';
import { type Colours, colours } from './screen';

/** What every subcommand is given. */
export interface Context {
  /** Fires on Ctrl-C and SIGTERM; its reason is an `Interrupted`. */
  readonly stop: AbortSignal;
  /** What a second signal does in place of ending this process at once; the third one does that. */
  atSecondSignal(act: () => void): void;
  /** Notes about the connection, on standard error. */
  readonly log: Log;
  /** Writes a line to standard output. */
  out(line: string): void;
  /** Writes a line to standard error. */
  note(line: string): void;
  readonly colours: Colours;
}

export function createContext(stop: AbortSignal, atSecondSignal: Context['atSecondSignal']): Context {
  const note = (line: string) => void process.stderr.write(`${line}\n`);
  return {
    stop,
    atSecondSignal,
    log: { info: note, warn: note },
    out: (line) => void process.stdout.write(`${line}\n`),
    note,
    colours: colours(process.stdout),
  };
}
