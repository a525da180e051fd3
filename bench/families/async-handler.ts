import { takeTurns } from '../harness/drain-run';
import type { Family } from '../harness/family';
import { short } from '../harness/report';
import { costs } from './throughput';

/** Handlers that wait: what is left of 64 lanes when a queue feeds them. */
export const asyncHandler: Family = {
  name: 'async-handler',
  about: 'a 10 ms async handler at concurrency 64, beside a plain loop without any queue',
  withPeers: true,
  async run({ store, quick, runs, say }) {
    const plan = { items: quick ? 640 : 32_000, concurrency: 64, handler: 'wait:10' };
    const drained = await takeTurns(
      store,
      runs,
      [
        ['ours', plan],
        ['plain-loop', plan],
        ['bullmq', plan],
      ],
      say,
    );
    const rate = (name: 'ours' | 'plain-loop') => drained.get(name)?.perSecond ?? 0;
    const share = rate('ours') / rate('plain-loop');
    return {
      figures: [
        {
          figure: 'items/s with a 10 ms async handler at concurrency 64',
          ours: short(rate('ours')),
          peers: `${short(rate('plain-loop'))} plain loop`,
          ratio: `${(100 * share).toFixed(1)} %`,
          target: '≥ 98 %',
          reached: share >= 0.98,
        },
      ],
      details: [costs('A 10 ms async handler at concurrency 64', drained)],
    };
  },
};
