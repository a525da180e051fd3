import { textOf, traceOf } from '../errors';
import { oneLine } from './one-line';
import type { WorkerLog } from './worker-log';

/** What was thrown and with what causes, on one line, and a line for each frame; where fields are told, in those. */
export function warnOf(log: WorkerLog, what: string, thrown: unknown): void {
  const text = `${what}: ${oneLine(textOf(thrown))}`;
  log.write({ level: 'error', text, fields: { err: thrown }, further: traceOf(thrown) });
}
