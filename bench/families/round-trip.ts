import { Redis } from 'ioredis';
import { median } from '../harness/clock';
import { startDelayProxy } from '../harness/delay-proxy';
import { takeTurns } from '../harness/drain-run';
import type { Family } from '../harness/family';
import { short, TABLES, times } from '../harness/report';
import { costs } from './throughput';

/** Concurrency 1 with a network between worker and Redis. */
export const roundTrip: Family = {
  name: 'round-trip',
  about: 'items a second at concurrency 1 with 1 ms of round-trip time',
  withPeers: true,
  async run({ store, quick, runs, say }) {
    const proxy = await startDelayProxy(store.port, 1);
    try {
      const roundTripTime = await measure(proxy.url);
      const plan = (items: number) => ({ items: quick ? items / 100 : items, concurrency: 1, redisUrl: proxy.url });
      const drained = await takeTurns(
        store,
        runs,
        [
          ['ours', plan(500_000)],
          ['bullmq', plan(3_000)],
          ['unsafe', plan(500_000)],
          ['bee-queue', plan(1_500)],
          ['walkthrough', plan(500)],
        ],
        say,
      );
      const [ours = 0, peer = 1] = [drained.get('ours')?.perSecond, drained.get('bullmq')?.perSecond];
      return {
        figures: [
          {
            figure: 'items/s at concurrency 1, 1 ms away',
            ours: short(ours),
            peers: `${short(peer)} BullMQ`,
            ratio: times(ours / peer),
            target: '≥ 150 ×',
            reached: ours >= 150 * peer,
          },
        ],
        details: [
          {
            ...costs(TABLES.away, drained),
            note: `A PING through the proxy, which is a process of its own, takes ${short(roundTripTime)} ms.`,
          },
        ],
      };
    } finally {
      proxy.stop();
    }
  },
};

async function measure(url: string): Promise<number> {
  const redis = new Redis(url);
  const took: number[] = [];
  for (let i = 0; i < 100; i++) {
    const before = performance.now();
    await redis.ping();
    took.push(performance.now() - before);
  }
  redis.disconnect();
  return median(took);
}
