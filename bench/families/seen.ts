import { setTimeout as sleep } from 'node:timers/promises';
import { median, quantile } from '../harness/clock';
import type { ContenderName } from '../harness/contender';
import { type Drained, drainOnce, medians } from '../harness/drain-run';
import type { Family } from '../harness/family';
import { type Observed, Observers } from '../harness/observers';
import { type Detail, type Figure, short } from '../harness/report';
import type { Store } from '../harness/store';

/** A worker, and what looks at it. */
interface Way {
  readonly title: string;
  readonly contender: ContenderName;
  readonly json?: true;
  /** Beside an exporter and a page. */
  readonly observed?: true;
}

const PLAIN: Way = { title: 'plain', contender: 'ours' };
/** Nothing of it runs for each item. */
const OBSERVED: Way = { title: 'JSON lines, exporter, page', contender: 'ours', json: true, observed: true };
const ALL: Way = { title: 'the same and hooks', contender: 'seen', json: true, observed: true };
const SPANS: Way = { title: 'spans of OpenTelemetry', contender: 'spans' };
const WAYS = [PLAIN, OBSERVED, ALL, SPANS];

/** One run of each way, taken one after the other. */
type Turn = ReadonlyMap<Way, Drained>;

const QUEUE = 'bench';

/** What the handlers of a run do. */
interface Kind {
  readonly title: string;
  readonly handler: string;
  readonly items: number;
}

const WAITING: Kind = { title: 'a 10 ms handler', handler: 'wait:10', items: 16_000 };
const NOOP: Kind = { title: 'no-op items', handler: 'noop', items: 1_000_000 };

/** What it costs to see what a worker does. */
export const seen: Family = {
  name: 'seen',
  about: 'what JSON lines, an exporter, a page, hooks and spans cost a worker at concurrency 64',
  withPeers: false,
  async run({ store, quick, runs, say }) {
    const looks: Observed[] = [];
    const turns = async ({ handler, items }: Kind): Promise<Turn[]> => {
      const taken: Turn[] = [];
      // Each way comes first equally often, so that no place is an advantage.
      for (let run = 1; run <= (quick ? 1 : WAYS.length * runs); run++) {
        const turn = new Map<Way, Drained>();
        for (const way of WAYS.map((_, i) => WAYS[(i + run) % WAYS.length] as Way)) {
          const plan = { items, concurrency: 64, handler, ...(way.json && { env: { WORK_QUEUE_LOG: 'json' } }) };
          const drain = () => drainOnce(store, way.contender, plan);
          const drained = way.observed ? await besideObservers(store, drain, looks) : await drain();
          say(`${handler}, ${way.title}, run ${run}: ${short(cpuOf(drained))} µs of CPU an item`);
          turn.set(way, drained);
        }
        taken.push(turn);
      }
      return taken;
    };
    const kinds: readonly Kind[] = quick ? [{ ...WAITING, items: 640 }] : [WAITING, NOOP];
    const found: [Kind, Turn[]][] = [];
    for (const kind of kinds) found.push([kind, await turns(kind)]);
    const share = await shareOfRedis(store, quick ? 200 : 10_000);
    return {
      figures: [
        {
          figure: 'CPU of Redis that exporter and page take, of one processor',
          ours: `${share.toFixed(2)} %`,
          peers: '',
          ratio: '',
          target: '≤ 2 %',
          reached: share <= 2,
        },
        ...found.flatMap(([kind, taken]) => figures(kind, taken)),
      ],
      details: found.map(([{ title }, taken]) => table(`Seen: ${title} at concurrency 64`, taken, noteOn(looks))),
    };
  },
};

async function besideObservers(store: Store, drain: () => Promise<Drained>, looks: Observed[]): Promise<Drained> {
  const observers = await Observers.start(store.url, QUEUE);
  return drain().finally(async () => looks.push(await observers.stop()));
}

/** What exporter and page take of Redis while a queue is full and nobody works on it, in percent of one processor. */
async function shareOfRedis(store: Store, ms: number): Promise<number> {
  await store.clear();
  await store.fillList(QUEUE, 100_000, true);
  const during = async (): Promise<number> => {
    const [before, begun] = [await store.usage(), performance.now()];
    await sleep(ms);
    const after = await store.usage();
    return (after.cpuMicros - before.cpuMicros) / 1_000 / (performance.now() - begun);
  };
  const idle = await during();
  const observers = await Observers.start(store.url, QUEUE);
  const observed = await during().finally(() => observers.stop());
  return 100 * (observed - idle);
}

/** Of worker and Redis together, in µs an item. */
function cpuOf({ nodeMicros, redisMicros }: Drained): number {
  return nodeMicros + redisMicros;
}

/** What other processes disturbed least: all that they do to a run is to make it longer. */
function least(turns: readonly Turn[], way: Way): number {
  return Math.min(...cpusOf(turns, way));
}

function cpusOf(turns: readonly Turn[], way: Way): number[] {
  return turns.map((turn) => cpuOf(turn.get(way) as Drained));
}

function figures(kind: Kind, turns: readonly Turn[]): Figure[] {
  return [OBSERVED, ALL, SPANS].map((way) => {
    const more = percentMore(least(turns, way), least(turns, PLAIN));
    const figure = {
      figure: `CPU of an item with ${kind.title}: ${way.title}`,
      ours: `${short(least(turns, way))} µs`,
      peers: `${short(least(turns, PLAIN))} µs plain`,
      ratio: `${signed(more)} %`,
    };
    // What runs for each item cannot be free beside an item that is no work.
    const isJudged = way === OBSERVED || (way === ALL && kind === WAITING);
    return isJudged ? { ...figure, target: '≤ 2 % more', reached: more <= 2 } : { ...figure, target: 'report' };
  });
}

function table(title: string, turns: readonly Turn[], note?: string): Detail {
  const plain = cpusOf(turns, PLAIN);
  return {
    title,
    head: [
      '',
      'items/s',
      'Node CPU an item',
      'Redis CPU an item',
      'both: median',
      'least',
      'than plain in the same turn',
    ],
    rows: WAYS.map((way) => {
      const { perSecond, nodeMicros, redisMicros } = medians(turns.map((turn) => turn.get(way) as Drained));
      const cpus = cpusOf(turns, way);
      const more = cpus.map((cpu, i) => percentMore(cpu, plain[i] as number));
      const [low, middle, high] = [0.25, 0.5, 0.75].map((share) => signed(quantile(more, share)));
      return [
        way.title,
        short(perSecond),
        `${short(nodeMicros)} µs`,
        `${short(redisMicros)} µs`,
        `${short(median(cpus))} µs`,
        `${short(Math.min(...cpus))} µs`,
        way === PLAIN ? '' : `${middle} % (${low} to ${high})`,
      ];
    }),
    ...(note && { note }),
  };
}

function percentMore(one: number, other: number): number {
  return 100 * (one / other - 1);
}

function signed(percent: number): string {
  return `${percent < 0 ? '−' : '+'}${Math.abs(percent).toFixed(1)}`;
}

function noteOn(looks: readonly Observed[]): string {
  const middle = (pick: (look: Observed) => number) => short(median(looks.map(pick)));
  const cpu = looks.every(({ cpuMs }) => cpuMs !== undefined)
    ? `; the two processes took ${middle(({ cpuMs = 0 }) => cpuMs)} ms of CPU a second, on the processors of worker and Redis`
    : '';
  return `The figures above compare the least of all turns: other processes only add. The last column is the median of the turns, and where half of them are, each compared with its own plain run. In a run, the exporter was scraped ${middle(({ scrapes }) => scrapes)} times, and the page was sent ${middle(({ events }) => events)} states${cpu}.`;
}
