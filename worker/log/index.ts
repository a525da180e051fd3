export { counted } from './counted';
export { consoleLog, type Log, unfailing, warnOf } from './log';
export { oneLine, spelled } from './one-line';
