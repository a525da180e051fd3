import { setTimeout as sleep } from 'node:timers/promises';
import { Contender } from '../harness/contender';
import type { Family } from '../harness/family';
import { short } from '../harness/report';
import { type Store, usedBetween } from '../harness/store';

const IDLE_WORKERS = 8;

/** What workers cost that have nothing to do but wait for the others. */
export const idle: Family = {
  name: 'idle',
  about: 'commands a second of a worker that waits for others',
  withPeers: false,
  async run({ store, quick, say }) {
    await store.clear();
    const queue = 'bench';
    await store.fillList(queue, 1, true);
    const assignment = { redisUrl: store.url, queue, items: 1, handler: 'hang' };
    const busy = new Contender('ours', assignment);
    await busy.says(/began/);
    const seconds = quick ? 2 : 20;
    const alone = await sent(store, seconds);
    const waiting = Array.from({ length: IDLE_WORKERS }, () => new Contender('ours', assignment));
    try {
      await Promise.all(waiting.map((worker) => worker.says(/sessionID/)));
      // Until they have looked around and know that there is nothing to do.
      await sleep(quick ? 500 : 5_000);
      const together = await sent(store, seconds);
      const each = (together.calls - alone.calls) / IDLE_WORKERS;
      const micros = (together.cpuMicros - alone.cpuMicros) / IDLE_WORKERS;
      say(`${short(each)} commands a second each, ${short(micros)} µs of Redis CPU a second`);
      return {
        figures: [
          {
            figure: 'idle worker waiting for others',
            ours: `${short(each)} commands a second, ${short(micros)} µs of Redis CPU`,
            peers: '',
            ratio: '',
            target: '≤ 2 commands a second',
            reached: each <= 2,
          },
        ],
      };
    } finally {
      await Promise.all([busy, ...waiting].map((worker) => worker.kill()));
    }
  },
};

/** Commands that workers send, and CPU of Redis, for each second. */
async function sent(store: Store, seconds: number): Promise<{ calls: number; cpuMicros: number }> {
  const before = await store.usage();
  await sleep(seconds * 1_000);
  const used = usedBetween(before, await store.usage());
  // The others are inside of these.
  const calls = ['evalsha', 'eval', 'xread'].reduce((sum, name) => sum + (used.calls.get(name) ?? 0), 0);
  return { calls: calls / seconds, cpuMicros: used.cpuMicros / seconds };
}
