import { Contender } from '../harness/contender';
import { assertExact } from '../harness/drain-run';
import type { Bench, Family } from '../harness/family';
import { MIXES } from '../harness/handling';
import { type Figure, short } from '../harness/report';

const WORKERS = 8;

/** How long the last worker goes on when the first one has nothing left to do. */
export const tail: Family = {
  name: 'tail',
  about: 'eight workers and items of unequal length: who is last, and how much later',
  withPeers: false,
  async run(bench) {
    const waits = await stagger(bench, 'waits', bench.quick ? 24 : 160);
    const blocks = await stagger(bench, 'blocks', bench.quick ? 100 : 2_400);
    return {
      figures: [figure('tail, items of 0.1–2 s', waits), figure('tail, 99 % no-op, 1 % 5 s synchronous', blocks)],
    };
  },
};

interface Stagger {
  /** Between the end of the first worker's last item and the end of the last one's, in s. */
  readonly spread: number;
  /** The longest item, in s. */
  readonly longest: number;
}

async function stagger({ store, say }: Bench, mix: keyof typeof MIXES, items: number): Promise<Stagger> {
  const queue = 'bench';
  await store.clear();
  // Everybody is there before the first item is.
  await store.command('HSET', `{${queue}}:meta`, 'paused', 1);
  const workers = Array.from(
    { length: WORKERS },
    () => new Contender('ours', { redisUrl: store.url, queue, items, handler: mix }),
  );
  await Promise.all(workers.map((worker) => worker.says(/sessionID/)));
  await store.fillList(queue, items, true);
  await store.resume(queue);
  const reports = await Promise.all(workers.map((worker) => worker.report()));
  assertExact('ours', reports, items);
  const ends = reports.map(({ lastAt }) => lastAt);
  const spread = (Math.max(...ends) - Math.min(...ends)) / 1_000;
  const longest = Math.max(...Array.from({ length: items }, (_, item) => MIXES[mix](item))) / 1_000;
  say(`${mix}: ${short(spread)} s between the first worker's last item and the last worker's`);
  return { spread, longest };
}

function figure(name: string, { spread, longest }: Stagger): Figure {
  return {
    figure: name,
    ours: `${short(spread)} s after the first idle worker`,
    peers: '',
    ratio: '',
    target: `≤ ${short(longest)} s, one item's time`,
    // A timer may be late by some ms.
    reached: spread <= longest + 0.05,
  };
}
