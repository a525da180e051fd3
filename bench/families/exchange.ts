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
    const notes = quick ? 4 : 64;
    const held = await repeat(() => exchanges(bench, calls, notes, 'held'));
    const noted = await repeat(() => exchanges(bench, calls, notes, 'checkpoints'));
    say(`${notes} items in hand: ${short(held)} µs, with a checkpoint of each ${short(noted)} µs`);
    rows.push([`${notes} in hand, none claimed`, `${short(held)} µs`, '']);
    rows.push(['the same, each with a checkpoint', `${short(noted)} µs`, `${short((noted - held) / notes)} µs`]);
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

/** Each settles what the one before it has claimed; or all go on running, with or without a checkpoint of each. */
async function exchanges(
  bench: Bench,
  calls: number,
  claim: number,
  what: 'settled' | 'held' | 'checkpoints' = 'settled',
): Promise<number> {
  const { store } = bench;
  await store.clear();
  await store.fillList(QUEUE, calls * claim, false);
  for (const { lua } of [SCRIPTS.enter, SCRIPTS.exchange]) await store.command('SCRIPT', 'LOAD', lua);
  const run = (sha1: string, ...args: (string | number)[]) =>
    store.command('EVALSHA', sha1, KEYS.length, ...KEYS, 'one', ...args);
  const [, epoch] = (await run(SCRIPTS.enter.sha1, 10_000, 'run', '', 300, 3, 'bench', '', '')) as [string, string];
  const checkpoint = JSON.stringify({ page: 17, after: '2026-11-26' });
  const ids = Array.from({ length: claim }, (_, i) => i + 1);
  const outcomes = `${JSON.stringify({ checkpoint: ids.map((id) => [id, checkpoint.length]) })}\n${checkpoint.repeat(claim)}`;
  let number = 0;
  let name = '0';
  const step = async (advance: number, want: number, left: string) => {
    const ask = [++number, epoch, advance, left, '', want, want, 1_048_576, name, number];
    const reply = (await run(SCRIPTS.exchange.sha1, ...ask)) as unknown[];
    name = String(reply[0] === 'work' ? reply[7] : reply[1]);
    const claimed = reply[0] === 'work' ? (reply[9] as unknown[]).length : 0;
    if (claimed !== want) throw new Error(`exchange ${number} claimed ${claimed} items instead of ${want}`);
  };
  if (what === 'settled') return cpuOf(bench, calls, () => step(number === 0 ? 0 : claim, claim, ''));
  await step(0, claim, '');
  return cpuOf(bench, calls, () => step(0, 0, what === 'held' ? '' : outcomes));
}

/** CPU of the server for one of so many calls, in µs. */
async function cpuOf({ store }: Bench, calls: number, call: () => Promise<unknown>): Promise<number> {
  const before = await store.usage();
  for (let i = 0; i < calls; i++) await call();
  return ((await store.usage()).cpuMicros - before.cpuMicros) / calls;
}
