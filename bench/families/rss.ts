import { median } from '../harness/clock';
import { drainOnce } from '../harness/drain-run';
import type { Family } from '../harness/family';
import { megabytes } from '../harness/report';

/** How large a worker process gets. */
export const rss: Family = {
  name: 'rss',
  about: 'peak resident memory of a worker, lease thread included',
  withPeers: false,
  async run({ store, quick, runs, say }) {
    const peak = async (items: number, handler: string) => {
      const peaks: number[] = [];
      for (let run = 0; run < runs; run++) {
        peaks.push((await drainOnce(store, 'ours', { items, handler, concurrency: 64 })).peakRss);
      }
      say(`${handler}: ${megabytes(median(peaks))}`);
      return median(peaks);
    };
    const figure = (name: string, bytes: number) => ({
      figure: `peak RSS of a worker, ${name}`,
      ours: megabytes(bytes),
      peers: '',
      ratio: '',
      target: '≤ 90 MiB',
      reached: bytes <= 90 * 2 ** 20,
    });
    return {
      figures: [
        figure('10 ms async handler', await peak(quick ? 200 : 20_000, 'wait:10')),
        figure('no-op handler at full speed', await peak(quick ? 2_000 : 1_000_000, 'noop')),
      ],
    };
  },
};
