import { keysOf, SCRIPTS } from '../../worker/scripts';
import { median } from '../harness/clock';
import type { Bench, Family } from '../harness/family';
import { short, TABLES } from '../harness/report';

const QUEUE = 'bench';

/** What one exchange costs Redis, by the items that it settles and claims: what is left is the price of asking. */
export const exchange: Family = {
  name: 'exchange',
  about: 'Redis CPU of one exchange by the number of items it claims',
  withPeers: false,
  async run(bench) {
    const { quick, runs, say, store } = bench;
    const calls = quick ? 10 : 1_000;
    const repeat = async (measure: () => Promise<number>) => {
      const each: number[] = [];
      for (let run = 0; run < runs; run++) each.push(await measure());
      return median(each);
    };
    const ping = await repeat(() => cpuOf(bench, calls, () => store.command('PING')));
    const rows = [['PING', `${short(ping)} µs`, '']];
    for (const claim of quick ? [1, 16] : [1, 16, 64, 128, 256, 512]) {
      const micros = await repeat(() => exchanges(bench, calls, claim));
      say(`${claim} items: ${short(micros)} µs`);
      rows.push([String(claim), `${short(micros)} µs`, `${short(micros / claim)} µs`]);
    }
    return {
      figures: [],
      details: [
        {
          title: TABLES.exchange,
          head: ['items', 'an exchange', 'an item'],
          rows,
          note: 'One call at a time, so that Redis goes to sleep after each: a PING shows what that costs. Each settles the items of the one before and claims as many new ones.',
        },
      ],
    };
  },
};

const KEYS = keysOf(SCRIPTS.exchange.keys, QUEUE, 'one');

async function exchanges(bench: Bench, calls: number, claim: number): Promise<number> {
  const { store } = bench;
  await store.clear();
  await store.fillList(QUEUE, calls * claim, false);
  for (const { lua } of [SCRIPTS.enter, SCRIPTS.exchange]) await store.command('SCRIPT', 'LOAD', lua);
  const run = (sha1: string, ...args: (string | number)[]) =>
    store.command('EVALSHA', sha1, KEYS.length, ...KEYS, 'one', ...args);
  const [, epoch] = (await run(SCRIPTS.enter.sha1, 10_000, 'run', '', 300, 3, 'bench', '', '')) as [string, string];
  let number = 0;
  let name = '0';
  return cpuOf(bench, calls, async () => {
    const advance = number === 0 ? 0 : claim;
    const ask = [++number, epoch, advance, '', '', claim, claim, 1_048_576, name, number];
    const reply = (await run(SCRIPTS.exchange.sha1, ...ask)) as unknown[];
    name = String(reply[7]);
    const claimed = (reply[9] as unknown[] | undefined)?.length;
    if (claimed !== claim) throw new Error(`exchange ${number} claimed ${claimed} items instead of ${claim}`);
  });
}

/** CPU of the server for one of so many calls, in µs. */
async function cpuOf({ store }: Bench, calls: number, call: () => Promise<unknown>): Promise<number> {
  const before = await store.usage();
  for (let i = 0; i < calls; i++) await call();
  return ((await store.usage()).cpuMicros - before.cpuMicros) / calls;
}
