/**
 * The worker process of a chaos run: does what the payload says and keeps a log of it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { defineQueue, type ItemContext, RetryLater, runWorker } from '../worker';
import { HandlerLog, now } from './handler-log';
import { CHECKPOINTS, type Item, PUT_OFF, parseItem } from './items';
import type { Checkpoint } from './losses';
import { digest } from './random';

const path = process.env.CHAOS_LOG as string;
const log = new HandlerLog(path);
let epoch = '';

type Note = (what: 'E' | 'F' | 'L' | 'A') => void;

/** Number of a delivery; the log is told the epoch of those that follow. */
function deliveryOf({ token }: Pick<ItemContext, 'token'>): number {
  const [delivery, ...rest] = token.split('-') as [string, ...string[]];
  if (rest.join('-') !== epoch) {
    epoch = rest.join('-');
    log.write('P', epoch);
  }
  return Number(delivery);
}

function work(payload: string, context: ItemContext): Promise<void> | undefined {
  const item = parseItem(payload);
  const token = deliveryOf(context);
  const note: Note = (what) => log.write(what, now().toFixed(1), token, item.index);
  log.write('S', now().toFixed(1), token, context.id, context.attempt, item.index, digest(payload));

  if (item.kind === 'fails' && context.attempt === 1) {
    note('F');
    throw new Error('the first attempt of this item fails');
  }
  if (item.kind === 'later' && context.postponed < PUT_OFF.times) {
    note('L');
    throw new RetryLater(PUT_OFF.delay);
  }
  if (item.kind === 'notes') return workNoting(item, token, context, note);
  if (item.work > 0 && item.kind !== 'blocks') return workWaiting(item, context.signal, note);
  if (item.work > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, item.work);
  note('E');
  return undefined;
}

async function workWaiting(item: Item, signal: AbortSignal, note: Note): Promise<void> {
  try {
    await sleep(item.work, undefined, item.kind === 'deaf' ? {} : { signal });
  } catch (error) {
    note('A');
    throw error;
  }
  note('E');
}

async function workNoting(item: Item, token: number, context: ItemContext<Checkpoint>, note: Note): Promise<void> {
  const { attempt, resumed, checkpoint, signal } = context;
  if (resumed) log.write('R', token, resumed.index, resumed.token, resumed.number);
  for (let number = 0; number < CHECKPOINTS; number++) {
    log.write('C', now().toFixed(1), token, item.index, number);
    checkpoint({ index: item.index, token, number });
    try {
      await sleep(item.work / CHECKPOINTS, undefined, { signal });
    } catch (error) {
      note('A');
      throw error;
    }
  }
  if (attempt === 1) {
    note('F');
    throw new Error('the first attempt of this item fails');
  }
  note('E');
}

// A worker whose main thread is blocked hears nothing, and has nothing to say.
process.on('SIGTERM', () => log.write('T', now().toFixed(1)));
new Worker(require.resolve('./stall-watch'), {
  workerData: { path, longerThan: Number(process.env.WORK_QUEUE_LEASE_MS) / 4 },
}).unref();
runWorker(defineQueue({ name: process.env.WORK_QUEUE_NAME as string }), work, { backoff: { base: 200 } });
