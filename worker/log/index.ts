export { consoleLog, type LogFormat } from './console-log';
export { type ItemLog, itemLog } from './item-log';
export type { Log, LogFields, LogLevel, StructuredLogger } from './log';
export { oneLine, spelled } from './one-line';
export { Repeats } from './repeats';
export { textLines } from './text-line';
export { warnOf } from './warn-of';
export { lineSink, overLog, WorkerLog, workerLog } from './worker-log';
