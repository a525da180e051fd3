import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ChartReport } from '../contenders/chart';
import { median } from '../harness/clock';
import type { Family } from '../harness/family';
import { BUILT } from '../harness/paths';
import { short, TABLES } from '../harness/report';

/** Many queues in one chart. */
export const charts: Family = {
  name: 'charts',
  about: '500 queues in one chart: linear, and beside the same objects written directly',
  withPeers: false,
  async run({ quick, runs, say }) {
    const sizes = quick ? [5, 10] : [125, 250, 500, 1_000];
    const many = quick ? 10 : 500;
    const folder = mkdtempSync(join(tmpdir(), 'bench-'));
    try {
      const took = new Map<string, number[]>();
      // A run is short, and one that met a slow moment of the machine should not decide.
      for (let run = 0; run < 3 * runs; run++) {
        for (const size of sizes) {
          const objects = join(folder, `${size}.json`);
          if (run === 0) await synthesize('dump', size, objects);
          const ours = await synthesize('ours', size, objects);
          const direct = await synthesize('direct', size, objects);
          if (ours.digest !== direct.digest) throw new Error('the objects that were written directly are not the same');
          for (const [how, report] of Object.entries({ ours, direct })) {
            const key = `${how} ${size}`;
            took.set(key, [...(took.get(key) ?? []), report.milliseconds]);
          }
        }
      }
      const of = (how: string, size: number) => median(took.get(`${how} ${size}`) ?? []);
      const over = of('ours', many) / of('direct', many) - 1;
      const [smallest, largest] = [sizes[0] as number, sizes.at(-1) as number];
      const bend = of('ours', largest) / largest / (of('ours', smallest) / smallest);
      say(`${many} queues: ${short(of('ours', many))} ms, directly ${short(of('direct', many))} ms`);
      return {
        figures: [
          {
            figure: `${many} queues in one chart`,
            ours: `${short(of('ours', many))} ms`,
            peers: `${short(of('direct', many))} ms the same objects directly`,
            ratio: `${over >= 0 ? '+' : ''}${(100 * over).toFixed(1)} %`,
            target: '≤ +15 %',
            reached: over <= 0.15,
          },
          {
            figure: `time for each queue, ${largest} beside ${smallest} in one chart`,
            ours: `${short(of('ours', largest) / largest)} ms beside ${short(of('ours', smallest) / smallest)} ms`,
            peers: '',
            ratio: `${short(bend)} ×`,
            target: 'linear (≤ 1.2 ×)',
            reached: bend <= 1.2,
          },
        ],
        details: [
          {
            title: TABLES.queues,
            head: ['queues', 'ours', 'the same objects directly'],
            rows: sizes.map((size) => [
              String(size),
              `${short(of('ours', size))} ms`,
              `${short(of('direct', size))} ms`,
            ]),
            note: 'Directly means: the finished objects, known beforehand, handed to the generated classes of cdk8s-plus-27, one for each.',
          },
        ],
      };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

async function synthesize(how: 'ours' | 'direct' | 'dump', queues: number, objects: string): Promise<ChartReport> {
  const file = join(BUILT, 'contenders/chart.js');
  const { stdout } = await promisify(execFile)(process.execPath, [file, how, String(queues), objects]);
  return JSON.parse(stdout) as ChartReport;
}
