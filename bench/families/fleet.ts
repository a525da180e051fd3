import { setTimeout as sleep } from 'node:timers/promises';
import { type Bells, realBells, sharedBells } from '../harness/bells';
import { median } from '../harness/clock';
import type { Bench, Family } from '../harness/family';
import { Fleet, inTurn, type SimulatedWorker, until } from '../harness/fleet';
import type { Detail } from '../harness/report';
import { short } from '../harness/report';
import { type Store, usedBetween } from '../harness/store';
import { watch } from './bystander';

const QUEUE = 'bench';
/** A lease that does not run out while something else is measured, in ms. */
const LONG = 600_000;
/** More connections than this are not opened. */
const MOST_CONNECTIONS = 1_000;
/** Items that are pushed into a fleet that waits. */
const PUSHED = 100;

/** What a fleet costs Redis, by the number of its workers, which are simulated. */
export const fleet: Family = {
  name: 'fleet',
  about: 'asks, claims, recovery, waiting and the end of 10 to 10,000 simulated workers',
  withPeers: false,
  async run(bench) {
    const { quick, say } = bench;
    const sizes = quick ? [4, 20] : [10, 100, 1_000, 10_000];
    const lease = quick ? 1_000 : 10_000;
    const costs: Costs[] = [];
    const waits: Waits[] = [];
    const recoveries: Recovered[] = [];
    for (const size of sizes) {
      const cost = await costOf(bench, size);
      say(`${counted(size)} workers: an ask ${short(cost.ask.idle)} µs, a claim ${short(cost.claim.idle)} µs of Redis`);
      costs.push(cost);
    }
    for (const size of sizes) {
      const bells = size > (quick ? 10 : MOST_CONNECTIONS) ? sharedBells : realBells;
      const wait = await waitOf(bench, size, lease, bells);
      const { percent, drained } = wait;
      say(`${counted(size)} wait: ${short(percent)} % of a core; the last left ${short(drained)} s after the end`);
      waits.push(wait);
    }
    for (const size of sizes) {
      const recovered = await recoveryOf(bench, size, lease);
      say(`${counted(size)} killed: the last item ${short(recovered.seconds)} s later`);
      recoveries.push(recovered);
    }
    const [few, many, waiting, dead] = [costs[0], costs.at(-1), waits.at(-1), recoveries.at(-1)];
    if (!few || !many || !waiting || !dead) throw new Error('nothing was measured');
    const ratio = many.ask.idle / few.ask.idle;
    const [least, most] = [counted(few.size), counted(many.size)];
    return {
      figures: [
        {
          figure: `Redis time of an ask of an idle worker, ${most} workers beside ${least}`,
          ours: `${short(many.ask.idle)} µs beside ${short(few.ask.idle)} µs`,
          peers: '',
          ratio: `${short(ratio)} ×`,
          target: '≤ 1.5 ×',
          reached: ratio <= 1.5,
        },
        {
          figure: `Redis CPU while ${most} workers wait`,
          ours: `${short(waiting.percent)} % of a core`,
          peers: '',
          ratio: '',
          target: '≤ 5 % of a core',
          reached: waiting.percent <= 5,
        },
        {
          figure: `from the last item to the end of the last of ${most} workers`,
          ours: `${short(waiting.drained)} s`,
          peers: '',
          ratio: '',
          target: '≤ 5 s',
          reached: waiting.drained <= 5,
        },
        {
          figure: `${most} workers killed at once: the last of their items handed out again`,
          ours: `${short(dead.seconds)} s`,
          peers: '',
          ratio: '',
          target: `≤ lease (${lease / 1_000} s) + 1 s`,
          reached: dead.seconds <= lease / 1_000 + 1,
        },
      ],
      details: [costTable(costs), waitTable(waits), recoveryTable(recoveries)],
    };
  },
};

// ---- asks and claims

/** Redis time of one call in µs, beside workers that hold nothing, and beside as many that hold an item. */
interface Beside {
  readonly idle: number;
  readonly holding: number;
}

interface Costs {
  readonly size: number;
  readonly ask: Beside;
  readonly claim: Beside;
}

async function costOf({ store, quick, runs }: Bench, size: number): Promise<Costs> {
  await store.clear();
  const crew = await Fleet.enter(store, QUEUE, size, LONG);
  try {
    const calls = quick ? 10 : 300;
    const measure = async (act: () => Promise<number>) => {
      const each: number[] = [];
      for (let run = 0; run < runs; run++) each.push(await act());
      return median(each);
    };
    const asking = () => measure(() => asks(store, crew, calls));
    const claiming = () => measure(() => claims(store, crew, calls));
    // Somebody has to hold something, or else the queue is drained.
    await crew.claim(1);
    const idle = { ask: await asking(), claim: await claiming() };
    await crew.claim(Math.floor(size / 2) - 1);
    const holding = { ask: await asking(), claim: await claiming() };
    return {
      size,
      ask: { idle: idle.ask, holding: holding.ask },
      claim: { idle: idle.claim, holding: holding.claim },
    };
  } finally {
    crew.close();
  }
}

/** So many asks, by as many different workers as there are, that are answered 'wait'. */
async function asks(store: Store, crew: Fleet, calls: number): Promise<number> {
  const idle = crew.workers.filter(({ held }) => held === 0);
  const turns = Array.from({ length: calls }, (_, i) => idle[i % idle.length] as SimulatedWorker);
  return scriptMicros(store, async () => {
    // A worker has one exchange under way at a time.
    for (let at = 0; at < calls; at += idle.length) {
      await inTurn(turns.slice(at, at + idle.length), (worker) => crew.exchangeOf(worker, 1, 'wait'));
    }
  });
}

/** So many claims of one item each by workers that held nothing, a fiftieth of all of them at a time. */
async function claims(store: Store, crew: Fleet, calls: number): Promise<number> {
  const idle = crew.workers.filter(({ held }) => held === 0);
  const together = Math.min(calls, Math.ceil(crew.workers.length / 50));
  const each: number[] = [];
  for (let done = 0; done < calls; done += together) {
    await crew.fill(together);
    const claiming = idle.slice(0, together);
    each.push(await scriptMicros(store, () => inTurn(claiming, (worker) => crew.exchangeOf(worker, 1, 'work'))));
    await inTurn(claiming, (worker) => crew.exchangeOf(worker, 0, 'wait'));
  }
  return each.reduce((sum, micros) => sum + micros, 0) / each.length;
}

/** Redis time of the scripts that run meanwhile, on average, in µs. */
async function scriptMicros(store: Store, act: () => Promise<unknown>): Promise<number> {
  const before = await store.usage();
  await act();
  const { micros, calls } = usedBetween(before, await store.usage());
  return (micros.get('evalsha') ?? 0) / (calls.get('evalsha') ?? 0);
}

function costTable(costs: readonly Costs[]): Detail {
  const cells = ({ idle, holding }: Beside) => [idle, holding].map((micros) => `${short(micros)} µs`);
  return {
    title: 'Redis time of one exchange by the number of workers',
    head: ['workers', 'an ask, the others idle', 'half of them busy', 'a claim, the others idle', 'half of them busy'],
    rows: costs.map(({ size, ask, claim }) => [counted(size), ...cells(ask), ...cells(claim)]),
    note: 'Workers are simulated: names and numbered exchanges over eight connections, driven through the real scripts. An ask is that of a worker that holds nothing and gets nothing; a claim takes one item into empty hands. INFO commandstats, so that the machine weighs little.',
  };
}

// ---- waiting, waking, the end

interface Waits {
  readonly size: number;
  readonly bells: string;
  readonly commandsPerSecond: number;
  /** Of a core of Redis. */
  readonly percent: number;
  readonly woken: { readonly asked: number; readonly taken: number; readonly seconds: number };
  /** From the last item to the end of the last worker, in s. */
  readonly drained: number;
  readonly ping: { readonly p99: number; readonly most: number };
}

async function waitOf(
  { store, quick }: Bench,
  size: number,
  lease: number,
  bellsOf: (store: Store, queue: string) => Bells,
): Promise<Waits> {
  await store.clear();
  const crew = await Fleet.enter(store, QUEUE, size, lease);
  const bells = bellsOf(store, QUEUE);
  // The one that is to end last holds its item until everybody waits.
  const [last, ...others] = crew.workers as [SimulatedWorker, ...SimulatedWorker[]];
  const gate = new Gate();
  try {
    await crew.fill(1);
    await crew.exchangeOf(last, 1, 'work');
    // They come one after the other, as pods do, and ask one after the other from then on.
    const round = quick ? 500 : Math.max(10_000, size * 1.5);
    const lives = others.map(async (worker, i) => {
      const bell = bells.next();
      await sleep((round * i) / size);
      await crew.live(worker, bell, () => gate.opened);
    });
    const ended = Promise.all(lives);
    // What fails is told at the end.
    ended.catch(() => undefined);
    await sleep(2 * round);

    const commandsBefore = bells.commands();
    const before = await store.usage();
    const seconds = (2 * round) / 1_000;
    await sleep(seconds * 1_000);
    const used = usedBetween(before, await store.usage());
    const commands = (used.calls.get('evalsha') ?? 0) + bells.commands() - commandsBefore;

    const woken = await wake(crew);
    gate.open();
    await until(() => crew.holders.length === 1, 60_000);
    await store.seal(QUEUE);
    await sleep(round);

    let drainedAt = Number.NaN;
    const end = async () => {
      await sleep(1_000);
      await crew.exchangeOf(last, 1, 'drained');
      drainedAt = last.heardAt;
      await ended;
    };
    const { ping } = await watch(store, Number.POSITIVE_INFINITY, end());
    const lastAt = Math.max(...crew.workers.map((worker) => worker.drainedAt ?? Number.NaN));
    return {
      size,
      bells: bells.about,
      commandsPerSecond: commands / seconds,
      percent: used.cpuMicros / seconds / 10_000,
      woken,
      drained: (lastAt - drainedAt) / 1_000,
      ping: { p99: ping.p99, most: ping.most },
    };
  } finally {
    bells.close();
    crew.close();
  }
}

/** Pushes items into a fleet of which all but one wait: how many ask until each item or each worker is taken. */
async function wake(crew: Fleet): Promise<Waits['woken']> {
  const free = crew.workers.length - crew.holders.length;
  const expected = Math.min(PUSHED, free) + crew.holders.length;
  const before = crew.workers.reduce((sum, { asked }) => sum + asked, 0);
  const since = performance.now();
  await crew.fill(Math.min(PUSHED, free));
  const taken = await until(() => crew.holders.length >= expected, 60_000);
  if (!taken) throw new Error(`of ${expected - 1} items ${crew.holders.length - 1} were taken within a minute`);
  return {
    asked: crew.workers.reduce((sum, { asked }) => sum + asked, 0) - before,
    taken: expected - 1,
    seconds: (performance.now() - since) / 1_000,
  };
}

/** What workers wait for that hold something. */
class Gate {
  open!: () => void;
  readonly opened = new Promise<void>((resolve) => {
    this.open = resolve;
  });
}

function waitTable(waits: readonly Waits[]): Detail {
  return {
    title: 'A fleet that waits',
    head: [
      'workers',
      'commands a second',
      'Redis CPU of a core',
      `${PUSHED} items pushed: asks until all are taken`,
      'the last of them after',
      'the last worker after the last item',
      "a bystander's PING meanwhile: p99",
      'max',
      'their bells',
    ],
    rows: waits.map(({ size, commandsPerSecond, percent, woken, drained, ping, bells }) => [
      counted(size),
      short(commandsPerSecond),
      `${short(percent)} %`,
      `${counted(woken.asked)} for ${woken.taken} items`,
      `${short(woken.seconds)} s`,
      `${short(drained)} s`,
      `${short(ping.p99)} ms`,
      `${short(ping.most)} ms`,
      bells,
    ]),
    note: 'All but one hold nothing, and each asks when the answers say so. Every item is held until all are taken, so each of them needs a worker of its own; of ten workers, nine can take one.',
  };
}

// ---- recovery

interface Recovered {
  readonly size: number;
  /** From the moment in which all died to the last of their items, in s. */
  readonly seconds: number;
  readonly lease: number;
  readonly asks: number;
  /** µs. */
  readonly call: { readonly p50: number; readonly most: number };
}

/** Each of so many workers holds an item when all die in the same moment; one more lives, and does the items. */
async function recoveryOf({ store, quick }: Bench, size: number, lease: number): Promise<Recovered> {
  await store.clear();
  const crew = await Fleet.enter(store, QUEUE, size, LONG);
  const bells = realBells(store, QUEUE);
  try {
    await crew.claim(size);
    await store.seal(QUEUE);
    const diedAt = await crew.die(lease);
    const [survivor] = (await crew.add(1, lease)) as [SimulatedWorker];
    await store.resetStatistics();
    let [items, lastAt] = [0, 0];
    await crew.live(
      survivor,
      bells.next(),
      async () => {
        items += survivor.held;
        lastAt = survivor.heardAt;
      },
      quick ? 4 : 64,
    );
    if (items !== size) throw new Error(`of ${size} items ${items} came back`);
    const { p50, most } = await store.latency('evalsha');
    return { size, lease, seconds: (lastAt - diedAt) / 1_000, asks: survivor.asked, call: { p50, most } };
  } finally {
    bells.close();
    crew.close();
  }
}

function recoveryTable(recoveries: readonly Recovered[]): Detail {
  return {
    title: 'All workers killed at once',
    head: [
      'workers',
      'the last item after',
      'later than the lease + 1 s by',
      'asks of the survivor',
      'a call: p50',
      'max',
    ],
    rows: recoveries.map(({ size, seconds, lease, asks, call }) => [
      counted(size),
      `${short(seconds)} s`,
      `${short(Math.max(0, seconds - lease / 1_000 - 1))} s`,
      counted(asks),
      `${short(call.p50 / 1_000)} ms`,
      `${short(call.most / 1_000)} ms`,
    ]),
    note: 'Each held one item, and all leases are over in the same ms. One worker is left that waits, and asks as the answers say; after that it does the items, up to 64 at a time. The time runs until the last item is in its hands.',
  };
}

const counted = (number: number) => number.toLocaleString('en-US');
