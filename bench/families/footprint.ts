import { setTimeout as sleep } from 'node:timers/promises';
import { Settlement } from '../../worker/attempt';
import { type Claimed, Connection, Incarnation } from '../../worker/redis';
import { SCRIPTS } from '../../worker/scripts';
import { readSettings } from '../../worker/settings';
import { Contender } from '../harness/contender';
import { assertExact } from '../harness/drain-run';
import type { Bench, Family } from '../harness/family';
import { type Detail, short } from '../harness/report';
import { type Store, usedBetween } from '../harness/store';

const QUEUE = 'bench';
/** Items that one exchange claims and settles. */
const BATCH = 500;
/** What a handler throws that becomes a dead letter, and what another one returns. */
const FAILED = { attempt: 1, at: 1_795_403_042_000, error: 'no' };
const HEADER = {
  reason: 'handler',
  attempts: 3,
  at: 1_795_403_042_000,
  error: 'Error: no such page: https://shop.example/catalogue/4711 answered 404 after 3 redirects',
  stack: 'at fetchPage (/app/pages.ts:41:11)\nat async handler (/app/worker.ts:12:16)',
} as const;
const RESULT = '{"width":200}';

/** What a queue takes in Redis and on the way there: docs/scale.md is made of these figures. */
export const footprint: Family = {
  name: 'footprint',
  about: 'bytes of memory, network and append-only file for items, workers and calls',
  withPeers: false,
  async run(bench) {
    return {
      figures: [],
      details: [
        await memoryOfItems(bench),
        await memoryOfWorkers(bench),
        await bytesOfCalls(bench),
        await bytesOfItems(bench),
        await rewriteOf(bench),
      ],
    };
  },
};

// ---- memory of items

/** A place where an item may be: the outcomes that bring it there, and the text that is kept beside its payload. */
const PLACES: readonly {
  name: string;
  kept: number;
  settle?: (settlement: Settlement, id: number, at: number) => void;
}[] = [
  { name: 'waits in the list', kept: 0 },
  { name: 'is held by a worker', kept: 0, settle: () => undefined },
  {
    name: 'waits for a retry',
    kept: 0,
    settle: (settlement, id, at) =>
      settlement.end(endOf(id, { kind: 'retry', id, delay: 3_600_000, error: '', place: '', failed: FAILED }), at),
  },
  {
    name: 'is a dead letter',
    kept: JSON.stringify(HEADER).length,
    settle: (settlement, id, at) => settlement.end(endOf(id, { kind: 'dead', id, header: HEADER, place: '' }), at),
  },
  {
    name: 'left a result',
    kept: RESULT.length,
    settle: (settlement, id, at) => settlement.end(endOf(id, { kind: 'results', id, json: RESULT }), at),
  },
];

const endOf = (id: number, outcome: Parameters<Settlement['end']>[0]['outcome']) => ({
  id,
  outcome,
  forget: false,
  bytes: 0,
});

async function memoryOfItems({ store, quick, say }: Bench): Promise<Detail> {
  const items = quick ? 1_000 : 100_000;
  const sizes = [30, 100, 1_000, 10_000];
  const rows: string[][] = [];
  for (const { name, kept, settle } of PLACES) {
    const beyond: string[] = [];
    for (const size of sizes) {
      const count = size > 1_000 ? items / 10 : items;
      beyond.push(short((await memoryIn(store, count, size, settle)) - size - kept));
    }
    say(`an item ${name}: ${beyond.join(', ')} bytes beyond its payload`);
    rows.push([name, ...beyond, kept > 0 ? String(kept) : '']);
  }
  return {
    title: 'Redis memory of an item, beyond its payload',
    head: ['an item that …', ...sizes.map((size) => `payload of ${short(size)} bytes`), 'and its text, in bytes'],
    rows,
    note: `In bytes, the difference in used_memory over ${short(items)} items (a tenth of that at 10,000 bytes), all of them in one place. The text is the header of a dead letter or the result, which come on top.`,
  };
}

/** Bytes of an item that is in this place. */
async function memoryIn(
  store: Store,
  items: number,
  size: number,
  settle?: (settlement: Settlement, id: number, at: number) => void,
): Promise<number> {
  await store.clear();
  const empty = await store.memory();
  await push(store, items, size);
  if (settle) {
    const connection = new Connection({ url: store.url });
    for (let left = items; left > 0; ) {
      const worker = await enter(store, connection);
      const { payloads, segments, first } = await claim(worker, BATCH);
      left -= payloads.length;
      const settlement = new Settlement();
      let at = first;
      for (const [id, count] of segments) for (let i = 0; i < count; i++) settle(settlement, id + i, at++);
      const outcomes = settlement.outcomes;
      if (outcomes === '') continue;
      const advance = payloads.length;
      await worker.exchange({ advance, outcomes, want: 0, need: 0, leaving: false }, false);
    }
    connection.close();
  }
  return ((await store.memory()) - empty) / items;
}

// ---- memory of workers

async function memoryOfWorkers({ store, quick, say }: Bench): Promise<Detail> {
  const count = quick ? 20 : 1_000;
  const size = 100;
  await store.clear();
  const connection = new Connection({ url: store.url });
  await push(store, count, size);
  const before = await store.memory();
  const workers: Incarnation[] = [];
  while (workers.length < count) workers.push(await enter(store, connection));
  const idle = (await store.memory()) - before;
  for (const worker of workers) await claim(worker, 1);
  const holding = (await store.memory()) - before;
  connection.close();
  const rows = [
    ['record and lease of a worker that holds nothing', short(idle / count)],
    [`record, lease and list of a worker that holds an item of ${size} bytes`, short(holding / count)],
  ];

  await store.clear();
  await push(store, 1, size);
  await seal(store);
  const assignment = { redisUrl: store.url, queue: QUEUE, items: 1, handler: 'hang' };
  const busy = new Contender('ours', assignment);
  const others: Contender[] = [];
  try {
    await busy.says(/began/);
    await sleep(quick ? 500 : 15_000);
    const alone = await connections(store);
    for (let i = 0; i < 4; i++) others.push(new Contender('ours', assignment));
    await Promise.all(others.map((worker) => worker.says(/sessionID|Waiting/)));
    // Redis frees the buffers of those that were quiet for some seconds.
    await sleep(quick ? 500 : 15_000);
    const all = await connections(store);
    const each = (all.count - alone.count) / others.length;
    rows.push(['connections of an idle worker process', short(each)]);
    rows.push(['connections of a worker process that works', String(alone.count)]);
    rows.push(['buffers of one quiet connection', short(all.bytes / all.count)]);
  } finally {
    await Promise.all([busy, ...others].map((worker) => worker.kill()));
  }

  for (const bytes of [30, 1_000]) {
    const items = quick ? 1_000 : 500_000;
    await store.clear();
    await push(store, items, bytes);
    await seal(store);
    let most = 0;
    const worker = new Contender('ours', { redisUrl: store.url, queue: QUEUE, items, concurrency: 64 });
    let over = false;
    const report = worker.report().finally(() => {
      over = true;
    });
    while (!over) {
      most = Math.max(most, (await connections(store)).bytes);
      await sleep(5);
    }
    await report;
    rows.push([
      `buffers of all connections of a worker at full speed, items of ${short(bytes)} bytes, at most`,
      short(most),
    ]);
  }
  for (const [what, bytes] of rows) say(`${what}: ${bytes}`);
  return {
    title: 'What a worker takes in Redis',
    head: ['', 'bytes, or connections'],
    rows,
    note: `Records by the difference in used_memory over ${count} workers; buffers are the tot-mem of CLIENT LIST.`,
  };
}

/** Connections other than the benchmark's own, and what Redis keeps for them. */
async function connections(store: Store): Promise<{ count: number; bytes: number }> {
  const lines = String(await store.command('CLIENT', 'LIST')).split('\n');
  const others = lines.filter((line) => / name=\S/.test(line));
  const bytes = others.reduce((sum, line) => sum + Number(/ tot-mem=(\d+)/.exec(line)?.[1] ?? 0), 0);
  return { count: others.length, bytes };
}

// ---- bytes on the network

/** What went over the network and into the append-only file, and what ran, since the last look. */
interface Traffic {
  readonly received: number;
  readonly sent: number;
  readonly written: number;
  readonly calls: number;
  readonly cpuMicros: number;
}

async function trafficOf(store: Store, act: () => Promise<unknown>): Promise<Traffic> {
  const before = await store.info('stats');
  const beforeAof = await store.info('persistence');
  const usage = await store.usage();
  await act();
  const used = usedBetween(usage, await store.usage());
  const after = await store.info('stats');
  const afterAof = await store.info('persistence');
  const passed = (name: string) => Number(after.get(name)) - Number(before.get(name));
  return {
    received: passed('total_net_input_bytes'),
    sent: passed('total_net_output_bytes'),
    written: Number(afterAof.get('aof_current_size')) - Number(beforeAof.get('aof_current_size')),
    calls: (used.calls.get('evalsha') ?? 0) + (used.calls.get('eval') ?? 0),
    cpuMicros: used.cpuMicros,
  };
}

async function bytesOfCalls({ store, quick, say }: Bench): Promise<Detail> {
  const calls = quick ? 20 : 2_000;
  const rows: string[][] = [];
  const measure = async (name: string, call: (worker: Incarnation, connection: Connection) => Promise<unknown>) => {
    await store.clear();
    const connection = new Connection({ url: store.url });
    await push(store, calls + 10, 100);
    const holder = await enter(store, connection);
    const worker = await enter(store, connection);
    // Somebody holds something, so that the queue is not drained.
    await claim(holder, 1);
    for (let i = 0; i < 3; i++) await call(worker, connection);
    const { received, sent, cpuMicros } = await trafficOf(store, async () => {
      for (let i = 0; i < calls; i++) await call(worker, connection);
    });
    connection.close();
    rows.push([name, short(received / calls), short(sent / calls), `${short(cpuMicros / calls)} µs`]);
    say(`${name}: ${short(received / calls)} bytes in, ${short(sent / calls)} out`);
  };
  const ask = { outcomes: '', need: 1, leaving: false } as const;
  await measure('an ask that gets nothing', (worker) => worker.exchange({ ...ask, advance: 0, want: 0 }, false));
  await measure('an exchange that settles an item of 100 bytes and claims the next', (worker) =>
    worker.exchange({ ...ask, advance: worker.number === 0 ? 0 : 1, want: 1 }, false),
  );
  await measure('a renewal', ({ id, epoch, number }, connection) =>
    connection.run(SCRIPTS.renew, QUEUE, [id, epoch, '', number, '']),
  );
  return {
    title: 'Bytes and Redis CPU of one call',
    head: ['', 'bytes to Redis', 'bytes back', 'Redis CPU'],
    rows,
    note: `INFO stats over ${short(calls)} calls, one at a time. The name of the queue is in all ${SCRIPTS.exchange.keys.length} keys of a call: ${QUEUE.length} bytes here, and each further one adds as many.`,
  };
}

async function bytesOfItems({ store, quick, say }: Bench): Promise<Detail> {
  const rows: string[][] = [];
  const row = (name: string, items: number, traffic: Traffic) => {
    const each = (value: number) => short(value / items);
    const { calls, received, sent, written, cpuMicros } = traffic;
    const cells = [each(calls), each(received), each(sent), each(written), `${each(cpuMicros)} µs`];
    say(`${name}: ${cells.join(', ')}`);
    rows.push([name, ...cells]);
  };
  const drains: readonly [size: number, concurrency: number, handler: string, items: number][] = [
    [30, 64, 'noop', 500_000],
    [100, 64, 'noop', 500_000],
    [1_000, 64, 'noop', 200_000],
    [100, 1, 'noop', 500_000],
    [100, 64, 'wait:10', 50_000],
    [100, 1, 'wait:10', 2_000],
    [100, 64, 'waits', 1_000],
  ];
  for (const [size, concurrency, handler, usual] of drains) {
    const items = quick ? Math.min(usual, 200) : usual;
    await store.clear();
    const filled = await trafficOf(store, () => push(store, items, size));
    if (concurrency === 64 && handler === 'noop') row(`filled: ${short(size)} bytes`, items, filled);
    await seal(store);
    const plan = { redisUrl: store.url, queue: QUEUE, items, concurrency, handler };
    const drained = await trafficOf(store, async () =>
      assertExact('ours', [await new Contender('ours', plan).report()], items),
    );
    const takes = { noop: 'no time', waits: '0.1 to 2 s' }[handler] ?? `${handler.split(':')[1]} ms`;
    row(`done: ${short(size)} bytes, takes ${takes}, ${concurrency} at once`, items, drained);
  }
  return {
    title: 'Bytes, calls and Redis CPU of an item',
    head: ['an item is …', 'calls', 'bytes to Redis', 'bytes back', 'bytes of append-only file', 'Redis CPU'],
    rows,
    note: 'One process, its start and end included. INFO stats, commandstats, persistence and cpu.',
  };
}

// ---- fork

async function rewriteOf({ store, quick, say }: Bench): Promise<Detail> {
  const [items, size] = quick ? [2_000, 100] : [5_000_000, 100];
  await store.clear();
  await push(store, items, size);
  await seal(store);
  const bytes = await store.memory();
  const rewrite = async () => {
    await store.command('BGREWRITEAOF');
    let persistence = await store.info('persistence');
    while (/1/.test(`${persistence.get('aof_rewrite_in_progress')}${persistence.get('aof_rewrite_scheduled')}`)) {
      await sleep(20);
      persistence = await store.info('persistence');
    }
    const fork = Number((await store.info('stats')).get('latest_fork_usec'));
    return { fork, copied: Number(persistence.get('aof_last_cow_size')) };
  };
  const quiet = await rewrite();
  const worker = new Contender('ours', { redisUrl: store.url, queue: QUEUE, items, concurrency: 64 });
  const report = worker.report();
  await worker.says(/\n/);
  const busy = await rewrite();
  await report;
  const row = (name: string, { fork, copied }: typeof quiet) => [
    name,
    `${short(fork / 1_000)} ms`,
    `${short(copied / 2 ** 20)} MiB`,
  ];
  const rows = [row('while nothing happens', quiet), row('while a worker drains it at full speed', busy)];
  for (const cells of rows) say(cells.join(', '));
  return {
    title: `A rewrite of the append-only file, ${short(items)} items of ${size} bytes, ${short(bytes / 2 ** 20)} MiB of data`,
    head: ['', 'Redis stands still for the fork', 'memory copied meanwhile'],
    rows,
    note: 'latest_fork_usec and aof_last_cow_size of INFO.',
  };
}

// ---- the way there

/** Fills the queue as a filler does, with payloads of so many bytes, and does not wait for the disk. */
async function push(store: Store, items: number, size: number): Promise<void> {
  const connection = new Connection({ url: store.url });
  const each = Math.min(1_000, Math.floor(1_048_576 / size));
  for (let at = 0; at < items; at += each) {
    const payloads = payloadsOf(at, Math.min(at + each, items), size);
    await connection.run(SCRIPTS.fill, QUEUE, ['bench', '', at, 'raw', ...payloads]);
  }
  connection.close();
}

async function seal(store: Store): Promise<void> {
  const connection = new Connection({ url: store.url });
  await connection.run(SCRIPTS.seal, QUEUE, ['', '', '']);
  connection.close();
}

/** Payloads of one length, numbered as the handlers of contenders expect it. */
function* payloadsOf(from: number, to: number, size: number): Generator<string> {
  const rest = `:${'the quick brown fox '.repeat(size)}`.slice(0, size - 9);
  for (let item = from; item < to; item++) yield String(item).padStart(9, '0') + rest;
}

function enter(store: Store, connection: Connection): Promise<Incarnation> {
  // A lease that does not run out meanwhile.
  const settings = { ...readSettings({ REDIS_URL: store.url }), lease: 3_600_000, run: 'bench', worker: 'bench' };
  return Incarnation.enter(connection, QUEUE, settings);
}

async function claim(worker: Incarnation, want: number): Promise<Claimed> {
  const answer = await worker.exchange({ advance: 0, outcomes: '', want, need: want, leaving: false }, false);
  if (answer.kind !== 'work') throw new Error(`an exchange was answered '${answer.kind}' instead of 'work'`);
  return answer;
}
