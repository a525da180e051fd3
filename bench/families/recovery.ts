import { setTimeout as sleep } from 'node:timers/promises';
import { median, now } from '../harness/clock';
import { Contender, type ContenderName } from '../harness/contender';
import type { Family } from '../harness/family';
import { short } from '../harness/report';
import type { Store } from '../harness/store';

/** A worker that never gets its item back in hand again counts as this, in s. */
const NEVER = 120;

/** How long an item of a worker that was killed waits for the next one. */
export const recovery: Family = {
  name: 'recovery',
  about: 'kill -9 of a worker: how long until another one runs its item',
  withPeers: true,
  async run({ store, quick, runs, say }) {
    await store.clear();
    // They do next to nothing and do not disturb each other, so all of them run at once.
    const several = quick ? 1 : Math.min(runs, 3);
    const measure = async (name: ContenderName, env?: Record<string, string>) => {
      const queues = Array.from({ length: several }, (_, i) => `${name}-${i}`);
      const took = await Promise.all(queues.map((queue) => killAndWait(store, name, queue, env)));
      say(`${name}: ${took.map(short).join(', ')} s`);
      return median(took);
    };
    const [ours, peer] = await Promise.all([
      measure('ours', quick ? { WORK_QUEUE_LEASE_MS: '1000' } : undefined),
      quick ? Promise.resolve(Number.NaN) : measure('bullmq'),
    ]);
    const lease = quick ? 1 : 10;
    return {
      figures: [
        {
          figure: 'recovery after kill -9 of a worker',
          ours: `${short(ours)} s`,
          peers: quick ? '' : `${peer >= NEVER ? '> ' : ''}${short(peer)} s BullMQ`,
          ratio: quick ? '' : `1/${short(peer / ours)}`,
          target: `≤ lease (${lease} s) + 1 s`,
          reached: ours <= lease + 1,
        },
      ],
    };
  },
};

/** Kills the worker that has the only item while another one waits; in s. */
async function killAndWait(
  store: Store,
  name: ContenderName,
  queue: string,
  env: Readonly<Record<string, string>> = {},
): Promise<number> {
  if (name === 'bullmq') await store.fillBullMQ(queue, 1);
  else await store.fillList(queue, 1, true);
  const assignment = { redisUrl: store.url, queue, items: 1, handler: 'hang', env };
  const victim = new Contender(name, assignment);
  await victim.says(/began 0/);
  const heir = new Contender(name, assignment);
  try {
    // Long enough for the heir to look around and to wait, and for leases to have been renewed.
    await sleep(3_000);
    const killedAt = now();
    await victim.kill();
    const [, began] = await Promise.race([heir.says(/began 0 ([\d.]+)/), sleep(NEVER * 1_000, [], { ref: false })]);
    return began === undefined ? NEVER : (Number(began) - killedAt) / 1_000;
  } finally {
    await heir.kill();
  }
}
