import { freePort } from '../../local/free-port';
import { median } from '../harness/clock';
import { type ContenderName, TITLES } from '../harness/contender';
import { type Drained, takeTurns } from '../harness/drain-run';
import type { Family } from '../harness/family';
import { peersInstalled } from '../harness/machine';
import { short, times } from '../harness/report';
import { firstItem } from './start';

/** Items for each contender, so that a run takes some seconds. */
const AT_64 = { ours: 1_000_000, agent: 100_000, bullmq: 30_000 };
const AT_1 = { ours: 1_000_000, agent: 30_000, bullmq: 15_000 };

/** What it costs to be handed items by the agent, over HTTP. */
export const agent: Family = {
  name: 'agent',
  about: 'items a second through the agent with 64 outstanding takes and with one, beside a worker in its own process',
  withPeers: false,
  async run({ store, quick, runs, say }) {
    const env = { WORK_QUEUE_AGENT: `http://127.0.0.1:${await freePort()}` };
    const names: (keyof typeof AT_64)[] = ['ours', 'agent', ...(peersInstalled() ? (['bullmq'] as const) : [])];
    const drain = (amounts: typeof AT_64, concurrency: number) =>
      takeTurns(
        store,
        runs,
        names.map((name) => {
          const items = quick ? amounts[name] / 100 : amounts[name];
          return [name, { items, concurrency, ...(name === 'agent' && { env }) }] as const;
        }),
        say,
      );
    const at64 = await drain(AT_64, 64);
    const at1 = await drain(AT_1, 1);

    const [inProcess, through]: [number[], number[]] = [[], []];
    for (let run = 0; run < (quick ? 1 : 3 * runs); run++) {
      inProcess.push(await firstItem(store, 'ours'));
      through.push(await firstItem(store, 'agent', env));
    }
    const rows = ([64, 1] as const).flatMap((takes) =>
      [...(takes === 64 ? at64 : at1)].map(([name, run]) => row(name, takes, run)),
    );
    return {
      figures: [
        ...([64, 1] as const).map((takes) => {
          const drained = takes === 64 ? at64 : at1;
          const of = (name: ContenderName) => drained.get(name)?.perSecond ?? 0;
          return {
            figure: `agent: items/s with ${takes === 1 ? 'one outstanding take' : `${takes} outstanding takes`}`,
            ours: short(of('agent')),
            peers: names
              .filter((name) => name !== 'agent')
              .map((name) => `${short(of(name))} ${name === 'ours' ? 'without it' : TITLES[name]}`)
              .join(', '),
            ratio: `1/${short(of('ours') / of('agent'))}`,
            target: 'report both',
          };
        }),
        {
          figure: 'agent: process start to first item',
          ours: `${short(median(through))} ms`,
          peers: `${short(median(inProcess))} ms without it`,
          ratio: times(median(through) / median(inProcess)),
          target: 'report both',
        },
      ],
      details: [
        {
          title: 'Through the agent, over HTTP',
          head: [
            '',
            'at once',
            'items/s',
            'Redis CPU an item',
            'agent CPU an item',
            'program CPU an item',
            'items a run',
          ],
          rows,
          note: 'The program is in Node.js as well, and writes as little of HTTP as it takes. It settles and takes in one call, on one kept connection for each take.',
        },
      ],
    };
  },
};

function row(name: ContenderName, takes: number, run: Drained): string[] {
  return [
    TITLES[name],
    String(takes),
    short(run.perSecond),
    `${short(run.redisMicros)} µs`,
    name === 'agent' ? `${short(run.agentMicros)} µs` : '',
    `${short(run.nodeMicros)} µs`,
    short(run.items),
  ];
}
