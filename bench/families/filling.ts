import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { FillReport } from '../contenders/fill';
import { median } from '../harness/clock';
import type { Family } from '../harness/family';
import { payloadOf } from '../harness/items';
import { BUILT } from '../harness/paths';
import { megabytes, short, times } from '../harness/report';
import { type Store, usedBetween } from '../harness/store';

interface Filled extends FillReport {
  readonly perSecond: number;
  readonly redisMicros: number;
  readonly nodeMicros: number;
}

const TITLES = {
  ours: 'ours, from an iterable',
  'ours-async': 'ours, from an async iterable',
  bullmq: 'BullMQ addBulk of 1,000',
  'bee-queue': 'bee-queue saveAll of 1,000',
} as const;
type Filler = keyof typeof TITLES;

/** Items filled in a second, and the memory that it takes. */
export const filling: Family = {
  name: 'filling',
  about: 'items filled in a second; a million from an async iterable in constant memory',
  withPeers: true,
  async run({ store, quick, runs, say }) {
    const scale = quick ? 100 : 1;
    const amounts: [Filler, number][] = [
      ['ours', 1_000_000 / scale],
      ['bullmq', 50_000 / scale],
      ['ours-async', 1_000_000 / scale],
      ['bee-queue', 50_000 / scale],
    ];
    const filled = new Map<Filler, Filled[]>();
    for (let run = 1; run <= runs; run++) {
      for (const [filler, items] of amounts) {
        const result = await fillOnce(store, filler, items);
        say(`${TITLES[filler]}, run ${run}: ${items} items at ${Math.round(result.perSecond)} a second`);
        filled.set(filler, [...(filled.get(filler) ?? []), result]);
      }
    }
    const small = await fillOnce(store, 'ours-async', 250_000 / scale);
    const of = (filler: Filler, pick: (result: Filled) => number) => median((filled.get(filler) ?? []).map(pick));
    const rate = (filler: Filler) => of(filler, ({ perSecond }) => perSecond);
    const growth = of('ours-async', ({ peakRss }) => peakRss) - small.peakRss;
    const durable = of('ours', ({ durableSeconds }) => durableSeconds);
    return {
      figures: [
        {
          figure: 'items filled in a second',
          ours: short(rate('ours')),
          peers: `${short(rate('bullmq'))} BullMQ addBulk`,
          ratio: times(rate('ours') / rate('bullmq')),
          target: '≥ 20 ×',
          reached: rate('ours') >= 20 * rate('bullmq'),
        },
        {
          figure: 'peak RSS, a million items from an async iterable beside 250,000',
          ours: `${megabytes(small.peakRss + growth)} beside ${megabytes(small.peakRss)}`,
          peers: '',
          ratio: '',
          target: 'constant (within 16 MiB; the items alone have 62)',
          reached: growth <= 16 * 2 ** 20,
        },
      ],
      details: [
        {
          title: 'Filling',
          head: ['', 'items/s', 'Redis CPU an item', 'Node CPU an item', 'peak RSS', 'items a run'],
          rows: amounts.map(([filler, items]) => [
            TITLES[filler],
            short(rate(filler)),
            `${short(of(filler, ({ redisMicros }) => redisMicros))} µs`,
            `${short(of(filler, ({ nodeMicros }) => nodeMicros))} µs`,
            megabytes(of(filler, ({ peakRss }) => peakRss)),
            short(items),
          ]),
          note: `Until the last push is answered, which is all that addBulk waits for. Ours goes on until everything is on the disk, then seals, and waits for that as well: ${short(durable)} s in all, ${short(durable - of('ours', ({ seconds }) => seconds))} s of it waiting for the disk, whatever the number of items.`,
        },
      ],
    };
  },
};

async function fillOnce(store: Store, filler: Filler, items: number): Promise<Filled> {
  await store.clear();
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  try {
    const file = join(folder, 'report.json');
    const before = await store.usage();
    await promisify(execFile)(process.execPath, [join(BUILT, 'contenders/fill.js')], {
      env: {
        PATH: process.env.PATH,
        REDIS_URL: store.url,
        BENCH_QUEUE: 'bench',
        BENCH_ITEMS: String(items),
        BENCH_FILLER: filler,
        BENCH_REPORT: file,
      },
    });
    const used = usedBetween(before, await store.usage());
    await assertFilled(store, filler, items);
    const report = JSON.parse(readFileSync(file, 'utf8')) as FillReport;
    return {
      ...report,
      perSecond: items / report.seconds,
      redisMicros: used.cpuMicros / items,
      nodeMicros: report.cpuMicros / items,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @throws Error unless exactly these items wait */
async function assertFilled(store: Store, filler: Filler, items: number): Promise<void> {
  const list = { bullmq: 'bull:bench:wait', 'bee-queue': 'bq:bench:waiting' }[filler as string] ?? 'bench';
  const length = Number(await store.command('LLEN', list));
  if (length !== items) throw new Error(`${TITLES[filler]}: ${length} items wait, ${items} were filled`);
  if (list !== 'bench') return;
  for (let at = 0; at < items; at += 10_000) {
    const part = (await store.command('LRANGE', list, at, at + 9_999)) as string[];
    part.forEach((payload, i) => {
      if (payload !== payloadOf(at + i)) throw new Error(`item ${at + i} is ${payload}`);
    });
  }
}
