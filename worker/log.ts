/** Where a worker says what it does. Each call is one line. */
export interface Log {
  info(line: string): void;
  warn(line: string): void;
}

/** A log that never throws: what an item came to does not depend on who hears of it. */
export function unfailing(log: Log): Log {
  const attempt = (write: () => void) => {
    try {
      write();
    } catch {
      // There is nowhere left to say it.
    }
  };
  return { info: (line) => attempt(() => log.info(line)), warn: (line) => attempt(() => log.warn(line)) };
}

/** Lines to standard output, warnings to standard error. */
export const consoleLog: Log = {
  info: (line) => console.log(line),
  warn: (line) => console.warn(line),
};
