import { textOf, traceOf } from '../errors';
import { oneLine, withoutLineBreaks } from './one-line';

/** Where a worker says what it does. Each call is one line. */
export interface Log {
  /** Something that goes as it should. */
  info(line: string): void;
  /** Something that a reader of the log should look at. */
  warn(line: string): void;
}

/** A log that never throws, as what an item came to does not depend on who hears of it; and that keeps each call to one line. */
export function unfailing(log: Log): Log {
  const attempt = (write: () => void) => {
    try {
      write();
    } catch {
      // There is nowhere left to say it.
    }
  };
  return {
    info: (line) => attempt(() => log.info(withoutLineBreaks(line))),
    warn: (line) => attempt(() => log.warn(withoutLineBreaks(line))),
  };
}

/** Lines to standard output, warnings to standard error. */
export const consoleLog: Log = {
  info: (line) => console.log(line),
  warn: (line) => console.warn(line),
};

/** What was thrown and with what causes, on one line, and a line for each frame. */
export function warnOf(log: Log, what: string, thrown: unknown): void {
  log.warn(`${what}: ${oneLine(textOf(thrown))}`);
  for (const line of traceOf(thrown)) log.warn(line);
}
