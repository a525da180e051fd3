import { type QueueStatus, stateOf, type WorkerStatus } from 'cdk8s-redis-work-queue/worker';
import type { QueueProgress } from '../queue';
import { utf8 } from '../text';

/** What `status --json` prints: every field of the status, and what follows from them. What is not known is null. */
export function statusJson(status: QueueStatus, { rate, timeLeft, progress }: QueueProgress) {
  const { waiting, leased, retrying, done, dead, dropped, claimed, added, sealed, paused, slowedFor, cancelled } =
    status;
  const { total = null, batch = null, finalizer = null, memory, clock, workerCount, workers } = status;
  return {
    ...{ waiting, leased, retrying, done, dead, rate, timeLeft },
    state: stateOf(status),
    ...{ dropped, claimed, added, sealed, total, batch, paused, slowedFor, cancelled, finalizer, clock },
    memory: memory ? { used: memory.used, max: memory.max ?? null } : null,
    ...(progress && { progress }),
    workerCount,
    workers: workers.map(workerJson),
  };
}

function workerJson({ session, name, leased, leaseLeft, progress, items }: WorkerStatus) {
  return { name, session, leased, leaseLeft, progress, items: items.map(startJson) };
}

/** How a payload begins; as text, where it is some. */
function startJson({ length, start }: WorkerStatus['items'][number]) {
  // The end may go through a character.
  const text = [0, 1, 2, 3]
    .map((cut) => utf8(start.subarray(0, start.length - cut)))
    .find((each) => each !== undefined);
  return text === undefined ? { length, startBase64: Buffer.from(start).toString('base64') } : { length, start: text };
}
