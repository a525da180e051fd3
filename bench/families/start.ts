import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { median, now } from '../harness/clock';
import { Contender, type ContenderName } from '../harness/contender';
import { assertExact } from '../harness/drain-run';
import type { Family } from '../harness/family';
import { BUILT } from '../harness/paths';
import { short, times } from '../harness/report';
import type { Store } from '../harness/store';

/** What a new process needs until it is at its first item. */
export const start: Family = {
  name: 'start',
  about: 'process start to first item, beside bare node with ioredis and a PING',
  withPeers: true,
  async run({ store, quick, runs, say }) {
    const ours: number[] = [];
    const bare: number[] = [];
    const peer: number[] = [];
    for (let run = 0; run < (quick ? 1 : 3 * runs); run++) {
      bare.push(await bareStart(store));
      ours.push(await firstItem(store, 'ours'));
      peer.push(await firstItem(store, 'bullmq'));
    }
    say(`ours ${short(median(ours))} ms, bare ${short(median(bare))} ms, BullMQ ${short(median(peer))} ms`);
    const ratio = median(ours) / median(bare);
    return {
      figures: [
        {
          figure: 'process start to first item',
          ours: `${short(median(ours))} ms`,
          peers: `${short(median(bare))} ms bare node + ioredis + PING, ${short(median(peer))} ms BullMQ`,
          ratio: times(ratio),
          target: '≤ 1.5 × bare',
          reached: ratio <= 1.5,
        },
      ],
    };
  },
};

async function bareStart(store: Store): Promise<number> {
  const before = now();
  const file = join(BUILT, 'contenders/bare.js');
  const { stdout } = await promisify(execFile)(process.execPath, [file], { env: { REDIS_URL: store.url } });
  return Number(stdout) - before;
}

/** From the start of a process to its first item, in ms. */
export async function firstItem(store: Store, name: ContenderName, env?: Record<string, string>): Promise<number> {
  await store.clear();
  if (name === 'bullmq') await store.fillBullMQ('bench', 1);
  else await store.fillList('bench', 1, true);
  const before = now();
  const assignment = { redisUrl: store.url, queue: 'bench', items: 1, ...(env && { env }) };
  const report = await new Contender(name, assignment).report();
  assertExact(name, [report], 1);
  return report.firstAt - (report.agent?.startedAt ?? before);
}
