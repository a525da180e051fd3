import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duration, Testing } from 'cdk8s';
import { Redis } from 'ioredis';
import { startRedisServer } from '../../local/redis';
import { RedisWorkQueueMonitoring } from '../../metrics';
import { MetricsServer, StoreReader } from '../../metrics/exporter';
import { defineQueue, WorkQueue } from '../../worker';
import { useQueue } from '../queue-under-test';
import { until } from '../until';
import { Prometheus, whyNoPrometheus } from './prometheus';
import { PROMTOOL, promtool, whyNoPromtool } from './prometheus-tools';

// Dashboard and rules against a real Prometheus that scrapes a queue while real workers are at it. Of kube-state-metrics a
// server stands in that says what it would.

const queue = useQueue();
const log = { info: () => undefined, warn: () => undefined };
const opened: { close(): unknown }[] = [];
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rules-'));
});
afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

// biome-ignore lint/suspicious/noExplicitAny: manifests and dashboards have no type
type Any = any;

function monitoring(): { readonly dashboard: Any; readonly rules: Any } {
  const chart = Testing.chart();
  new RedisWorkQueueMonitoring(chart, 'monitoring', { jobs: ['fruit-.*'], stalledAfter: Duration.seconds(2) });
  const [config, rule] = Testing.synth(chart);
  return { dashboard: JSON.parse(config.data['redis-work-queues.json']), rules: rule.spec };
}

const queriesOf = (dashboard: Any): { readonly panel: string; readonly expr: string }[] =>
  dashboard.panels.flatMap(({ title, targets }: Any) => targets.map(({ expr }: Any) => ({ panel: title, expr })));

/** A query as Grafana sends it, all variables filled in. */
const filledIn = (expr: string) =>
  expr.replaceAll('$namespace', 'jobs').replaceAll('$queue', queue.name).replaceAll('$__rate_interval', '60s');

/** Rules that wait for nothing. */
const atOnce = ({ groups }: Any) => ({
  groups: groups.map(({ rules, ...group }: Any) => ({
    ...group,
    rules: rules.map((rule: Any) => ({ ...rule, for: '0s' })),
  })),
});

async function exporter(url: string): Promise<string> {
  const reader = new StoreReader({ store: { url }, patience: 100, deadline: 100, log });
  const server = await MetricsServer.start(reader, { host: '127.0.0.1', port: 0 });
  opened.push(reader, server);
  return `127.0.0.1:${server.address.port}`;
}

/** A Redis that is full, with a sealed queue whose list is gone, as after a `DEL` by somebody. */
async function fullAndRobbed(): Promise<{ readonly url: string; readonly robbed: string }> {
  const robbed = 'robbed';
  const server = await startRedisServer({ args: ['--maxmemory', '8mb'] });
  opened.push({ close: () => server.stop() });
  const client = new WorkQueue(defineQueue({ name: robbed }), { url: server.url, log });
  await client.fill(['apple', 'banana', 'cherry']);
  await client.seal();
  await client.close();
  const redis = new Redis(server.url);
  await redis.del(robbed);
  const kilobytes = 'x'.repeat(64_000);
  const isFull = async () => {
    const fill = Array.from({ length: 200 }, (_, i) => redis.set(`other-${i}`, kilobytes));
    return Promise.all(fill).then(
      () => false,
      ({ message }) => message.startsWith('OOM'),
    );
  };
  expect(await isFull()).toBe(true);
  redis.disconnect();
  return { url: server.url, robbed };
}

const JOB_STATE = ['status_active', 'status_succeeded', 'status_failed']
  .map((name) => `kube_job_${name}{namespace="jobs",job_name="fruit-1a2b3c4d"} 1\n`)
  .concat(
    ['complete', 'failed'].map(
      (name) => `kube_job_${name}{namespace="jobs",job_name="fruit-1a2b3c4d",condition="true"} 1\n`,
    ),
  )
  .join('');

async function jobStates(): Promise<string> {
  const server: Server = createServer((_, response) => response.end(JOB_STATE));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  opened.push({
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

(PROMTOOL ? test : test.skip)(`promtool finds nothing wrong with the rules${whyNoPromtool}`, () => {
  const file = join(folder, 'rules.json');
  const { rules } = monitoring();
  writeFileSync(file, JSON.stringify(rules));
  const { code, said } = promtool(['check', 'rules', file]);
  expect({ code, said }).toEqual({
    code: 0,
    said: expect.stringContaining(`SUCCESS: ${rules.groups[0].rules.length} rules`),
  });
});

(whyNoPrometheus ? test.skip : test)(
  `every query of the dashboard returns data, and the rules fire, while a queue is worked on${whyNoPrometheus}`,
  async () => {
    const { dashboard, rules } = monitoring();
    const lost = await startRedisServer({ args: ['--maxmemory', '100mb'] });
    opened.push({ close: () => lost.stop() });
    await queue.redis.config('SET', 'maxmemory', '100mb');
    const { url: full, robbed } = await fullAndRobbed();
    const labels = { namespace: 'jobs', pod: 'redis-0' };
    const prometheus = await Prometheus.start(
      [
        { target: await exporter(queue.server.url), labels },
        { target: await exporter(lost.url), labels: { ...labels, pod: 'lost-0' } },
        { target: await exporter(full), labels: { ...labels, pod: 'full-0' } },
        { target: await jobStates(), labels: {} },
      ],
      atOnce(rules),
    );
    opened.push({ close: () => prometheus.stop() });

    await queue.fill('throw no plum', ...Array.from({ length: 400 }, (_, i) => `sleep ${20 + (i % 5)}`), 'wait for it');
    const worker = queue.start({
      WORK_QUEUE_LEASE_MS: 2_000,
      WORK_QUEUE_MAX_ATTEMPTS: 2,
      OPTIONS: '{"backoff":{"base":1}}',
      SAY: 'no',
    });
    const answers = async () =>
      Promise.all(
        queriesOf(dashboard).map(async (each) => ({ ...each, found: await prometheus.query(filledIn(each.expr)) })),
      );
    const isNumber = ({ found }: { found: readonly { value: readonly [number, string] }[] }) =>
      found.some(({ value }) => Number.isFinite(Number(value[1])));
    await until(
      'every query returns numbers',
      async () => (await answers()).filter((each) => !isNumber(each)).map(({ panel, expr }) => `${panel}: ${expr}`),
      (empty) => empty.length === 0,
    );
    const [progress] = await prometheus.query(filledIn(queriesOf(dashboard)[0]?.expr as string));
    expect(Number(progress?.value[1])).toBeGreaterThan(0);
    expect(Number(progress?.value[1])).toBeLessThan(1);

    // The last item waits, and the queue stands still.
    await lost.kill();
    const fires = (...names: string[]) =>
      until(
        `${names} fire`,
        () => prometheus.firing(),
        (firing) => names.every((name) => firing.includes(`RedisWorkQueue${name}`)),
      );
    await fires('DeadLetters', 'Stalled', 'StoreDown', 'JobFailed', 'DataLost', 'StoreNearlyFull');
    worker.kill('SIGKILL');
    await worker.ended;
    await fires('NoWorkers');
    const about = async (name: string) => {
      const alerts = (await prometheus.alerts()).filter(({ alertname }) => alertname === `RedisWorkQueue${name}`);
      return alerts.map(({ queue, pod }) => ({ queue, pod }));
    };
    expect(await about('DataLost')).toEqual([{ queue: robbed }]);
    expect(await about('StoreNearlyFull')).toEqual([{ pod: 'full-0' }]);
    await queue.withClient((client) => client.pause());
    await until(
      'a pause is no standstill',
      () => prometheus.firing(),
      (firing) => !/Stalled|NoWorkers/.test(`${firing}`),
    );
  },
);
