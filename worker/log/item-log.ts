import { isError } from '../errors';
import type { LogLevel } from './log';
import type { WorkerLog } from './worker-log';

/**
 * What a handler writes to the worker's log with. Lines tell which item they are of: text in front (`[7] …`, in front of each
 * line of the text), JSON and loggers by the fields `id` and `attempt`.
 *
 * @example
 * log('resized', { width, took: performance.now() - started });
 * log.warn('no EXIF data');
 * log.error('the upload failed', error);
 */
export interface ItemLog {
  /**
   * Writes a line of the level `info`.
   *
   * @param fields what it tells beside its words; an error is told as `err`
   */
  (text: string, fields?: object): void;
  /** Writes a line of the level `debug`. */
  debug(text: string, fields?: object): void;
  /** Writes a line of the level `info`. */
  info(text: string, fields?: object): void;
  /** Writes a line of the level `warn`. */
  warn(text: string, fields?: object): void;
  /** Writes a line of the level `error`. */
  error(text: string, fields?: object): void;
}

/** The log of a handler, over that of its item. */
export function itemLog(log: Pick<WorkerLog, 'write'>): ItemLog {
  const at = (level: LogLevel) => (text: string, fields?: object) =>
    log.write({ level, text: `${text}`, given: given(fields) });
  return Object.assign(at('info'), { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') });
}

/** Whatever a program without types hands over. */
function given(fields: unknown): object | undefined {
  if (fields === undefined || fields === null) return undefined;
  if (typeof fields !== 'object' || Array.isArray(fields)) return { value: fields };
  return isError(fields) ? { err: fields } : fields;
}
