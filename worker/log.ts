/** Where a worker says what it does. Each call is one line. */
export interface Log {
  info(line: string): void;
  warn(line: string): void;
}

/** Lines to standard output, warnings to standard error. */
export const consoleLog: Log = {
  info: (line) => console.log(line),
  warn: (line) => console.warn(line),
};
