/**
 * A thread that notices when its process stands still, for want of a processor: a machine that is too busy to run a
 * worker for a lease time takes its items away as a SIGSTOP does.
 */
import { workerData } from 'node:worker_threads';
import { HandlerLog, now } from './handler-log';

const TICK = 50;
const { path, longerThan } = workerData as { path: string; longerThan: number };
const log = new HandlerLog(path);
let before = now();

setInterval(() => {
  const at = now();
  if (at - before > longerThan + TICK) log.write('Z', before.toFixed(1), at.toFixed(1));
  before = at;
}, TICK);
