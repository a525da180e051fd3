import { median } from './clock';
import { type Assignment, Contender, type ContenderName, TITLES } from './contender';
import type { Report } from './contender-process';
import { Delivery } from './delivery';
import { type Store, type Usage, usedBetween } from './store';

/** One drain of a queue, or the medians of several. */
export interface Drained {
  readonly items: number;
  readonly perSecond: number;
  /** From the first handler to the last settled item, in s. */
  readonly seconds: number;
  /** CPU of Redis for each item, in µs. */
  readonly redisMicros: number;
  /** CPU of the worker processes for each item, in µs. */
  readonly nodeMicros: number;
  /** CPU of the agent for each item, where there is one, in µs. */
  readonly agentMicros: number;
  /** Commands for each item, those inside of scripts included. */
  readonly commands: number;
  /** Peak resident memory of the largest worker process, in bytes. */
  readonly peakRss: number;
}

/** How a queue is drained. */
export interface DrainPlan extends Omit<Assignment, 'redisUrl' | 'queue'> {
  /** Address that the worker is given, where it is another than the store's own. */
  readonly redisUrl?: string;
  /** The process fills the queue itself. @default false */
  readonly fillsItself?: boolean;
}

/** Fills a queue afresh, lets one process of this contender drain it, and checks that every item was done once. */
export async function drainOnce(store: Store, name: ContenderName, plan: DrainPlan): Promise<Drained> {
  const queue = 'bench';
  await store.clear();
  if (!plan.fillsItself) await fillFor(store, name, queue, plan.items);
  const before = await store.usage();
  const report = await new Contender(name, { redisUrl: store.url, queue, ...plan }).report();
  const used = usedBetween(before, await store.usage());
  return drainedBy(name, [report], plan.items, used);
}

/** The medians of several drains by the same contender. */
export async function drainSeveral(store: Store, name: ContenderName, plan: DrainPlan, runs: number): Promise<Drained> {
  const results: Drained[] = [];
  for (let run = 0; run < runs; run++) results.push(await drainOnce(store, name, plan));
  return medians(results);
}

/** Lets contenders take turns, and gives the medians of each. */
export async function takeTurns(
  store: Store,
  runs: number,
  plans: readonly (readonly [ContenderName, DrainPlan])[],
  say: (line: string) => void,
): Promise<Map<ContenderName, Drained>> {
  const drained = new Map<ContenderName, Drained[]>();
  for (let run = 1; run <= runs; run++) {
    for (const [name, plan] of plans) {
      const result = await drainOnce(store, name, plan);
      say(`${TITLES[name]}, run ${run}: ${plan.items} items at ${Math.round(result.perSecond)} a second`);
      drained.set(name, [...(drained.get(name) ?? []), result]);
    }
  }
  return new Map([...drained].map(([name, results]) => [name, medians(results)]));
}

/** What the processes of one contender did together. */
export function drainedBy(name: ContenderName, reports: readonly Report[], items: number, used: Usage): Drained {
  assertExact(name, reports, items);
  const working = reports.filter(({ handled }) => handled > 0);
  const seconds =
    (Math.max(...working.map((report) => report.settledAt)) - Math.min(...working.map((report) => report.firstAt))) /
    1_000;
  return {
    items,
    seconds,
    perSecond: items / seconds,
    redisMicros: used.cpuMicros / items,
    nodeMicros: working.reduce((sum, { cpuMicros }) => sum + cpuMicros, 0) / items,
    agentMicros: working.reduce((sum, { agent }) => sum + (agent?.cpuMicros ?? 0), 0) / items,
    commands: used.commands / items,
    peakRss: Math.max(...reports.map(({ peakRss }) => peakRss)),
  };
}

/** @throws Error unless these processes were given every item exactly once between them */
export function assertExact(name: ContenderName, reports: readonly Report[], items: number): void {
  const all = new Delivery(items);
  for (const { handled, repeated, bits } of reports) all.add({ handled, repeated, bits: Buffer.from(bits, 'base64') });
  all.assertExact(TITLES[name]);
}

/** The medians of several drains. */
export function medians(results: readonly Drained[]): Drained {
  const of = (pick: (result: Drained) => number) => median(results.map(pick));
  return {
    items: of(({ items }) => items),
    seconds: of(({ seconds }) => seconds),
    perSecond: of(({ perSecond }) => perSecond),
    redisMicros: of(({ redisMicros }) => redisMicros),
    nodeMicros: of(({ nodeMicros }) => nodeMicros),
    agentMicros: of(({ agentMicros }) => agentMicros),
    commands: of(({ commands }) => commands),
    peakRss: of(({ peakRss }) => peakRss),
  };
}

/** Ours, which end when all items of a sealed queue have ended. */
const SEALED: ReadonlySet<ContenderName> = new Set(['ours', 'words', 'seen', 'spans', 'agent']);

async function fillFor(store: Store, name: ContenderName, queue: string, items: number): Promise<void> {
  if (name === 'bullmq') await store.fillBullMQ(queue, items);
  else if (name === 'bee-queue') await store.fillBeeQueue(queue, items);
  else if (name !== 'plain-loop') await store.fillList(queue, items, SEALED.has(name));
}
