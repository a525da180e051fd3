import { fork } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import { Contender } from '../harness/contender';
import { type Drained, drainedBy, drainSeveral, medians } from '../harness/drain-run';
import type { Bench, Family } from '../harness/family';
import { BUILT } from '../harness/paths';
import { short, TABLES } from '../harness/report';
import { type Store, usedBetween } from '../harness/store';

/** Whether an item costs the same however many there are, and however many workers. */
export const growth: Family = {
  name: 'growth',
  about: 'cost of an item from 10³ to 10⁷ items and from 1 to 64 worker processes',
  withPeers: false,
  async run(bench) {
    const { store, quick, runs, say } = bench;
    const amounts = quick ? [100, 1_000] : [1e3, 1e4, 1e5, 1e6, 1e7];
    const byItems = new Map<number, Drained>();
    // What a worker does once, however many items there are: it is not the cost of an item.
    const plan = (items: number) => ({ items, concurrency: 64 });
    const once = await drainSeveral(store, 'ours', plan(1), runs);
    for (const items of amounts) {
      const run = await drainSeveral(store, 'ours', plan(items), items > 1e6 ? 1 : runs);
      byItems.set(items, { ...run, redisMicros: run.redisMicros - once.redisMicros / items });
      say(`${items} items: ${short(run.perSecond)} a second, ${short(run.redisMicros)} µs of Redis an item`);
    }
    const processes = quick ? [1, 2] : [1, 2, 4, 8, 16, 32, 64];
    const byWorkers = new Map<number, Drained>();
    for (const count of processes) {
      const run = await together(bench, count, quick ? 2_000 : 2_000_000);
      byWorkers.set(count, run);
      say(`${count} workers: ${short(run.perSecond)} a second, ${short(run.redisMicros)} µs of Redis an item`);
    }
    const strangers = (processes.at(-1) ?? 1) - 1;
    const beside = await besideStrangers(strangers, () => together(bench, 1, quick ? 2_000 : 200_000));
    say(`1 worker beside ${strangers} strangers: ${short(beside.redisMicros)} µs of Redis an item`);
    // Below that, a run is over before its cost can be told from that of its beginning and end.
    const told = [...byItems].filter(([items]) => items >= (quick ? 0 : 1e4)).map(([, run]) => run.redisMicros);
    const spread = Math.max(...told) / Math.min(...told);
    const workers = [...byWorkers.values()].map(({ redisMicros }) => redisMicros);
    const rise = (workers.at(-1) ?? 0) / (workers[0] ?? 1);
    const cells = ({ perSecond, redisMicros, nodeMicros, commands }: Drained) => [
      short(perSecond),
      `${short(redisMicros)} µs`,
      `${short(nodeMicros)} µs`,
      short(commands),
    ];
    const head = ['items/s', 'Redis CPU an item', 'Node CPU an item', 'commands an item'];
    return {
      figures: [
        {
          figure: `Redis CPU an item, ${short(amounts.at(-1) ?? 0)} items beside ${short(quick ? 100 : 1e4)}`,
          ours: `${short(Math.min(...told))} to ${short(Math.max(...told))} µs`,
          peers: '',
          ratio: `${short(spread)} ×`,
          target: 'flat (≤ 1.3 ×)',
          reached: spread <= 1.3,
        },
        {
          figure: `Redis CPU an item, ${processes.at(-1)} workers beside one`,
          ours: `${short(workers.at(-1) ?? 0)} µs beside ${short(workers[0] ?? 0)} µs`,
          peers: '',
          ratio: `${short(rise)} ×`,
          target: 'flat (≤ 1.3 ×)',
          reached: rise <= 1.3,
        },
        {
          figure: `Redis CPU an item, ${processes.at(-1)} workers beside one that shares the machine with ${strangers} strangers`,
          ours: `${short(workers.at(-1) ?? 0)} µs beside ${short(beside.redisMicros)} µs`,
          peers: '',
          ratio: `${short((workers.at(-1) ?? 0) / beside.redisMicros)} ×`,
          target: 'report both',
        },
      ],
      details: [
        {
          title: TABLES.byItems,
          head: ['items', ...head],
          rows: [...byItems].map(([items, run]) => [short(items), ...cells(run)]),
          note: 'The first tens of thousands are run by code that is not compiled yet. What a worker asks of Redis once, at its beginning and end, is left out.',
        },
        {
          title: TABLES.byProcesses,
          head: ['processes', ...head],
          rows: [
            ...[...byWorkers].map(([count, run]) => [String(count), ...cells(run)]),
            [`1, beside ${strangers} strangers`, ...cells(beside)],
          ],
          note: 'Handlers do nothing, and all workers share the processors of this machine with Redis: what counts is the cost of an item. Strangers are processes that make strings out of bytes, as workers do, and know no Redis: what an item costs beside them is what this machine makes of it.',
        },
      ],
    };
  },
};

/** The medians of several runs in which so many workers drain one queue. */
async function together({ store, runs }: Bench, count: number, items: number): Promise<Drained> {
  const results: Drained[] = [];
  for (let run = 0; run < runs; run++) results.push(await togetherOnce(store, count, items));
  return medians(results);
}

/** So many workers drain one queue, which is opened when all of them wait. */
async function togetherOnce(store: Store, count: number, items: number): Promise<Drained> {
  const queue = 'bench';
  await store.clear();
  await store.command('HSET', `{${queue}}:meta`, 'paused', 1);
  await store.fillList(queue, items, true);
  const workers = Array.from(
    { length: count },
    () => new Contender('ours', { redisUrl: store.url, queue, items, concurrency: 64, givesWay: 'more' }),
  );
  await Promise.all(workers.map((worker) => worker.says(/Waiting/)));
  const before = await store.usage();
  await store.resume(queue);
  const reports = await Promise.all(workers.map((worker) => worker.report()));
  return drainedBy('ours', reports, items, usedBetween(before, await store.usage()));
}

/** While so many processes keep the machine as busy as workers would, and leave Redis alone. */
async function besideStrangers<T>(count: number, act: () => Promise<T>): Promise<T> {
  const strangers = Array.from({ length: count }, () => fork(join(BUILT, 'contenders/stranger.js')));
  for (const { pid } of strangers) if (pid !== undefined) setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  try {
    return await act();
  } finally {
    for (const stranger of strangers) stranger.kill('SIGKILL');
  }
}
