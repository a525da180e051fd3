import { ENV } from '../contract';
import { workerName } from '../settings';
import { consoleSink } from './console-log';
import { joined, readFields } from './fields';
import type { Entry, Log, LogFields, LogLevel, Sink, StructuredLogger } from './log';
import { textLines } from './text-line';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The log of one worker, or of one item in it. It never throws, as what an item came to does not depend on who hears of it.
 */
export class WorkerLog implements Log {
  constructor(
    private readonly sink: Sink,
    private readonly fields: LogFields = {},
    private readonly label?: string,
  ) {}

  /** The same log, whose lines tell this as well. */
  with(fields: LogFields, label = this.label): WorkerLog {
    return new WorkerLog(this.sink, { ...this.fields, ...fields }, label);
  }

  /** Bound, as they are passed on. */
  readonly debug = (text: string, fields?: LogFields) => this.write({ level: 'debug', text, fields });
  readonly info = (text: string, fields?: LogFields) => this.write({ level: 'info', text, fields });
  readonly warn = (text: string, fields?: LogFields) => this.write({ level: 'warn', text, fields });
  readonly error = (text: string, fields?: LogFields) => this.write({ level: 'error', text, fields });

  write({ fields, ...entry }: Omit<Entry, 'label' | 'fields'> & { readonly fields?: LogFields | undefined }): void {
    try {
      const written = this.sink({ ...entry, label: this.label, fields: { ...this.fields, ...fields } });
      // What only looks like a promise may have no catch.
      if (written instanceof Promise) written.catch(() => {});
    } catch {
      // There is nowhere left to say it.
    }
  }
}

/**
 * What a worker or filler writes to: the log it was given, or the console.
 *
 * @param queueInCode name of the queue in the code
 */
export function workerLog(
  given: Log | StructuredLogger | undefined,
  env: Environment,
  queueInCode?: string,
): WorkerLog {
  const queue = process.env[ENV.queue] || env[ENV.queue] || queueInCode;
  const fields = { ...(queue && { queue }), worker: workerName(env) };
  return new WorkerLog(given ? sinkOf(given) : consoleSink({ ...process.env, ...env }), fields);
}

/** A log as a worker writes to it. */
export function overLog(log: Log): WorkerLog {
  return log instanceof WorkerLog ? log : new WorkerLog(sinkOf(log));
}

function sinkOf(given: Log | StructuredLogger): Sink {
  if (given === console) return lineSink(given, false);
  return isStructured(given) ? structuredSink(given) : lineSink(given as Log, true);
}

/** winston has a `child`, too, and takes the text first. */
function isStructured(given: Log | StructuredLogger): given is MethodsOfLogger {
  return 'child' in given && typeof given.child === 'function' && !('transports' in given);
}

/** Of a logger whose type does not tell them: a type with them would leave those of a log in a literal untyped. */
type MethodsOfLogger = StructuredLogger & Record<LogLevel, (fields: object, text: string) => unknown>;

function structuredSink(logger: MethodsOfLogger): Sink {
  return ({ level, text, fields, given }) => logger[level](joined(fields, readFields(given)), text);
}

/**
 * Writes to a log that takes lines.
 *
 * @param takesFields whether it may be given more than the line
 */
export function lineSink(log: Log, takesFields: boolean): Sink {
  const writeOf = ({ level }: Entry): Log['info'] => {
    const write = log[level] ?? (level === 'error' ? log.warn : log.info);
    return write.bind(log);
  };
  return (entry) => {
    const write = writeOf(entry);
    const fields = joined(entry.fields, readFields(entry.given));
    for (const line of textLines(takesFields ? { ...entry, given: undefined } : entry)) {
      const written = takesFields ? write(line, fields) : write(line);
      if ((written as unknown) instanceof Promise) (written as unknown as Promise<unknown>).catch(() => {});
    }
  };
}
