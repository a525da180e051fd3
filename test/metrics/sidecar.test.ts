import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Testing } from 'cdk8s';
import { type RedisPodProps, RedisStore } from '../../lib';
import { useQueue } from '../queue-under-test';
import { until } from '../until';

// What the pod of a store runs to serve metrics, as a kubelet would run it: command, environment and file of the manifests.

const queue = useQueue({ password: 'pass word' });
let folder: string;
let child: ChildProcess | undefined;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'metrics-'));
});
afterEach(() => child?.kill('SIGKILL'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Starts the sidecar of a store, of whose addresses this machine has others. */
async function start(props: RedisPodProps): Promise<string> {
  const chart = Testing.chart();
  RedisStore.pod(chart, 'redis', { ...props, metrics: true, serviceName: 'redis' });
  const objects = Testing.synth(chart);
  const program = objects.find(({ kind }) => kind === 'ConfigMap');
  const [sidecar] = objects.find(({ kind }) => kind === 'Pod').spec.initContainers;
  for (const [name, data] of Object.entries<string>(program.binaryData)) {
    writeFileSync(join(folder, name), Buffer.from(data, 'base64'));
  }
  const [node, ...args] = sidecar.command.map((word: string) =>
    word.replace('/metrics/', `${folder}/`).replace(/^:9464$/, '127.0.0.1:0'),
  );
  const env: Record<string, string> = { PATH: process.env.PATH ?? '', REDIS_PASSWORD: 'pass word' };
  for (const { name, value } of sidecar.env)
    if (value !== undefined) env[name] = value.replace('6379', queue.server.port);
  expect(node).toBe('node');
  let said = '';
  child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  child.stdout?.on('data', (chunk) => {
    said += chunk;
  });
  return until('it serves', () => /http:\S+:\d+(?=\/metrics\n)/.exec(said)?.[0]) as Promise<string>;
}

test('it serves the metrics of the Redis beside it, and ends when it is told to', async () => {
  await queue.redis.rpush(queue.name, 'apple');
  await queue.withClient((client) => client.seal());
  const url = await start({ password: { secret: { name: 'credentials' }, key: 'password' } });
  const ask = (path: string) => fetch(`${url}${path}`).then((response) => response.text());
  expect(await ask('/healthz')).toBe('ok\n');
  expect(await ask('/metrics')).toContain(`redis_work_queue_items_waiting{queue="${queue.name}"} 1\n`);
  const gone = once(child as ChildProcess, 'exit');
  child?.kill('SIGTERM');
  expect(await gone).toEqual([0, null]);
});
