import { startRedisServer } from '../../local/redis';
import { startRedisCluster } from '../../local/redis-cluster';
import { exposition, familiesOf, MetricsServer, StoreReader } from '../../metrics/exporter';
import { defineQueue, WorkQueue } from '../../worker';
import { useQueue } from '../queue-under-test';
import { until } from '../until';
import { PROMTOOL, promtool, whyNoPromtool } from './prometheus-tools';

const queue = useQueue();
const said: string[] = [];
const opened: { close(): Promise<void> }[] = [];

beforeEach(() => queue.redis.flushall());
afterEach(async () => {
  said.length = 0;
  await Promise.all(opened.splice(0).map((each) => each.close()));
});

const log = { info: (line: string) => said.push(line), warn: (line: string) => said.push(line) };

function readerOf(
  options: { queues?: string[]; url?: string; patience?: number; deadline?: number } = {},
): StoreReader {
  const { url = queue.server.url, ...others } = options;
  const reader = new StoreReader({ store: { url }, log, ...others });
  opened.push(reader);
  return reader;
}

const textOf = async (reader: StoreReader) => exposition(familiesOf(await reader.read()));

/** The samples of a text, by name and labels without the prefix that all have. */
function samplesOf(text: string): Record<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(
    lines.map((line) => {
      const [, name = '', value] = /^redis_work_queue_(.*) (\S+)$/.exec(line) ?? [];
      return [name, Number(value)];
    }),
  );
}

test('a queue is told as it stands, with how long its attempts took', async () => {
  await queue.fill('apple', 'throw no banana', 'cherry');
  const worker = queue.start({ WORK_QUEUE_MAX_ATTEMPTS: 2, OPTIONS: '{"backoff":{"base":1}}' });
  expect((await worker.ended).code).toBe(80);
  const of = (name: string) => `${name}{queue="${queue.name}"}`;
  const samples = samplesOf(await textOf(readerOf()));
  expect(samples).toMatchObject({
    [of('items_waiting')]: 0,
    [of('items_running')]: 0,
    [of('items_retrying')]: 0,
    [of('items_dead')]: 1,
    [of('items_expected')]: 3,
    [of('workers')]: 0,
    [of('sealed')]: 1,
    [of('paused')]: 0,
    [of('cancelled')]: 0,
    [of('drained')]: 1,
    [of('items_claimed_total')]: 3,
    [of('items_done_total')]: 2,
    [of('items_dropped_total')]: 0,
    [of('items_added_total')]: 0,
    [`attempt_duration_seconds_count{queue="${queue.name}",outcome="done"}`]: 2,
    [`attempt_duration_seconds_count{queue="${queue.name}",outcome="failed"}`]: 2,
    [`attempt_duration_seconds_bucket{queue="${queue.name}",outcome="failed",le="+Inf"}`]: 2,
    store_up: 1,
    store_memory_used_bytes: expect.any(Number),
    scrape_duration_seconds: expect.any(Number),
  });
});

test('while it is worked on, it tells what workers hold, and of one that is not sealed no total', async () => {
  await queue.push('wait here', 'next');
  const worker = queue.start();
  await worker.line(/^started .*: wait here$/);
  const of = (name: string) => `${name}{queue="${queue.name}"}`;
  const reader = readerOf();
  const samples = samplesOf(await textOf(reader));
  expect(samples).toMatchObject({ [of('items_waiting')]: 1, [of('items_running')]: 1, [of('workers')]: 1 });
  expect(samples).toMatchObject({ [of('sealed')]: 0, [of('drained')]: 0 });
  expect(samples).not.toHaveProperty([of('items_expected')]);
  await queue.withClient((client) => client.pause());
  expect(samplesOf(await textOf(reader))).toMatchObject({ [of('paused')]: 1 });
});

test('a worker counts as long as it renews its lease, and the last one no longer than that after it has crashed', async () => {
  await queue.push('wait here');
  const worker = queue.start({ WORK_QUEUE_LEASE_MS: 1_000 });
  await worker.line(/^started .*: wait here$/);
  const reader = readerOf();
  const workers = async () => samplesOf(await textOf(reader))[`workers{queue="${queue.name}"}`];
  await queue.renewed(1_500);
  expect(await workers()).toBe(1);
  worker.kill('SIGKILL');
  await until('its lease is over', workers, (count) => count === 0);
});

(PROMTOOL ? test : test.skip)(`promtool finds nothing wrong with any of it${whyNoPromtool}`, async () => {
  queue.name = 'a "quoted" \\ name';
  await queue.fill('apple');
  await queue.redis.config('SET', 'maxmemory', '100mb');
  expect((await queue.start().ended).code).toBe(0);
  const text = await textOf(readerOf());
  await queue.redis.config('SET', 'maxmemory', '0');
  expect(samplesOf(text)).toMatchObject({ store_memory_max_bytes: 104_857_600 });
  expect(promtool(['check', 'metrics'], text)).toEqual({ code: 0, said: '' });
});

test('all queues of the store are told, or those that are named', async () => {
  for (const name of ['one', 'two', 'three']) {
    queue.name = name;
    await queue.fill('apple');
  }
  await queue.redis.set('{no hash}:meta', 'of somebody else');
  const namesIn = async (reader: StoreReader) => [...(await reader.read()).queues.keys()].sort();
  expect(await namesIn(readerOf())).toEqual(['one', 'three', 'two']);
  expect(await namesIn(readerOf({ queues: ['two', 'none yet'] }))).toEqual(['none yet', 'two']);
});

test('a queue whose keys are used for something else hides no other', async () => {
  await queue.fill('apple');
  await queue.redis.hset('{else}:meta', 'version', 1);
  await queue.redis.set('else', 'no list');
  const reader = readerOf();
  for (let reading = 0; reading < 2; reading++) {
    expect(await reader.read()).toMatchObject({ isUp: true, queues: new Map([[queue.name, expect.anything()]]) });
  }
  expect(said).toEqual(['the queue else is left out: one of its keys is used for something else']);
});

test('a reading asks each queue once, with one script, and lists them once in a while', async () => {
  for (const name of ['one', 'two', 'three']) {
    queue.name = name;
    await queue.fill('apple');
  }
  const reader = readerOf();
  await reader.read();
  await queue.redis.config('RESETSTAT');
  // Whoever asks meanwhile gets the same reading.
  await Promise.all([reader.read(), reader.read()]);
  const stats = await queue.redis.info('commandstats');
  const calls = (name: string) => Number(new RegExp(`^cmdstat_${name}:calls=(\\d+)`, 'm').exec(stats)?.[1] ?? 0);
  expect({ evalsha: calls('evalsha'), eval: calls('eval'), scan: calls('scan') }).toEqual({
    evalsha: 3,
    eval: 0,
    scan: 0,
  });
  // Of the queue's meta by the script, and of its durations.
  expect(calls('hgetall')).toBe(6);
});

test('a replica tells of itself, and leaves the queues to its primary', async () => {
  await queue.fill('apple');
  const replica = await startRedisServer({ args: ['--replicaof', '127.0.0.1', String(queue.server.port)] });
  try {
    const { isUp, queues, memory } = await readerOf({ url: replica.url }).read();
    expect({ isUp, queues: [...queues.keys()], memory }).toEqual({ isUp: true, queues: [], memory: expect.anything() });
  } finally {
    await replica.stop();
  }
});

test('of a cluster, the queues of all primaries are told', async () => {
  const cluster = await startRedisCluster();
  const url = cluster.urls[0] as string;
  try {
    const names = Array.from({ length: 9 }, (_, i) => `queue ${i}`);
    for (const name of names) {
      const client = new WorkQueue(defineQueue({ name }), { url });
      await client.fill(['apple', 'banana']);
      await client.close();
    }
    const namesIn = async (queues?: string[]) => {
      const reader = readerOf({ url, ...(queues && { queues }) });
      // By the list that the first reading made, too.
      for (let reading = 0; ; reading++) {
        const read = await reader.read();
        expect([...read.queues.values()].map(({ standing }) => standing.waiting)).toEqual(
          [...read.queues].map(() => 2),
        );
        if (reading === 1) return [...read.queues.keys()].sort();
      }
    };
    expect(await namesIn()).toEqual(names);
    expect(await namesIn(names.slice(0, 4))).toEqual(names.slice(0, 4));
  } finally {
    await cluster.stop();
  }
});

describe('by HTTP', () => {
  async function serve(options: Parameters<typeof readerOf>[0] = {}): Promise<string> {
    const server = await MetricsServer.start(readerOf(options), { host: '127.0.0.1', port: 0 });
    opened.push(server);
    return `http://127.0.0.1:${server.address.port}`;
  }

  test('metrics are at /metrics, in the format of Prometheus', async () => {
    await queue.fill('apple');
    const base = await serve();
    const response = await fetch(`${base}/metrics?x=1`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(await response.text()).toContain(`redis_work_queue_items_waiting{queue="${queue.name}"} 1\n`);
  });

  test('nothing else is there, and nothing can be sent', async () => {
    const base = await serve();
    const ask = async (path: string, method = 'GET') => (await fetch(`${base}${path}`, { method })).status;
    expect(await Promise.all([ask('/healthz'), ask('/'), ask('/etc/passwd'), ask('/metrics', 'POST')])).toEqual([
      200, 200, 404, 405,
    ]);
    expect(await (await fetch(`${base}/metrics`, { method: 'HEAD' })).text()).toBe('');
  });

  test('a Redis that is away is a metric, and is told until it is back', async () => {
    const server = await startRedisServer();
    const base = await serve({ url: server.url, patience: 200, deadline: 200 });
    const up = async () => samplesOf(await (await fetch(`${base}/metrics`)).text()).store_up;
    try {
      expect(await up()).toBe(1);
      await server.kill();
      expect([await up(), await up()]).toEqual([0, 0]);
      expect((await fetch(`${base}/healthz`)).status).toBe(200);
      await server.start();
      await until('it is up again', up, (value) => value === 1);
      expect(said).toEqual([expect.stringContaining('did not answer'), 'Redis answers again']);
    } finally {
      await server.stop();
    }
  });
});
