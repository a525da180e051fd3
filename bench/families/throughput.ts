import { type ContenderName, TITLES } from '../harness/contender';
import { type Drained, type DrainPlan, takeTurns } from '../harness/drain-run';
import type { Family } from '../harness/family';
import { type Detail, type Figure, megabytes, short, TABLES, times } from '../harness/report';

type Amounts = readonly (readonly [ContenderName, number])[];

/** Items for each contender, so that a run takes some seconds. */
const AT_64: Amounts = [
  ['ours', 1_000_000],
  ['bullmq', 30_000],
  ['unsafe', 1_000_000],
  ['bee-queue', 60_000],
  ['walkthrough', 20_000],
];
const AT_1: Amounts = [
  ['ours', 1_000_000],
  ['bullmq', 15_000],
  ['unsafe', 1_000_000],
  ['bee-queue', 20_000],
  ['walkthrough', 15_000],
];

/** Items a second of one worker process, and what an item costs. */
export const throughput: Family = {
  name: 'throughput',
  about: 'items a second at concurrency 64 and 1, CPU and commands for each item',
  withPeers: true,
  async run({ store, quick, runs, say }) {
    const plans = (amounts: Amounts, concurrency: number): [ContenderName, DrainPlan][] =>
      amounts.map(([name, items]) => [name, { items: quick ? Math.ceil(items / 100) : items, concurrency }]);
    const at64 = await takeTurns(store, runs, plans(AT_64, 64), say);
    const at1 = await takeTurns(store, runs, plans(AT_1, 1), say);
    return {
      figures: [
        ...reach('items/s at concurrency 64', at64, { bullmq: 20, 'bee-queue': 6, unsafe: 1 / 4 }),
        ...reach('items/s at concurrency 1', at1, { bullmq: 30 }),
        redisCpu(64, at64),
        redisCpu(1, at1),
      ],
      details: [costs(TABLES.at64, at64), costs(TABLES.at1, at1)],
    };
  },
};

function reach(
  figure: string,
  drained: ReadonlyMap<ContenderName, Drained>,
  targets: Partial<Record<ContenderName, number>>,
): Figure[] {
  const ours = of(drained, 'ours').perSecond;
  return Object.entries(targets).map(([name, target]) => {
    const peer = of(drained, name as ContenderName).perSecond;
    const wanted = target < 1 ? `≥ 1/${1 / target}` : `≥ ${target} ×`;
    return {
      figure,
      ours: short(ours),
      peers: `${short(peer)} ${TITLES[name as ContenderName]}`,
      ratio: target < 1 ? `1/${short(peer / ours)}` : times(ours / peer),
      target: wanted,
      reached: ours >= target * peer,
    };
  });
}

function redisCpu(concurrency: number, drained: ReadonlyMap<ContenderName, Drained>): Figure {
  const [ours, peer] = [of(drained, 'ours').redisMicros, of(drained, 'bullmq').redisMicros];
  return {
    figure: `Redis CPU an item at concurrency ${concurrency}`,
    ours: `${short(ours)} µs`,
    peers: `${short(peer)} µs BullMQ`,
    ratio: `1/${short(peer / ours)}`,
    target: '≤ 1/20',
    reached: ours <= peer / 20,
  };
}

/** What an item costs with each contender. */
export function costs(title: string, drained: ReadonlyMap<ContenderName, Drained>): Detail {
  return {
    title,
    head: ['', 'items/s', 'Redis CPU an item', 'Node CPU an item', 'commands an item', 'peak RSS', 'items a run'],
    rows: [...drained].map(([name, run]) => [
      TITLES[name],
      short(run.perSecond),
      `${short(run.redisMicros)} µs`,
      `${short(run.nodeMicros)} µs`,
      short(run.commands),
      megabytes(run.peakRss),
      short(run.items),
    ]),
  };
}

function of(drained: ReadonlyMap<ContenderName, Drained>, name: ContenderName): Drained {
  const run = drained.get(name);
  if (!run) throw new Error(`${name} did not run`);
  return run;
}
