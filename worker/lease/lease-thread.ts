/**
 * The lease thread: it keeps the lease of a process whose main thread may be computing for minutes.
 *
 * It renews, gives back what waits behind an item that runs long, and sees to the rest when a handler hangs. All that it
 * knows is shared with the main thread or in what it is started with, so another one may take its place at any time.
 *
 * `npm run build` makes one file of it and all that it imports (bundle.mjs), which is started from its text.
 */
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { adoptNetworkDefaults, Connection, loadClient } from '../redis';
import { GivingBack } from './giving-back';
import { HangWatch, type HungItem } from './hang-watch';
import { abandonHung, endHungProcess, LAST_WORDS } from './last-words';
import type { FromLeaseThread, LeaseThreadData, ToLeaseThread } from './lease';
import { Renewal } from './renewal';
import { type HandSeen, SharedHand } from './shared-hand';
import { StandBy } from './stand-by';
import { onStopSignal } from './stop-signal';
import { Vitals } from './vitals';

const TICK = 20;

if (!isMainThread && parentPort && (workerData as LeaseThreadData | undefined)?.role === 'lease') {
  keepLease(workerData as LeaseThreadData, parentPort);
}

function keepLease(data: LeaseThreadData, port: NonNullable<typeof parentPort>): void {
  adoptNetworkDefaults(data.network);
  const tell = (message: FromLeaseThread) => port.postMessage(message);
  const deadline = Math.min(5_000, Math.max(250, data.lease / 4));
  const connection = new Connection(data.store, { name: data.name, deadline });
  const vitals = new Vitals(data.lanes, data.vitals);
  const renewal = new Renewal(connection, data.queue, data.lease, vitals, tell);
  const givingBack = new GivingBack(new SharedHand(data.hand), vitals);
  const standBy = new StandBy(connection, data.lease / 2);
  const hangs = new HangWatch(data.itemTimeout, vitals);
  let hanging: HungItem | undefined;
  let before = performance.now();

  renewal.incarnation = data.incarnation;
  port.on('message', (message: ToLeaseThread) => {
    renewal.incarnation = message;
  });
  if (data.ownsProcess) onStopSignal(() => vitals.sayLeaving());

  setInterval(() => {
    const now = performance.now();
    // A process that was stopped did not run: the time counts for no timeout.
    const passed = Math.min(now - before, 6 * TICK);
    before = now;
    vitals.awake += passed;
    const back = givingBack.toTell(passed, !renewal.isUnderWay);
    if (back) void giveBack(back);
    if (renewal.isDue(now)) void renewal.send();
    standBy.see(now, vitals.anyRuns || renewal.isUnderWay || renewal.isNear(now));
    lookForHang();
  }, TICK);
  vitals.watched = true;
  // Ahead of the first call, which may have to be quick.
  setImmediate(loadClient);

  async function giveBack(back: HandSeen): Promise<void> {
    if (await renewal.send(back)) givingBack.confirm(back);
  }

  function lookForHang(): void {
    if (hanging && hangs.stillRuns(hanging)) return;
    const hung = hangs.find(givingBack.blockedFor);
    hanging = hung;
    if (!hung) return;
    tell({ hung: hung.lane, id: hung.id });
    setTimeout(() => {
      if (hung !== hanging || !hangs.stillRuns(hung)) return;
      const stuck = {
        data,
        connection,
        incarnation: renewal.incarnation,
        ...{ answer: vitals.answer, awake: vitals.awake },
      };
      // A process that is not the worker's own is left to its app, and the worker to itself once it is free again.
      void (data.ownsProcess ? endHungProcess : abandonHung)(hung, stuck);
    }, LAST_WORDS);
  }
}
