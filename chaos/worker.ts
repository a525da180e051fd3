/**
 * The worker process of a chaos run: does what the payload says and keeps a log of it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { type BatchContext, defineQueue, type ItemContext, RetryLater, runWorker } from '../worker';
import { LAX_BATCH } from './broken-scripts';
import type { Checkpoint } from './handler-log';
import { HandlerLog, now } from './handler-log';
import { CHECKPOINTS, FINALIZER, failsIn, type Item, NEVER, PUT_OFF, parseItem } from './items';
import { digest } from './random';

const path = process.env.CHAOS_LOG as string;
const log = new HandlerLog(path);
/** Time that the finalizer takes, in ms. */
const FINALIZER_WORK = 500;
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

/** @param ended takes what tells of a good end, where that does not come yet */
function work(
  payload: string,
  context: ItemContext,
  ended: (tell: () => void) => void = (tell) => tell(),
): Promise<void> | undefined {
  const item = parseItem(payload);
  const token = deliveryOf(context);
  const write: Note = (what) => log.write(what, now().toFixed(1), token, item.index);
  const note: Note = (what) => (what === 'E' ? ended(() => write(what)) : write(what));
  log.write('S', now().toFixed(1), token, context.id, context.attempt, item.index, digest(payload));

  if (item.kind === 'notes') return workNoting(item, token, context, note);
  if (failsIn(item, context.attempt)) {
    if (item.kind === 'adds') context.add([NEVER]);
    note('F');
    throw new Error('the first attempt of this item fails');
  }
  if (item.kind === 'later' && context.postponed < PUT_OFF.times) {
    note('L');
    throw new RetryLater(PUT_OFF.delay);
  }
  for (const { payload: added, key } of item.adds) context.add([added], key === undefined ? {} : { key });
  if (item.work > 0 && item.kind !== 'blocks') return workWaiting(item, context.signal, note);
  if (item.work > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, item.work);
  note('E');
  return undefined;
}

async function finalize({ token, attempt, signal }: Pick<ItemContext, 'token' | 'attempt' | 'signal'>): Promise<void> {
  const delivery = deliveryOf({ token });
  log.write('X', now().toFixed(1), delivery, attempt);
  const note: Note = (what) => log.write(what, now().toFixed(1), delivery, FINALIZER);
  await workWaiting({ kind: 'plain', work: FINALIZER_WORK }, signal, note);
}

async function workWaiting(item: Pick<Item, 'kind' | 'work'>, signal: AbortSignal, note: Note): Promise<void> {
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
  if (failsIn(item, attempt)) {
    note('F');
    throw new Error('the first attempt of this item fails');
  }
  note('E');
}

const isLax = process.env.CHAOS_BREAK === LAX_BATCH;

/** Each item of a call does what it says; those that come to a good end do so with the call. */
async function workTogether(payloads: string[], { items, fail }: BatchContext): Promise<void> {
  const ends: (() => void)[] = [];
  const one = async (payload: string, index: number) => {
    try {
      await work(payload, items[index] as ItemContext, (tell) => ends.push(tell));
    } catch (error) {
      if (!isLax) fail(index, error);
    }
  };
  await Promise.all(payloads.map(one));
  for (const tell of ends) tell();
}

// A worker whose main thread is blocked hears nothing, and has nothing to say.
process.on('SIGTERM', () => log.write('T', now().toFixed(1)));
new Worker(require.resolve('./stall-watch'), {
  workerData: { path, longerThan: Number(process.env.WORK_QUEUE_LEASE_MS) / 4 },
}).unref();
const queue = defineQueue({ name: process.env.WORK_QUEUE_NAME as string });
const options = { backoff: { base: 200 }, finally: { run: finalize, when: 'always' } } as const;
const batch = Number(process.env.CHAOS_BATCH);
if (batch > 0) runWorker(queue, workTogether, { ...options, batch: { size: batch } });
else runWorker(queue, work, options);
