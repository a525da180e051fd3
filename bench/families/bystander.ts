import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BystanderReport } from '../contenders/bystander';
import { Contender } from '../harness/contender';
import { drainedBy } from '../harness/drain-run';
import type { Family } from '../harness/family';
import { BUILT } from '../harness/paths';
import { short } from '../harness/report';
import { type Store, usedBetween } from '../harness/store';

/** How others who use the same Redis fare. */
export const bystander: Family = {
  name: 'bystander',
  about: 'p99 of PING and GET of another client while 64 workers run',
  withPeers: false,
  async run({ store, quick, say }) {
    const [processes, items, seconds] = quick ? [2, 20_000, 1] : [64, 4_000_000, 8];
    await store.clear();
    await store.command('SET', 'bystander', 'x'.repeat(100));
    const idle = await watch(store, seconds * 1_000);
    say(`idle server: p99 of PING ${short(idle.ping.p99)} ms, GET ${short(idle.get.p99)} ms`);
    const beside = await whileWorkersRun(store, processes, items, 'noop', Number.POSITIVE_INFINITY);
    say(`no-op handlers: p99 of PING ${short(beside.ping.p99)} ms, GET ${short(beside.get.p99)} ms`);
    const waiting = await whileWorkersRun(store, processes, processes * 100 * seconds, 'wait:10', seconds * 1_000);
    say(`10 ms handlers: p99 of PING ${short(waiting.ping.p99)} ms, GET ${short(waiting.get.p99)} ms`);
    const p99 = ({ ping, get }: BystanderReport) => `PING ${short(ping.p99)} ms, GET ${short(get.p99)} ms`;
    const row = (name: string, report: BystanderReport, exchange: string) => [
      name,
      ...[report.ping, report.get].flatMap(({ p50, p99, most }) => [p50, p99, most].map((ms) => `${short(ms)} ms`)),
      exchange,
    ];
    return {
      figures: [
        {
          figure: `p99 of a bystander, ${processes} workers with no-op handlers`,
          ours: p99(beside),
          peers: `${p99(idle)} beside an idle server`,
          ratio: '',
          target: 'report both',
        },
        {
          figure: `p99 of a bystander, ${processes} workers with 10 ms handlers`,
          ours: p99(waiting),
          peers: `${p99(idle)} beside an idle server`,
          ratio: '',
          target: 'report both',
        },
      ],
      details: [
        {
          title: 'A bystander on the same Redis',
          head: ['', 'PING p50', 'p99', 'max', 'GET p50', 'p99', 'max', 'our calls hold Redis up: p50, p99, max'],
          rows: [
            row('idle server', idle, ''),
            row(`${processes} workers, no-op`, beside, beside.calls),
            row(`${processes} workers, 10 ms`, waiting, waiting.calls),
          ],
          note: 'Workers give way to the bystander and to Redis (nice 10): on a cluster they run elsewhere, here they share the processors. What an EVALSHA of a worker takes inside of Redis is what the others wait for; the rest is the scheduler of this machine.',
        },
      ],
    };
  },
};

async function whileWorkersRun(
  store: Store,
  processes: number,
  items: number,
  handler: string,
  longest: number,
): Promise<BystanderReport & { readonly calls: string }> {
  const queue = 'bench';
  await store.clear();
  await store.command('SET', 'bystander', 'x'.repeat(100));
  await store.command('HSET', `{${queue}}:meta`, 'paused', 1);
  const workers = Array.from(
    { length: processes },
    () => new Contender('ours', { redisUrl: store.url, queue, items, handler, niced: true }),
  );
  await Promise.all(workers.map((worker) => worker.says(/sessionID/)));
  await store.fillList(queue, items, true);
  await store.command('CONFIG', 'RESETSTAT');
  const before = await store.usage();
  const reports = Promise.all(workers.map((worker) => worker.report()));
  const watching = watch(store, longest, reports);
  await store.resume(queue);
  const report = await watching;
  drainedBy('ours', await reports, items, usedBetween(before, await store.usage()));
  const stats = String(await store.command('INFO', 'latencystats'));
  const held = /latency_percentiles_usec_evalsha:p50=([\d.]+),p99=([\d.]+),p99.9=([\d.]+)/.exec(stats);
  const calls = held
    ? `${short(Number(held[1]))} µs, ${short(Number(held[2]))} µs, p99.9 ${short(Number(held[3]))} µs`
    : '?';
  return { ...report, calls };
}

/** Lets a bystander measure for so long, in ms, or until this is over. */
export async function watch(store: Store, longest: number, until?: Promise<unknown>): Promise<BystanderReport> {
  const child = fork(join(BUILT, 'contenders/bystander.js'), { env: { REDIS_URL: store.url } });
  const told = once(child, 'message').then(([report]) => report as BystanderReport);
  const timer = new AbortController();
  const over = Number.isFinite(longest) ? [sleep(longest, undefined, { signal: timer.signal })] : [];
  await Promise.race([...over, ...(until ? [until] : [])]);
  timer.abort();
  for (const each of over) each.catch(() => undefined);
  child.send('stop');
  const report = await told;
  child.disconnect();
  return report;
}
