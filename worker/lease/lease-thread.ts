/**
 * The lease thread: it keeps the lease of a process whose main thread may be computing for minutes.
 *
 * It renews, gives back what waits behind an item that runs long, and ends the process when a handler hangs. All that it
 * knows is in the shared hand and in what it is started with, so another one may take its place at any time.
 *
 * `npm run build` makes one file of it and all that it imports (bundle.mjs), which is started from its text.
 */
import { closeSync, writeSync } from 'node:fs';
import { constants } from 'node:os';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { HANG_GRACE, hangCharge } from '../attempt';
import { EXIT } from '../contract';
import { endExpression, writeTerminationMessage } from '../exit';
import { adoptNetworkDefaults, Connection } from '../redis';
import { SCRIPTS } from '../scripts';
import type { FromLeaseThread, LeaseThreadData, ToLeaseThread } from './lease';
import { INT, LANE, RELEASED, TIME, viewSharedHand } from './shared-hand';
import { Standstill } from './standstill';

const TICK = 20;
/** An unstarted item waits at most about this long behind one that runs, in ms. */
const PATIENCE = 60;
/** Even between items that do not run long, unstarted ones wait no longer for an event loop that does not turn, in ms. */
const TURN_PATIENCE = 200;
/** A renewal that failed is tried again after this time, in ms. */
const RETRY = 250;
/** How long the main thread gets to end the process by itself, in ms. */
const LAST_WORDS = 1_000;
/** Node's own parts, which the flag `--expose-internals` opens. */
const BINDINGS = 'internal/test/binding';

if (!isMainThread && parentPort && (workerData as LeaseThreadData | undefined)?.role === 'lease') {
  keepLease(workerData as LeaseThreadData, parentPort);
}

function keepLease(data: LeaseThreadData, port: NonNullable<typeof parentPort>): void {
  adoptNetworkDefaults(data.network);
  const { ints, times } = viewSharedHand(data.shared);
  let every = data.lease / 4;
  const connection = new Connection(data.store, { name: data.name, deadline: Math.min(5_000, Math.max(250, every)) });
  let incarnation = data.incarnation;
  let before = performance.now();
  let word = -1;
  const unmoved = new Standstill();
  const blocked = new Standstill();
  let calling = false;
  let attemptedAt = before;
  let renewed = 0;
  let renewedAt = before;
  let released = 0;
  // Reading a large claim also keeps the main thread busy: each one that is taken from it in vain doubles the patience.
  let claimPatience = PATIENCE;
  // The rest was taken from the main thread, and Redis has not said that it has it. A thread before this one may have.
  let owed = (Atomics.load(ints, INT.next) & RELEASED) !== 0;
  let hanging: HungItem | undefined;
  // Redis has not said that it knows that this process was told to stop.
  let leavingUnsaid = true;
  let sayLeavingAt = 0;

  port.on('message', (message: ToLeaseThread) => {
    incarnation = message;
  });
  onStopSignal(() => Atomics.store(ints, INT.leaving, 1));

  const tell = (message: FromLeaseThread) => port.postMessage(message);

  const renew = async (from: number | '', sent: number) => {
    const asked = incarnation;
    if (!asked) return;
    calling = true;
    const at = times[TIME.awake] ?? 0;
    const leaving = Atomics.load(ints, INT.leaving) === 1;
    attemptedAt = performance.now();
    try {
      const gap = Number(
        await connection.run(SCRIPTS.renew, data.queue, [...[asked.id, asked.epoch, from, sent, leaving ? 1 : '']]),
      );
      if (gap > 0) {
        times[TIME.renewed] = Math.max(times[TIME.renewed] ?? 0, at);
        every = Math.min(data.lease, gap * 2) / 4;
        if (from !== '') owed = false;
        if (leaving) leavingUnsaid = false;
      } else if (asked === incarnation) tell({ lost: asked.id });
    } catch {
      // Soon again, and not only when the next renewal is due: a lease stands no more than three of those.
      attemptedAt = performance.now() - Math.max(0, every - RETRY);
      sayLeavingAt = performance.now() + RETRY;
    } finally {
      calling = false;
    }
  };

  setInterval(() => {
    const now = performance.now();
    // A process that was stopped did not run: the time counts for no timeout.
    const passed = Math.min(now - before, 6 * TICK);
    before = now;
    const awake = (times[TIME.awake] ?? 0) + passed;
    times[TIME.awake] = awake;

    // Before the word: should the main thread exchange in between, the word's position means other items by then, and
    // the number tells Redis so.
    const sent = Atomics.load(ints, INT.sent);
    const wordNow = Atomics.load(ints, INT.next);
    if (((wordNow ^ word) & ~RELEASED) !== 0) claimPatience = PATIENCE;
    word = wordNow;
    const claiming = Atomics.load(ints, INT.claiming) === 1;
    const waits = (word & RELEASED) === 0 && Atomics.load(ints, INT.end) > word;
    unmoved.see(word, passed, waits || claiming);
    blocked.see(Atomics.load(ints, INT.beat), passed, waits || claiming);

    if ((word & RELEASED) === 0) {
      const onItsWay = claiming && busyLanes().length > 0 && blocked.exceeds(claimPatience);
      if ((waits || onItsWay) && !calling && (unmoved.exceeds(PATIENCE) || blocked.exceeds(TURN_PATIENCE))) {
        if (Atomics.compareExchange(ints, INT.next, word, word | RELEASED) === word) {
          released = awake;
          owed = true;
          if (!waits) claimPatience *= 2;
          void renew(word, sent);
        }
      }
    } else if ((owed || claiming) && awake - released >= PATIENCE && !calling) {
      // What was still on its way when the rest went back has arrived by now, and cannot be started either.
      released = awake;
      void renew(word & ~RELEASED, sent);
    }

    // At once, because it may be killed at any moment, and the main thread may wait for a slow Redis.
    if (!calling && leavingUnsaid && now >= sayLeavingAt && Atomics.load(ints, INT.leaving) === 1) void renew('', sent);

    // By the clock on the wall: also a process that was stopped has to be heard of in time.
    const renewedNow = times[TIME.renewed] ?? 0;
    if (renewedNow !== renewed) {
      renewed = renewedNow;
      renewedAt = now;
    }
    if (!calling && now - Math.max(renewedAt, attemptedAt) >= every) void renew('', sent);
    if (data.itemTimeout > 0 && hanging === undefined) {
      const hung = hungItem(awake);
      if (hung) {
        hanging = hung;
        tell({ hung: hung.lane, id: hung.id });
        setTimeout(() => void endProcess(hung), LAST_WORDS);
      }
    }
  }, TICK);
  Atomics.store(ints, INT.watched, 1);
  setImmediate(() => connection.prepare());

  function busyLanes(): number[] {
    const busy = [];
    for (let lane = 0; lane < data.lanes; lane++) {
      if ((times[TIME.lanes + lane * LANE.width + LANE.started] ?? 0) > 0) busy.push(lane);
    }
    return busy;
  }

  function itemOf(lane: number): Omit<HungItem, 'suspected'> {
    const place = TIME.lanes + lane * LANE.width;
    const at = (offset: number) => times[place + offset] ?? 0;
    return { lane, started: at(LANE.started), id: at(LANE.id), attempt: at(LANE.attempt) };
  }

  function hungItem(awake: number): HungItem | undefined {
    const busy = busyLanes();
    const isHung = (lane: number) =>
      awake - (times[TIME.lanes + lane * LANE.width + LANE.started] ?? 0) > data.itemTimeout + HANG_GRACE;
    if (blocked.lasts < HANG_GRACE) {
      const hung = busy.find(isHung);
      return hung === undefined ? undefined : { ...itemOf(hung), suspected: false };
    }
    // The main thread is stuck, most likely in what it started last; the others could not return.
    const last = busy.find((lane) => lane === ints[INT.last]);
    const items = (last === undefined ? busy : [last]).map(itemOf);
    const hung = items.sort((a, b) => b.started - a.started)[0];
    return hung && isHung(hung.lane) ? { ...hung, suspected: busy.length > 1 } : undefined;
  }

  // The main thread is stuck: charge what it is stuck in, give back the rest, end the process.
  async function endProcess({ lane, started, id, attempt, suspected }: HungItem): Promise<void> {
    const now = itemOf(lane);
    if (now.started !== started || now.id !== id) {
      hanging = undefined;
      return;
    }
    const { maxAttempts, backoff, itemTimeout } = data;
    const charge = suspected
      ? { crash: [id] }
      : hangCharge(itemTimeout, { id, attempt, maxAttempts, backoff, at: Date.now() });
    const line = `item ${id} did not return ${HANG_GRACE / 1_000} s after its timeout of ${itemTimeout / 1_000} s: ending the process (exit ${EXIT.handlerHung})`;
    try {
      writeSync(2, `${line}\n`);
    } catch {
      // Whoever read the log is gone.
    }
    writeTerminationMessage(data.terminationLog, line);
    const { id: worker = '', epoch = '' } = incarnation ?? {};
    const settled = connection.run(SCRIPTS.abandon, data.queue, [
      ...[worker, epoch, JSON.stringify(charge), times[TIME.answer] ?? 0],
    ]);
    await settled.catch(() => undefined);
    try {
      // Or else the inspector speaks the last words.
      closeSync(2);
    } catch {
      // It was closed already.
    }
    const { Session } = await import('node:inspector');
    const session = new Session();
    session.connectToMainThread();
    session.post('Runtime.evaluate', { expression: endExpression(EXIT.handlerHung) });
    // A call that not even the inspector can interrupt.
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), LAST_WORDS);
  }
}

interface SignalWatch {
  onsignal: () => void;
  start(signal: number): number;
  unref(): void;
}

/**
 * Calls back when the process is asked to stop, also while a handler blocks the main thread, which hears of it when the
 * handler returns. Node passes signals on to the main thread alone; where this one cannot listen by itself, so be it.
 */
function onStopSignal(heard: () => void): void {
  try {
    const { internalBinding } = require(BINDINGS);
    const { Signal } = internalBinding('signal_wrap') as { Signal: new () => SignalWatch };
    for (const signal of [constants.signals.SIGTERM, constants.signals.SIGINT]) {
      const watch = new Signal();
      watch.onsignal = heard;
      watch.unref();
      watch.start(signal);
    }
  } catch {
    // The main thread says it, as soon as it hears of it.
  }
}

/** An item that did not return; `suspected` where others ran beside it, and it may have been one of them. */
interface HungItem {
  readonly lane: number;
  readonly started: number;
  readonly id: number;
  readonly attempt: number;
  readonly suspected: boolean;
}
