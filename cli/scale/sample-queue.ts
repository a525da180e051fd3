import { setTimeout as sleep } from 'node:timers/promises';
import type { QueueStatus, WorkQueue } from 'cdk8s-redis-work-queue/worker';
import type { Context } from '../context';
import { ended, left } from '../queue';
import { items, openLiveLine } from '../text';
import type { Look } from './rate-per-worker';

/** Seconds between two looks. */
const INTERVAL = 1;
/** Without a time for it: a sample of so many items, but for no fewer and no more seconds than these. */
const SAMPLED_ITEMS = 50;
const AT_LEAST = 5;
const AT_MOST = 30;

/**
 * Looks at a queue again and again.
 *
 * @param seconds how long; as long as it takes to see enough items where undefined
 */
export async function sampleQueue(
  queue: WorkQueue<Uint8Array>,
  seconds: number | undefined,
  { stop }: Context,
): Promise<Look[]> {
  const started = performance.now();
  const look = async (): Promise<Look> => {
    const status = await queue.status();
    return { at: (performance.now() - started) / 1_000, status };
  };
  const first = await look();
  const looks = [first];
  const live = seconds !== 0 && process.stderr.isTTY ? await openLiveLine(process.stderr) : undefined;
  try {
    for (;;) {
      const { at, status } = looks.at(-1) as Look;
      const seen = ended(status) - ended(first.status);
      const remaining = seconds === undefined ? timeToSee(seen, at) : seconds - at;
      if (remaining <= 0 || !isWorkedOn(status)) return looks;
      live?.draw(live.cut(`Measuring: ${items(Math.max(0, seen))} in ${Math.round(at)} s`, live.columns - 1));
      await sleep(Math.min(INTERVAL, remaining) * 1_000, undefined, { signal: stop });
      looks.push(await look());
    }
  } finally {
    live?.end();
  }
}

/** Whether there is something to measure. */
export function isWorkedOn(status: QueueStatus): boolean {
  return left(status) > 0 && status.workerCount > 0 && !status.paused;
}

function timeToSee(seen: number, at: number): number {
  return (seen >= SAMPLED_ITEMS ? AT_LEAST : AT_MOST) - at;
}
