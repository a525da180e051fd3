/** How much a line matters. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** What a line tells beside its words, by name. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Where a worker says what it does. Each call is one line. */
export interface Log {
  /** Something that goes as it should. */
  info(line: string, fields?: LogFields): void;
  /** Something that a reader of the log should look at. */
  warn(line: string, fields?: LogFields): void;
  /** What only whoever looks for an error wants to know. Without it, `info` gets these lines. */
  debug?(line: string, fields?: LogFields): void;
  /** Something that went wrong for good. Without it, `warn` gets these lines. */
  error?(line: string, fields?: LogFields): void;
}

/**
 * A logger in the manner of pino: it has a method `child`, and its methods `debug`, `info`, `warn` and `error` take the fields
 * first, and then the text.
 */
export interface StructuredLogger {
  child(...args: never[]): unknown;
}

/** One line on its way out. */
export interface Entry {
  readonly level: LogLevel;
  readonly text: string;
  /** What text begins with, in brackets, where there are no fields to say it: the item. */
  readonly label?: string | undefined;
  /** What the runtime has to tell. */
  readonly fields: LogFields;
  /** What a handler has. */
  readonly given?: object | undefined;
  /** Lines that follow where there are no fields to say the same. */
  readonly further?: readonly string[] | undefined;
}

/** Takes entries; it may throw. */
export type Sink = (entry: Entry) => unknown;
