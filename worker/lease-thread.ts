/**
 * The lease thread: it keeps the lease of a process whose main thread may be computing for minutes.
 *
 * It renews, gives back what waits behind an item that runs long, and ends the process when a handler hangs. It starts
 * when imported as a worker thread; it exports nothing.
 */
import { writeFileSync } from 'node:fs';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { Connection } from './connection';
import { EXIT } from './contract';
import type { FromLeaseThread, LeaseThreadData, ToLeaseThread } from './lease';
import { type EndedAttempt, HANG_GRACE, outcomeOfHang } from './outcome';
import { SCRIPTS } from './scripts';
import { INT, LANE, RELEASED, TIME, viewSharedHand } from './shared-hand';

const TICK = 40;
/** An unstarted item waits at most about this long behind one that runs, in ms. */
const PATIENCE = 100;
/** How long the main thread gets to end the process by itself, in ms. */
const LAST_WORDS = 1_000;

if (!isMainThread && parentPort && (workerData as LeaseThreadData | undefined)?.role === 'lease') {
  keepLease(workerData as LeaseThreadData, parentPort);
}

function keepLease(data: LeaseThreadData, port: NonNullable<typeof parentPort>): void {
  const { ints, times } = viewSharedHand(data.shared);
  const every = data.lease / 4;
  const connection = new Connection(data.store, { name: data.name, deadline: Math.max(250, every) });
  let incarnation = data.incarnation;
  let before = performance.now();
  let word = -1;
  let beat = -1;
  let unmoved = 0;
  let blocked = 0;
  let calling = false;
  let attempted = 0;
  let released = 0;
  let hanging: number | undefined;

  port.on('message', (message: ToLeaseThread) => {
    incarnation = message;
  });

  const tell = (message: FromLeaseThread) => port.postMessage(message);

  const renew = async (from: number | '') => {
    calling = true;
    const asked = incarnation;
    const at = times[TIME.awake] ?? 0;
    attempted = at;
    try {
      const kept = await connection.run(SCRIPTS.renew, data.queue, [
        asked.id,
        asked.epoch,
        from,
        Atomics.load(ints, INT.sent),
      ]);
      if (kept === 1) times[TIME.renewed] = Math.max(times[TIME.renewed] ?? 0, at);
      else if (asked.id === incarnation.id) tell({ lost: asked.id });
    } catch {
      // The next tick tries again; whoever needs an answer from Redis is the main thread.
    } finally {
      calling = false;
    }
  };

  setInterval(() => {
    const now = performance.now();
    // A process that was stopped did not run: the time counts for no timeout.
    const passed = Math.min(now - before, 3 * TICK);
    before = now;
    const awake = (times[TIME.awake] ?? 0) + passed;
    times[TIME.awake] = awake;

    const wordNow = Atomics.load(ints, INT.next);
    const beatNow = Atomics.load(ints, INT.beat);
    unmoved = wordNow === word ? unmoved + passed : 0;
    blocked = beatNow === beat ? blocked + passed : 0;
    word = wordNow;
    beat = beatNow;

    if ((word & RELEASED) === 0) {
      const waits = Atomics.load(ints, INT.end) > word;
      const onItsWay = Atomics.load(ints, INT.claiming) === 1 && blocked >= PATIENCE;
      if (unmoved >= PATIENCE && (waits || onItsWay) && !calling) {
        if (Atomics.compareExchange(ints, INT.next, word, word | RELEASED) === word) {
          released = awake;
          void renew(word);
        }
      }
    } else if (Atomics.load(ints, INT.claiming) === 1 && awake - released >= PATIENCE && !calling) {
      // What was still on its way when the rest went back has arrived by now, and cannot be started either.
      released = awake;
      void renew(word & ~RELEASED);
    }

    if (!calling && awake - Math.max(times[TIME.renewed] ?? 0, attempted) >= every) void renew('');
    if (data.itemTimeout > 0 && hanging === undefined) {
      const lane = hungLane(awake);
      if (lane !== undefined) {
        hanging = lane;
        tell({ hung: lane });
        setTimeout(() => void endProcess(lane), LAST_WORDS);
      }
    }
  }, TICK);

  function hungLane(awake: number): number | undefined {
    for (let lane = 0; lane < data.lanes; lane++) {
      const started = times[TIME.lanes + lane * LANE.width + LANE.started] ?? 0;
      if (started > 0 && awake - started > data.itemTimeout + HANG_GRACE) return lane;
    }
    return undefined;
  }

  // The main thread is stuck: charge what it is stuck in, give back the rest, end the process.
  async function endProcess(lane: number): Promise<void> {
    const place = TIME.lanes + lane * LANE.width;
    if ((times[place + LANE.started] ?? 0) === 0) {
      hanging = undefined;
      return;
    }
    const id = times[place + LANE.id] ?? 0;
    const attempt = times[place + LANE.attempt] ?? 1;
    const { maxAttempts, backoff, itemTimeout } = data;
    const charge = hangCharge(itemTimeout, { id, attempt, maxAttempts, backoff, at: Date.now() });
    const line = `item ${id} did not return ${HANG_GRACE / 1_000} s after its timeout of ${data.itemTimeout / 1_000} s: ending the process`;
    try {
      writeFileSync(2, `${line}\n`);
      writeFileSync(data.terminationLog, line);
    } catch {
      // Where there is no termination log, there is none.
    }
    const settled = connection.run(SCRIPTS.abandon, data.queue, [
      incarnation.id,
      incarnation.epoch,
      JSON.stringify(charge),
    ]);
    await settled.catch(() => undefined);
    const { Session } = await import('node:inspector');
    const session = new Session();
    session.connectToMainThread();
    session.post('Runtime.evaluate', { expression: `process.reallyExit(${EXIT.handlerHung})` });
    // A call that not even the inspector can interrupt.
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), LAST_WORDS);
  }
}

/** What an item that hung is charged with, for the script `abandon`. */
export function hangCharge(itemTimeout: number, ended: EndedAttempt): object {
  const outcome = outcomeOfHang(itemTimeout, ended);
  if (outcome.kind === 'retry') return { retry: [[ended.id, outcome.delay]] };
  return outcome.kind === 'dead' ? { dead: [[ended.id, JSON.stringify(outcome.header)]] } : {};
}
