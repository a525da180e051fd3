import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BystanderReport } from '../contenders/bystander';
import { type Assignment, Contender } from '../harness/contender';
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
    const beside = await whileWorkersRun(store, { processes, items, handler: 'noop', givesWay: 'more' });
    say(`no-op handlers: p99 of PING ${short(beside.ping.p99)} ms, GET ${short(beside.get.p99)} ms`);
    const behind = await whileWorkersRun(store, { processes, items, handler: 'noop', givesWay: 'most' });
    say(`that leave Redis the processors: p99 of PING ${short(behind.ping.p99)} ms, GET ${short(behind.get.p99)} ms`);
    const slow = { processes, items: processes * 100 * seconds, handler: 'wait:10', givesWay: 'more' } as const;
    const waiting = await whileWorkersRun(store, slow, seconds * 1_000);
    say(`10 ms handlers: p99 of PING ${short(waiting.ping.p99)} ms, GET ${short(waiting.get.p99)} ms`);
    const p99 = ({ ping, get }: BystanderReport) => `PING ${short(ping.p99)} ms, GET ${short(get.p99)} ms`;
    const row = (name: string, report: BystanderReport, calls = '', waited = '') => [
      name,
      ...[report.ping, report.get].flatMap(({ p50, p99, most }) => [p50, p99, most].map((ms) => `${short(ms)} ms`)),
      calls,
      waited,
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
          figure: `p99 of a bystander, ${processes} workers with no-op handlers at the lowest priority`,
          ours: p99(behind),
          peers: `${p99(idle)} beside an idle server`,
          ratio: '',
          target: 'PING ≤ 10 ms',
          reached: behind.ping.p99 <= 10,
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
          head: [
            '',
            'PING p50',
            'p99',
            'max',
            'GET p50',
            'p99',
            'max',
            'our calls hold Redis up: p50, p99, max',
            'Redis had no processor',
          ],
          rows: [
            row('idle server', idle),
            row(`${processes} workers, no-op`, beside, beside.calls, beside.waited),
            row(`${processes} workers, no-op, lowest priority`, behind, behind.calls, behind.waited),
            row(`${processes} workers, 10 ms`, waiting, waiting.calls, waiting.waited),
          ],
          note: 'Workers give way to the bystander and to Redis (nice 10; 19 at the lowest priority): on a cluster they run elsewhere, here they share the processors. What an EVALSHA of a worker takes inside of Redis is what the others wait for; the rest is the scheduler of this machine. The last column is the share of the time in which Redis was ready to run and another process was in its place.',
        },
      ],
    };
  },
};

/** The workers of one run. */
type Fleet = Required<Pick<Assignment, 'items' | 'handler' | 'givesWay'>> & { readonly processes: number };

/** What a bystander sees until the queue is drained, or for so long, in ms. */
async function whileWorkersRun(
  store: Store,
  { processes, ...assignment }: Fleet,
  longest = Number.POSITIVE_INFINITY,
): Promise<BystanderReport & { readonly calls: string; readonly waited: string }> {
  const { items } = assignment;
  const queue = 'bench';
  await store.clear();
  await store.command('SET', 'bystander', 'x'.repeat(100));
  await store.command('HSET', `{${queue}}:meta`, 'paused', 1);
  const workers = Array.from(
    { length: processes },
    () => new Contender('ours', { redisUrl: store.url, queue, ...assignment }),
  );
  await Promise.all(workers.map((worker) => worker.says(/sessionID/)));
  await store.fillList(queue, items, true);
  await store.command('CONFIG', 'RESETSTAT');
  const before = await store.usage();
  const reports = Promise.all(workers.map((worker) => worker.report()));
  const watching = watch(store, longest, reports);
  const [begun, waitedBefore] = [performance.now(), await store.waited()];
  await store.resume(queue);
  const report = await watching;
  const waitedAfter = await store.waited();
  const waited =
    waitedBefore === undefined || waitedAfter === undefined
      ? '?'
      : `${short((100 * (waitedAfter - waitedBefore)) / (performance.now() - begun))} %`;
  drainedBy('ours', await reports, items, usedBetween(before, await store.usage()));
  const stats = String(await store.command('INFO', 'latencystats'));
  const held = /latency_percentiles_usec_evalsha:p50=([\d.]+),p99=([\d.]+),p99.9=([\d.]+)/.exec(stats);
  const calls = held
    ? `${short(Number(held[1]))} µs, ${short(Number(held[2]))} µs, p99.9 ${short(Number(held[3]))} µs`
    : '?';
  return { ...report, calls, waited };
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
